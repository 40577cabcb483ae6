/** The drivers sse and tcp outside k6, over fakes of their extensions: the parts of the suite that need no k6. */
import '../fakes/k6-globals.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { type CompleteSoon, createClient, type Driver } from '../../lib/client/client.ts';
import type { Seen } from '../../lib/client/outcome.ts';
import { builtIn as sse } from '../../lib/client/sse.ts';
import { builtIn as tcp } from '../../lib/client/tcp.ts';
import type { Completion } from '../../lib/completion.ts';
import type { Soon } from '../../lib/soon.ts';
import { FAULTS, type Mock, startMock } from '../../mock/index.ts';
import exec from '../fakes/k6-execution.ts';
import { server as http } from '../fakes/k6-http.ts';
import { type Served, sseServer } from '../fakes/k6-x-sse.ts';
import { alive } from '../fakes/k6-x-tcp.ts';
import { settingsOf } from '../lib/make.ts';
import { type Expected, expected } from '../replay/expected.ts';
import { loadRecordings, type Recording } from '../replay/recording.ts';
import { type Replay, startReplay } from '../replay/replay-server.ts';
import { FAULT_OUTCOMES, FAULT_SETTINGS, LIMITS } from './cases.ts';
import { known } from './known.ts';
import { NONCE, WRITTEN, WRITTEN_SETTINGS, written } from './written.ts';

const recordings = loadRecordings();
const cases = Object.entries(expected);
const order = { prompt: 'Hi', outputTokens: 16, requestId: 'r', traceparent: 't', tags: {}, keepText: true };

let now = (): number => performance.now();
Object.defineProperty(exec.instance, 'currentTestRunDuration', { get: () => now() });

function client(driver: Driver<Soon<Seen>>, env: Record<string, string>): CompleteSoon {
  return createClient(settingsOf(env), driver);
}

/** What a written answer is asked with. */
const asking = ({ times = 1 }: { times?: number }) => ({
  ...order,
  model: 'm',
  prompt: 'Hi'.repeat(times),
  echo: { nonce: NONCE, isAnothers: () => false },
});

/** Checks a completion against what is expected of a recording, as far as every driver must know it. */
function expectKnown(c: Completion, { error, characters, ...wanted }: Expected, told = true) {
  expect(known(c)).toEqual(known(wanted));
  if (error && told) expect('error' in c && c.error).toMatch(error);
  if (characters !== undefined) expect(c.text).toHaveLength(characters);
  expect(c.gaps).toHaveLength(Math.max(0, c.frames - 1));
  expect(c.resent).toBe(0);
}

