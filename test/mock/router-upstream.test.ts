import { Agent } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { openaiCompletions } from '../../mock/openai.ts';
import { createBalance } from '../../mock/router/balance.ts';
import { createHealth } from '../../mock/router/health.ts';
import { createRouterMetrics } from '../../mock/router/metrics.ts';
import { askBackend, type Question } from '../../mock/router/upstream.ts';
import { ask, soon } from './client.ts';
import { backend } from './routed.ts';

test('a sink that has enough gets no more until it says so', async () => {
  let sent = false;
  const url = await backend((request, response) => {
    if (request.method === 'GET') return response.end();
    response.write('1');
    // Another turn, another packet: one read of both would be one chunk.
    setImmediate(() => {
      response.write('2');
      response.end(() => (sent = true));
    });
  });
  const all = [{ name: 'a', url: new URL(url), models: ['m'], weight: 1 }];
  const agent = new Agent();
  onTestFinished(() => agent.destroy());
  const backends = {
    all,
    agent,
    balance: createBalance(all, { policy: 'least-busy', random: Math.random }),
    health: createHealth(all, () => {}),
    metrics: createRouterMetrics(['a'], () => 0),
  };
  const body = Buffer.from('{"model":"m"}');
  const question: Question = {
    protocol: openaiCompletions,
    path: '/v1/completions',
    headers: [],
    body,
    json: { model: 'm' },
    model: 'm',
    session: undefined,
  };
  const events: string[] = [];
  const sink = {
    head: () => void events.push('head'),
    chunk: (data: Buffer) => {
      events.push(`${data}`);
      return false;
    },
    end: () => void events.push('end'),
    broken: () => void events.push('broken'),
  };
  const source = askBackend(question, { backend: 0, model: 'm', struck: false }, backends, sink, (name, status) =>
    events.push(`over ${name} ${status}`),
  );
  await soon(() => sent && events.length).toBe(2);
  await ask({ port: Number(new URL(url).port) }, { method: 'GET' });
  expect(events).toEqual(['head', '1']);
  source.resume();
  await soon(() => events).toEqual(['head', '1', '2', 'end', 'over a 200']);
});
