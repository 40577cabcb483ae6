import { expect, test } from 'vitest';
import { startMock } from '../../mock/index.ts';
import { createLink } from '../../mock/link.ts';
import { ask, chat, soon } from './client.ts';
import { scrape } from './prometheus.ts';

test('what is sent leaves in order, none of it before the link had time for it', async () => {
  const link = createLink(1000);
  const left: [name: string, at: number][] = [];
  const from = performance.now();
  for (const name of ['a', 'b', 'c']) link.pass(10, () => left.push([name, performance.now() - from]));
  link.pass(0, () => left.push(['end', performance.now() - from]));
  expect(left).toEqual([]);
  await soon(() => left.map(([name]) => name)).toEqual(['a', 'b', 'c', 'end']);
  for (const k of [0, 1, 2]) expect(left[k]?.[1]).toBeGreaterThanOrEqual(10 * (k + 1) - 1);
  expect(link.sent).toBe(30);
});

test('a slow network holds answers up, not the engine; it is counted as node_exporter counts', async () => {
  const mock = await startMock({ tokens: 40, ttftMs: 1, tokenMs: 1, bandwidth: 50_000 });
  try {
    const { body } = await ask(mock, { body: chat() });
    expect(body.match(/data: /g)?.length).toBeGreaterThanOrEqual(42);
    expect(body.trimEnd().endsWith('[DONE]')).toBe(true);
    const [entry] = mock.truth();
    expect(entry).toMatchObject({ tokens: 40, clientGone: false });
    const { value } = await scrape(mock);
    const sent = value('node_network_transmit_bytes_total', { device: 'simulated0' });
    expect(sent).toBeGreaterThanOrEqual(Buffer.byteLength(body));
    expect(sent).toBeLessThan(1.2 * Buffer.byteLength(body));
    expect(value('node_network_speed_bytes')).toBe(50_000);
  } finally {
    await mock.close();
  }
});

test('a client that leaves a slow network takes nothing down', async () => {
  const mock = await startMock({ tokens: 200, ttftMs: 1, tokenMs: 1, bandwidth: 20_000 });
  try {
    await ask(mock, { body: chat(), leaveWhen: ({ body }) => body.includes('data:') });
    const { status } = await ask(mock, { body: chat({ max_tokens: 2 }) });
    expect(status).toBe(200);
  } finally {
    await mock.close();
  }
});