describe('tcp, over real bytes', () => {
  beforeEach(() => {
    now = () => performance.now();
  });

  /** Each answer of up to 9 kB in single bytes: whatever the driver holds in hand is split at every byte. */
  const bytewise = [...recordings, ...written].map((recording): Recording => {
    const bytes = Buffer.concat(recording.receives.map((receive) => receive.bytes));
    if (bytes.length > 9000) return recording;
    return { ...recording, receives: Array.from(bytes, (byte) => ({ at: 0, bytes: Buffer.from([byte]) })) };
  });

  describe.each([
    ['as recorded', [...recordings, ...written]],
    ['byte by byte', bytewise],
  ])('%s', (_, served) => {
    let replay: Replay;
    beforeAll(async () => {
      replay = await startReplay(served);
    });
    afterAll(() => replay.close());

    test.each(cases)('%s', async (name, wanted) => {
      const env = { API: wanted.api, STREAM: `${wanted.stream}`, BASE_URL: `${replay.url}/${name}` };
      const c = await client(tcp.driver, env)({ ...order, model: 'tiny' });
      expectKnown(c, wanted);
      expect(c.cold).toBe(true);
      expect(alive.size).toBe(0);
    });

    test.each(Object.entries(WRITTEN))('%s', async (name, one) => {
      const env = { ...WRITTEN_SETTINGS, BASE_URL: `${replay.url}/${name}` };
      expect(await client(tcp.driver, env)(asking(one))).toMatchObject(one.wanted);
      expect(replay.exchanges.at(-1)?.body).toContain(`"${'Hi'.repeat(one.times ?? 1)}"`);
      expect(alive.size).toBe(0);
    });
  });

  test.each(cases.filter(([, { firstContent }]) => firstContent !== undefined))(
    '%s: TTFT is the receive with the first token',
    async (name, { api, firstContent = 0 }) => {
      const replay = await startReplay(recordings, { isolate: { ms: 100, receive: { [name]: firstContent } } });
      const c = await client(tcp.driver, { API: api, BASE_URL: `${replay.url}/${name}` })({ ...order, model: 'tiny' });
      const apart = replay.exchanges[0]?.sent.map((at) => Math.abs(at - (c.startedAt + (c.ttft ?? 0)))) ?? [];
      await replay.close();
      expect(apart.indexOf(Math.min(...apart))).toBe(firstContent);
    },
  );

  describe('faults of the mock', () => {
    let mock: Mock;
    beforeAll(async () => {
      mock = await startMock({ models: ['mock'], ttftMs: 5, tokenMs: 1, tokens: 6 });
    });
    afterAll(() => mock.close());

    it('are all there', () =>
      expect(new Set(Object.keys(FAULT_OUTCOMES).map((fault) => fault.split('=')[0]))).toEqual(
        new Set(FAULTS.map(({ name }) => name)),
      ));

    test.each(
      ['openai', 'ollama'].flatMap((api) =>
        Object.entries(FAULT_OUTCOMES).map(([fault, outcome]) => ({ api, fault, outcome })),
      ),
    )('$api: $fault is $outcome', async ({ api, fault, outcome }) => {
      const c = await client(tcp.driver, { API: api, BASE_URL: mock.url, ...FAULT_SETTINGS })({
        ...order,
        model: `mock~${fault}`,
      });
      expect(c.outcome).toBe(outcome);
      expect(alive.size).toBe(0);
      if (outcome === 'ok' && fault !== 'no_stream')
        expect([c.frames, c.output, c.tokenSource]).toEqual([6, 6, 'server']);
    });

    it('sees nothing of an answer that it left in the one that follows', async () => {
      const send = client(tcp.driver, { BASE_URL: mock.url, ...FAULT_SETTINGS });
      expect(await send({ ...order, model: 'mock~stall=2' })).toMatchObject({ outcome: 'timeout_idle', frames: 2 });
      expect(await send({ ...order, model: 'mock' })).toMatchObject({ outcome: 'ok', frames: 6 });
    });

    it('leaves after so many ms, as a reader does', async () => {
      const c = await client(tcp.driver, { BASE_URL: mock.url })({ ...order, model: 'mock~stall=2', cancelAfter: 100 });
      expect(c).toMatchObject({ outcome: 'cancelled', frames: 2 });
      expect(alive.size).toBe(0);
    });

    it('tells a port where nobody listens', async () => {
      const c = await client(tcp.driver, { BASE_URL: 'http://127.0.0.1:1' })({ ...order, model: 'm' });
      expect(c).toMatchObject({ outcome: 'connection', cold: false, error: expect.stringContaining('ECONNREFUSED') });
      expect(alive.size).toBe(0);
    });
  });
});

