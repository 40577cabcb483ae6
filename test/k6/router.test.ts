/** The scenario router under real k6, through a router of the test's own that swaps answers, or tells nothing of its backends. */
import {
  Agent,
  createServer,
  type IncomingMessage,
  type RequestOptions,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { Mock, MockOptions } from '../../mock/index.ts';
import { type K6Ended, mockFor, runScenario } from './run.ts';

interface Ways {
  /** Of every ten requests, one and the next get each other's answers. */
  swap?: boolean;
  /** Says who answered, as X-Backend. */
  names?: boolean;
  /** Asks for no echo, whatever was asked. */
  deaf?: boolean;
}

interface Waiting {
  id: string;
  asked: IncomingMessage;
  body: string;
  response: ServerResponse;
}

/** To two mocks in turn. What it did is kept by X-Request-Id. */
async function routerTo(backends: readonly Mock[], { swap, names, deaf }: Ways = {}) {
  const agent = new Agent({ keepAlive: true });
  /** Who made the answer that a request got. */
  const answeredBy = new Map<string, string>();
  const swapped: string[] = [];
  let held: Waiting | undefined;
  let requests = 0;

  function forward({ asked, body }: Waiting, to: Waiting): void {
    const number = requests++ % backends.length;
    const name = `b${number + 1}`;
    answeredBy.set(to.id, name);
    const { 'content-length': _, ...headers } = asked.headers;
    const options: RequestOptions = { agent, method: 'POST', headers, path: asked.url ?? '' };
    const question = request(backends[number]?.url ?? '', options, (answer) => {
      to.response.writeHead(answer.statusCode ?? 0, { ...answer.headers, ...(names && { 'X-Backend': name }) });
      answer.pipe(to.response);
    });
    question.end(deaf ? body.replaceAll('Begin each answer', '') : body);
  }

  let arrived = 0;
  const server = createServer(async (asked, response) => {
    let body = '';
    for await (const part of asked) body += part;
    const waiting = { id: `${asked.headers['x-request-id']}`, asked, body, response };
    // The first is the probe of setup.
    if (swap && arrived++ % 10 === 5) held = waiting;
    else if (held) {
      const other = held;
      held = undefined;
      swapped.push(other.id, waiting.id);
      forward(waiting, other);
      forward(other, waiting);
    } else forward(waiting, waiting);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    agent.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, answeredBy, swapped };
}

const SHORT = { MODEL: 'mock', CONCURRENCY: 4, TOTAL_REQUESTS: 60, OUTPUT_TOKENS: 5 };
const mocks = (options: Partial<MockOptions> = {}) =>
  Promise.all(['b1', 'b2'].map((name) => mockFor({ name, ...options })));

/** Each request's backend and echo as the records have them, by id. */
const told = ({ lines }: K6Ended) => new Map(lines.map((line) => [String(line.id), line]));

test('an honest router: every answer has its own nonce and the name of its backend', async () => {
  const backends = await mocks();
  const router = await routerTo(backends);
  const run = await runScenario('router', { BASE_URL: router.url, ...SHORT, SLO: 'errors<1%' });
  expect(run.code, run.output).toBe(0);
  expect(run.lines).toHaveLength(60);
  for (const [id, line] of told(run))
    expect(line).toMatchObject({ outcome: 'ok', echo: 'own', backend: router.answeredBy.get(id), out: 5, frames: 5 });
  expect(new Set(run.lines.map((line) => line.backend))).toEqual(new Set(['b1', 'b2']));
  expect(run.results?.run.settings).toMatchObject({ ECHO: true, EXPECT_MODEL: 'exact' });
  // The nonce that the mocks saw is the one that they were asked to repeat.
  for (const { nonce } of backends.flatMap((mock) => mock.truth())) expect(nonce).toMatch(/^[0-9a-f]{12}$/);
});

test.each([
  { way: 'bin/k6', settings: {} },
  { way: 'bin/k6, unstreamed', settings: { STREAM: false } },
])('$way: exactly the answers that a router swapped are swapped, and the run fails', async ({ settings }) => {
  const router = await routerTo(await mocks(), { swap: true });
  const run = await runScenario('router', { BASE_URL: router.url, ...SHORT, ...settings });
  expect(run.code, run.output).toBe(99);
  expect(router.swapped).toHaveLength(12);
  const swapped = run.lines.filter((line) => line.outcome === 'swapped');
  expect(new Set(swapped.map((line) => line.id))).toEqual(new Set(router.swapped));
  expect(run.results?.steps[0]?.outcomes).toEqual({ ok: 48, swapped: 12 });
  for (const [id, line] of told(run)) {
    expect(line.echo).toBe(line.outcome === 'swapped' ? 'other' : 'own');
    expect(line.backend).toBe(router.answeredBy.get(id));
  }
  expect(swapped[0]?.error).toMatch(/^asked with nonce [0-9a-f]{12}, the answer begins with [0-9a-f]{12}$/);
  expect(run.stdout).toContain('swapped × 12');
});

test('another k6 counts them too', async () => {
  const router = await routerTo(await mocks(), { swap: true });
  const run = await runScenario('router', { BASE_URL: router.url, ...SHORT, LLMLOAD_NATIVE: '' });
  expect(run.code, run.output).toBe(99);
  expect(run.results?.failures).toMatchObject([{ outcome: 'swapped', count: 12 }]);
});

test('BACKEND_HEADER names the backend where answers do not', async () => {
  const router = await routerTo(await mocks({ name: '' }), { names: true });
  const run = await runScenario('router', { BASE_URL: router.url, ...SHORT, BACKEND_HEADER: 'x-backend' });
  expect(run.code, run.output).toBe(0);
  for (const [id, line] of told(run))
    expect(line).toMatchObject({ outcome: 'ok', echo: 'own', backend: router.answeredBy.get(id) });
});

test('a model that repeats no code fails nothing, and is known by nothing', async () => {
  const router = await routerTo(await mocks(), { swap: true, deaf: true });
  const run = await runScenario('router', { BASE_URL: router.url, ...SHORT });
  expect(run.code, run.output).toBe(0);
  for (const [, line] of told(run)) expect(line).toMatchObject({ outcome: 'ok', echo: 'none', backend: null });
});

test('a mix: two models, each asked for by its weight', async () => {
  const [mock] = await mocks({ models: ['a', 'b'] });
  const run = await runScenario('router', { ...SHORT, BASE_URL: mock?.url ?? '', MODEL: '', MIX: 'a:0.75,b:0.25' });
  expect(run.code, run.output).toBe(0);
  expect(run.results?.steps[0]?.perModel.map((m) => [m.model, m.requests])).toEqual([
    ['a', 45],
    ['b', 15],
  ]);
  expect(run.lines.every((line) => line.echo === 'own' && line.backend === 'b1')).toBe(true);
});

test('conversations: each answer has the nonce of the first question, and a swapped one ends its own', async () => {
  const settings = { MODEL: 'mock', CONCURRENCY: 4, CONVERSATIONS: 12, TURNS: 3, THINK_TIME: '1ms', ECHO: true };
  const [honest, swapping] = await Promise.all([routerTo(await mocks()), routerTo(await mocks(), { swap: true })]);
  const run = await runScenario('conversations', { BASE_URL: honest.url, ...settings });
  expect(run.code, run.output).toBe(0);
  expect(run.lines).toHaveLength(36);
  for (const [id, line] of told(run))
    expect(line).toMatchObject({ outcome: 'ok', echo: 'own', backend: honest.answeredBy.get(id) });

  const other = await runScenario('conversations', { BASE_URL: swapping.url, ...settings });
  expect(other.code, other.output).toBe(99);
  const swapped = other.lines.filter((line) => line.outcome === 'swapped');
  expect(new Set(swapped.map((line) => line.id))).toEqual(new Set(swapping.swapped));
});

test.each([
  [
    { TRACE: 'mooncake.jsonl', ECHO: true },
    /ECHO=.*true.*: prompts of a trace with block ids have no nonce; allowed: false/,
  ],
  [
    { TRACE: 'plain.csv', BACKEND_HEADER: 'a b' },
    /BACKEND_HEADER=.*a b.*: no name of a header; allowed: letters, digits and -/,
  ],
])('%j is refused before any load', async ({ TRACE, ...settings }, says) => {
  const mock = await mockFor();
  const trace = new URL(`../../data/traces/${TRACE}`, import.meta.url).pathname;
  const run = await runScenario('replay', { BASE_URL: mock.url, MODEL: 'mock', TRACE: trace, ...settings });
  expect(run.code, run.output).toBe(107);
  expect(run.output).toMatch(says);
  expect(mock.truth()).toHaveLength(0);
});
