/** The same SEED and RUN_ID ask for the same, byte for byte, whether one k6 sends it all or four send a quarter each. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { estimateTokens } from '../../mock/text.ts';
import { runScenario } from './run.ts';

const QUARTERS = ['0:1/4', '1/4:1/2', '1/2:3/4', '3/4:1'];

/** Answers with one word, and keeps what it was asked. */
async function recorder() {
  const bodies = new Map<string, string>();
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      bodies.set(String(request.headers['x-request-id']), body);
      const { model, messages } = JSON.parse(body);
      const usage = { prompt_tokens: estimateTokens(messages[0].content), completion_tokens: 1 };
      const choices = [{ index: 0, message: { role: 'assistant', content: 'Yes' }, finish_reason: 'stop' }];
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ model, choices, usage }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { bodies, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Bodies by id of all that was asked by instances that carry these segments; without any, by one that carries all. Probes before the load are the same in all of them. */
async function asked(scenario: string, settings: Record<string, string | number>, segments: readonly string[]) {
  const { bodies, url } = await recorder();
  const all = {
    BASE_URL: url,
    STREAM: 'false',
    SEED: 7,
    RUN_ID: 'fixed',
    WORKLOAD: 'chat:0.7,code:0.2,summarization:0.1',
    PREFIX_TOKENS: 64,
    PREFIX_SHARE: 0.5,
    ...settings,
  };
  const flags = segments.map((segment) => [
    ...['--execution-segment', segment],
    ...['--execution-segment-sequence', '0,1/4,1/2,3/4,1'],
  ]);
  const runs = await Promise.all((flags.length > 0 ? flags : [[]]).map((each) => runScenario(scenario, all, each)));
  for (const run of runs) expect(run.code, run.output).toBe(0);
  const sent = runs.flatMap((run) => run.lines.map((line) => String(line.id)));
  expect(new Set(sent).size).toBe(sent.length);
  return new Map([...bodies].sort(([a], [b]) => (a < b ? -1 : 1)));
}

test('a closed loop of two models, three profiles and a shared prefix', async () => {
  const settings = { MIX: 'a:0.7,b:0.3', TOTAL_REQUESTS: 200, CONCURRENCY: 8 };
  const one = await asked('mix', settings, []);
  const four = await asked('mix', settings, QUARTERS);
  // Of each model a probe of one word, and one of each kind of text.
  expect(one.size).toBe(200 + 2 * 4);
  expect(four).toEqual(one);
  const other = await asked('mix', { ...settings, SEED: 8 }, []);
  expect([...other.keys()].filter((id) => one.has(id))).toEqual([]);
});

test('an open loop', async () => {
  const settings = { MODEL: 'a', RATE: 40, DURATION: '2s', VUS: 40 };
  const one = await asked('constant', settings, []);
  const four = await asked('constant', settings, QUARTERS);
  // k6 may end a step a request or more early or late.
  const both = [...four].filter(([id]) => one.has(id));
  expect(both.length).toBeGreaterThan(60);
  for (const [id, body] of both) expect(body).toBe(one.get(id));
});