describe('sse, over recorded bytes', () => {
  const latin1 = ({ receives }: Recording) =>
    receives.map(({ bytes }) => ({ wait: 1, bytes: bytes.toString('latin1') }));
  let time = 0;
  let served: Served;
  beforeEach(() => {
    time = 0;
    now = () => time;
    Object.assign(sseServer, { asked: [], open: 0, answer: () => served, pass: (ms: number) => (time += ms) });
    http.asked.length = 0;
    http.answer = () => ({ status: 404, timings: { connecting: 30, tls_handshaking: 10 } as never });
  });
  const ask = (env: Record<string, string> = {}, more: object = {}) =>
    client(sse.driver, env)({ ...order, model: 'm', ...more }) as Completion;

  test.each(cases.filter(([, { stream }]) => stream))('%s', (name, wanted) => {
    const recording = recordings.find((one) => one.name === name) as Recording;
    served = { receives: latin1(recording), end: recording.closing === 'reset' ? 'reset' : 'close' };
    const limit = LIMITS.sse[name];
    expectKnown(ask({ API: wanted.api }), { ...wanted, ...(limit?.outcome && { outcome: limit.outcome }) }, false);
    expect(sseServer.open).toBe(0);
  });

  test.each(Object.entries(WRITTEN).filter(([name]) => name !== 'answered-elsewhere'))('%s', (name, one) => {
    const recording = written.find((each) => each.name === name) as Recording;
    served = { receives: latin1(recording), end: 'close' };
    const outcome = LIMITS.sse[name]?.outcome;
    expect(client(sse.driver, WRITTEN_SETTINGS)(asking(one))).toMatchObject(outcome ? { outcome } : one.wanted);
    expect(sseServer.open).toBe(0);
  });

  const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n';
  const token = (text: string) => `data: {"choices":[{"delta":{"content":"${text}"}}]}\n\n`;
  const DONE = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';

  it('takes what opening a connection costs off all times, measured once in each VU', () => {
    served = {
      receives: [
        { wait: 100, bytes: HEAD },
        { wait: 50, bytes: token('a') },
        { wait: 20, bytes: token('b') },
        { bytes: DONE },
      ],
      end: 'close',
    };
    const send = client(sse.driver, { BASE_URL: 'a:1' });
    const [one, two] = [send({ ...order, model: 'm' }), send({ ...order, model: 'm' })] as Completion[];
    expect(one).toMatchObject({
      outcome: 'ok',
      connectMs: 40,
      cold: true,
      headersMs: 60,
      ttft: 110,
      ttfo: 110,
      e2e: 130,
    });
    expect(one?.gaps).toEqual(Float64Array.of(20));
    expect(two?.ttft).toBe(110);
    expect(http.asked.map(({ url }) => url)).toEqual(['http://a:1/v1/models']);
  });

  it('asks for an uncompressed answer within TIMEOUT', () => {
    served = { receives: [{ bytes: HEAD + token('a') + DONE }], end: 'close' };
    ask({ TIMEOUT: '7s', BASE_URL: 'a:1' });
    expect(sseServer.asked[0]).toMatchObject({
      url: 'http://a:1/v1/chat/completions',
      params: { method: 'POST', timeout: '7000ms', headers: { 'Accept-Encoding': 'identity', 'X-Request-Id': 'r' } },
    });
  });

  it('leaves at the terminal frame: a server that then falls silent costs nothing', () => {
    served = { receives: [{ bytes: HEAD + token('a') + DONE }], end: 'silence' };
    expect(ask()).toMatchObject({ outcome: 'ok', frames: 1 });
    expect([time, sseServer.open]).toEqual([0, 0]);
  });

  it.each([
    ['nothing at all', [], 'timeout_first'],
    ['headers that come too late', [{ wait: 900, bytes: HEAD }], 'timeout_first'],
    ['headers, then nothing', [{ bytes: HEAD }], 'timeout_first'],
    [
      'comments alone',
      [{ bytes: `${HEAD}: hi\n\n` }, ...Array(9).fill({ wait: 100, bytes: ': hi\n\n' })],
      'timeout_first',
    ],
    ['a first token that comes too late', [{ bytes: HEAD }, { wait: 800, bytes: token('a') + DONE }], 'timeout_first'],
    ['silence after a token', [{ bytes: HEAD + token('a') }], 'timeout_idle'],
    [
      'a second token that comes too late',
      [{ bytes: HEAD + token('a') }, { wait: 650, bytes: token('b') + DONE }],
      'timeout_idle',
    ],
    ['tokens without an end', [{ bytes: HEAD }, ...Array(40).fill({ wait: 100, bytes: token('a') })], 'timeout_total'],
  ])('%s: the limit that was passed first, however late it is seen', (_, receives, outcome) => {
    served = { receives, end: 'silence' };
    expect(ask({ ...FAULT_SETTINGS, TIMEOUT: '3s' })).toMatchObject({ outcome });
    expect(sseServer.open).toBe(0);
  });

  it('says where an answer in one piece was lost, and keeps one that has a line end', () => {
    const json = (status: number, body: string) =>
      `HTTP/1.1 ${status} X\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    served = { receives: [{ bytes: json(500, '{"error":"broken"}') }], end: 'close' };
    expect(ask()).toMatchObject({
      outcome: 'http_error',
      error: expect.stringContaining('k6/x/sse hands on no last line'),
    });
    served = { receives: [{ bytes: json(500, '{\n  "error": "broken"\n}\n') }], end: 'close' };
    expect(ask()).toMatchObject({ outcome: 'http_error', error: 'HTTP 500: broken' });
    served = {
      receives: [{ bytes: json(200, '{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}\n') }],
      end: 'close',
    };
    expect(ask()).toMatchObject({ outcome: 'ok', text: 'Hi', frames: 0 });
  });

  it('leaves a frame that is too large, and an answer that is compressed', () => {
    served = { receives: [{ bytes: HEAD + token('x'.repeat(3000)) + DONE }], end: 'close' };
    expect(ask({ MAX_FRAME: '2kB' })).toMatchObject({
      outcome: 'stream_error',
      error: 'a frame is larger than maxFrame',
    });
    served = { receives: [{ bytes: `HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\n\n` }], end: 'close' };
    expect(ask()).toMatchObject({ outcome: 'stream_error', error: expect.stringContaining('gzip') });
  });

  it('goes over k6 itself without a stream', () => {
    http.answer = () => ({
      status: 200,
      headers: { 'Content-Type': 'application/json' },
      body: '{"choices":[{"message":{"content":"Hi"}}]}',
    });
    expect(ask({ STREAM: 'false' })).toMatchObject({ outcome: 'ok' });
    expect(sseServer.asked).toEqual([]);
  });
});
