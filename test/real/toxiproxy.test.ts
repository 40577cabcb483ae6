/** `llmload chaos` with a real toxiproxy before a mock: what it adds is found, and named. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mock, startMock } from '../../mock/index.ts';
import { findToxiproxy, startToxiproxy, type Toxiproxy } from '../../scripts/real/toxiproxy.mjs';
import { expectTrue, runChaos } from '../k6/chaos-runs.ts';
import type { Own } from '../k6/own.ts';
import { lastLine } from '../k6/run.ts';

const missing = await findToxiproxy().then(
  () => undefined,
  (error: Error) => error.message,
);
const skip = missing !== undefined && !process.env.CI; // CI must have one: there the start below fails
if (skip) console.warn(`test/real/toxiproxy is skipped: ${missing}`);

let mock: Mock;
let toxiproxy: Toxiproxy;
beforeAll(async () => {
  if (skip) return;
  mock = await startMock({ ttftMs: 200, tokenMs: 10, tokens: 30, jitter: 0.5 });
  const upstream = `127.0.0.1:${mock.port}`;
  const names = ['late', 'cut', 'other', 'another'];
  toxiproxy = await startToxiproxy(Object.fromEntries(names.map((name) => [name, upstream])));
});
afterAll(async () => {
  await toxiproxy?.stop();
  await mock?.close();
});

const toxic = (own: Own, proxy: string, text: string, on = proxy, more: readonly string[] = []) =>
  runChaos(own, [
    ...['--url', toxiproxy.proxies[proxy] as string],
    ...['--toxiproxy', toxiproxy.url, '--toxic', `${on}:${text}`],
    ...more,
  ]);

describe.skipIf(skip)('with a real toxiproxy', () => {
  const found: [proxy: string, toxic: string, named: RegExp][] = [
    ['late', 'latency,latency=1000', /later/],
    ['cut', 'reset_peer', /reset/],
  ];
  test.concurrent.for(found)('%s: %s is found, and named', async ([proxy, text, named], own) => {
    const run = await toxic(own, proxy, text);
    expect(run.code, run.output).toBe(0);
    expectTrue(run);
    expect(run.chaos).toMatchObject({ fault: `toxic ${text.split(',')[0]} on ${proxy}`, verdict: 'PASS' });
    expect(run.chaos?.looksLike).toMatch(named);
  });

  test.concurrent('a toxic before another server is not shown, and no PASS', async (own) => {
    const short = ['--inject-at', '6s', '--restore-at', '9s', '--watch', '4s'];
    const run = await toxic(own, 'other', 'latency,latency=1000', 'another', short);
    expect(run.code, run.output).toBe(99);
    expect(run.chaos).toMatchObject({ shown: false, verdict: 'NOT_MEASURED', detection: null });
    expect(run.journal.map(({ did }) => did)).toEqual(['inject', 'restore']);
  });

  test('no such proxy: one line that names those there are, and no load', async (own) => {
    const before = mock.truth().length;
    const run = await toxic(own, 'other', 'latency,latency=1000', 'nobody');
    expect(run.code).toBe(1);
    expect(lastLine(run.stderr)).toMatch(/^llmload: no proxy nobody at http:\S+; there are: .*another/);
    expect(mock.truth()).toHaveLength(before);
  });

  test('nothing is left behind', async () => {
    const proxies = (await (await fetch(`${toxiproxy.url}/proxies`)).json()) as Record<string, { toxics: unknown[] }>;
    expect(Object.values(proxies).flatMap(({ toxics }) => toxics)).toEqual([]);
  });
});
