/** The mock as Ollama. What is said is the same as on /v1 (shapes, faults, server.test.ts); here is how it looks. */
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { FAULTS, type Mock, type MockOptions, startMock } from '../../mock/index.ts';
import { ask, type Reply, soon } from './client.ts';

let mock: Mock;
afterEach(() => mock.close());

const start = async (options: Partial<MockOptions> = {}): Promise<void> => {
  mock = await startMock({ ttftMs: 2, tokenMs: 1, tokens: 6, ...options });
};

interface Line {
  model: string;
  created_at: string;
  message?: { role: string; content: string; thinking?: string };
  response?: string;
  thinking?: string;
  done: boolean;
  done_reason?: string;
  error?: string;
  [figure: string]: unknown;
}

const CHAT = { model: 'mock', messages: [{ role: 'user', content: 'tell me a story' }] };
const chat = (more: Record<string, unknown> = {}, headers: Record<string, string> = {}): Promise<Reply> =>
  ask(mock, { path: '/api/chat', body: { ...CHAT, ...more }, headers });
const generate = (more: Record<string, unknown> = {}): Promise<Reply> =>
  ask(mock, { path: '/api/generate', body: { model: 'mock', prompt: 'tell me a story', ...more } });

const raw = (body: string): string[] => body.split('\n').filter((line) => line !== '');
const lines = (body: string): Line[] =>
  raw(body).flatMap((line) => {
    try {
      return [JSON.parse(line) as Line];
    } catch {
      return [];
    }
  });
const words = (body: string): string[] =>
  lines(body)
    .map((line) => line.message?.thinking || line.message?.content || line.response || '')
    .filter((text) => text !== '');

describe('a chat', () => {
  test('streams unless told otherwise: a line a word, then the last one with the figures', async () => {
    await start({ tokens: 3, ttftMs: 4, tokenMs: 2 });
    const reply = await chat();
    expect(reply.headers['content-type']).toBe('application/x-ndjson');
    expect(reply.body.endsWith('}\n')).toBe(true);
    const all = lines(reply.body);
    expect(all).toHaveLength(raw(reply.body).length);
    expect(all.map(({ message }) => message)).toEqual(
      ['The', ' load', ' on', ''].map((content) => ({ role: 'assistant', content })),
    );
    expect(all.map(({ done }) => done)).toEqual([false, false, false, true]);
    for (const line of all) {
      expect(line.model).toBe('mock');
      expect(Date.parse(line.created_at)).not.toBeNaN();
    }
    expect(all.at(-1)).toMatchObject({
      done_reason: 'stop',
      total_duration: 8e6,
      load_duration: 0,
      prompt_eval_count: 6,
      prompt_eval_duration: 4e6,
      eval_count: 3,
      eval_duration: 4e6,
    });
    expect(all[0]).not.toHaveProperty('eval_count');
    expect(mock.truth()).toMatchObject([
      { path: '/api/chat', model: 'mock', answered: 'mock', tokens: 3, promptTokens: 6 },
    ]);
    expect(mock.truth()[0]?.frames).toHaveLength(3);
  });

  test('comes whole when asked to', async () => {
    await start({ tokens: 3, reasoningTokens: 1 });
    const reply = await chat({ stream: false });
    expect(reply.headers['content-type']).toContain('application/json');
    expect(JSON.parse(reply.body)).toMatchObject({
      model: 'mock',
      message: { role: 'assistant', content: 'The load on', thinking: 'The' },
      done: true,
      done_reason: 'stop',
      eval_count: 4,
    });
    expect(mock.truth()).toMatchObject([{ tokens: 4, frames: [], status: 200 }]);
  });

  test('thinks first, where the model does', async () => {
    await start({ tokens: 2, reasoningTokens: 2 });
    const { body } = await chat();
    expect(lines(body).map(({ message }) => [message?.thinking, message?.content])).toEqual([
      ['The', ''],
      [' load', ''],
      [undefined, 'The'],
      [undefined, ' load'],
      [undefined, ''],
    ]);
    expect(lines(body).at(-1)?.eval_count).toBe(4);
    expect(mock.truth()).toMatchObject([{ tokens: 4, reasoningFrames: 2 }]);
  });
});

describe('a generate', () => {
  test('has its words in `response`, its thoughts in `thinking`', async () => {
    await start({ tokens: 2, reasoningTokens: 1 });
    const { body } = await generate();
    expect(lines(body).map(({ thinking, response, done }) => [thinking, response, done])).toEqual([
      ['The', '', false],
      [undefined, 'The', false],
      [undefined, ' load', false],
      [undefined, '', true],
    ]);
    expect(JSON.parse((await generate({ stream: false })).body)).toMatchObject({
      response: 'The load',
      thinking: 'The',
    });
    expect(mock.truth().map(({ path, promptTokens }) => [path, promptTokens])).toEqual([
      ['/api/generate', 6],
      ['/api/generate', 6],
    ]);
  });
});

test.each([
  [{}, 6, 'stop'],
  [{ num_predict: 2 }, 2, 'length'],
  [{ num_predict: 9 }, 6, 'stop'],
  [{ num_predict: -1 }, 6, 'stop'],
  [{ temperature: 0 }, 6, 'stop'],
])('options %j: %i tokens, done_reason %s', async (options, tokens, reason) => {
  await start();
  const { body } = await chat({ options });
  expect([words(body).length, lines(body).at(-1)?.done_reason]).toEqual([tokens, reason]);
});

test('usage never: the last line has no figures', async () => {
  await start({ usage: 'never' });
  expect(Object.keys(lines((await chat()).body).at(-1) ?? {})).toEqual([
    'model',
    'created_at',
    'message',
    'done',
    'done_reason',
  ]);
});

test('comment-ms: NDJSON has no comments', async () => {
  await start({ commentMs: 1, ttftMs: 20 });
  expect(raw((await chat()).body)).toHaveLength(7);
});

describe('refusals are one sentence', () => {
  test.each([
    ['/api/chat', '{"model": "mock", bad', 400, 'the body is not JSON'],
    ['/api/chat', { messages: CHAT.messages }, 400, "'model' is required"],
    ['/api/chat', { model: 'mock' }, 400, "'messages' is required"],
    ['/api/generate', { model: 'mock' }, 400, "'prompt' is required"],
    ['/api/chat', { ...CHAT, options: { num_predict: 'x' } }, 400, 'option "num_predict" must be'],
    ['/api/chat', { ...CHAT, options: { num_predict: 0 } }, 400, 'option "num_predict" must be'],
    ['/api/chat', { ...CHAT, model: 'nope' }, 404, "'nope' does not exist"],
    ['/api/chat', { ...CHAT, model: 'mock~nonsense' }, 400, 'name one of none, status'],
  ])('%s %j: %i', async (path, body, status, message) => {
    await start();
    const reply = await ask(mock, { path, body });
    expect(reply.status).toBe(status);
    expect(JSON.parse(reply.body)).toEqual({ error: expect.stringContaining(message) });
  });

  test('without a key', async () => {
    await start({ apiKey: 'k' });
    const refused = [await chat(), await ask(mock, { method: 'GET', path: '/api/tags' })];
    for (const { status, body } of refused) {
      expect(status).toBe(401);
      expect(JSON.parse(body)).toEqual({ error: 'Incorrect API key provided' });
    }
    expect((await chat({}, { Authorization: 'Bearer k' })).status).toBe(200);
  });

  test('without room', async () => {
    await start({ slots: 1, queue: 0, ttftMs: 60_000 });
    void chat();
    await soon(() => mock.truth()[0]?.headersAt).toBeTypeOf('number');
    const reply = await chat();
    expect([reply.status, reply.headers['retry-after']]).toEqual([429, '1']);
    expect(JSON.parse(reply.body)).toEqual({ error: expect.stringContaining('Too many requests') });
  });
});

describe('lists', () => {
  const get = async (path: string): Promise<unknown> => JSON.parse((await ask(mock, { method: 'GET', path })).body);

  test('tags: what there is; ps: what is loaded', async () => {
    await start({ models: ['a:8b'], modelOverrides: { b: { tokens: 2 } } });
    for (const path of ['/api/tags', '/api/ps'])
      expect(await get(path)).toMatchObject({
        models: [
          { name: 'a:8b', model: 'a:8b', details: { format: 'gguf' } },
          { name: 'b', model: 'b' },
        ],
      });
  });

  test('version', async () => {
    await start();
    expect(await get('/api/version')).toEqual({ version: expect.any(String) });
  });
});

/** How far an answer came. */
const summary = ({ ending, status, body }: Reply): unknown => ({
  ending,
  status,
  words: words(body).length,
  last: lines(body).at(-1)?.done,
});
const WHOLE = { ending: 'complete', status: 200, words: 6, last: true };

/** Each fault, and how it differs from a whole answer: what the wire makes of it is the same as on /v1. */
const STRUCK: Record<string, { fault?: string; seen?: object; more?: (reply: Reply) => void }> = {
  none: {},
  status: {
    fault: 'status=503',
    seen: { status: 503, words: 0, last: undefined },
    more: ({ body }) => expect(JSON.parse(body)).toEqual({ error: 'fault: status 503' }),
  },
  rate_limited: {
    seen: { status: 429, words: 0, last: undefined },
    more: ({ body }) => expect(JSON.parse(body)).toEqual({ error: expect.any(String) }),
  },
  reset_before_headers: { seen: { ending: 'reset', status: undefined, words: 0, last: undefined } },
  refuse: { seen: { ending: 'reset', status: undefined, words: 0, last: undefined } },
  slow_headers: { fault: 'slow_headers=20' },
  stall_first: { seen: { ending: 'open', words: 0, last: undefined } },
  stall: { fault: 'stall=2', seen: { ending: 'open', words: 2, last: false } },
  reset: { fault: 'reset=2', seen: { ending: 'reset', words: 2, last: false } },
  cut: {
    fault: 'cut=2',
    seen: { ending: 'fin', words: 2, last: false },
    more: ({ body }) => expect(body.endsWith('\n')).toBe(false),
  },
  truncate: { fault: 'truncate=2', seen: { words: 2, last: false } },
  stream_error: {
    fault: 'stream_error=2',
    seen: { words: 2, last: undefined },
    more: ({ body }) => expect(lines(body).at(-1)).toEqual({ error: 'the upstream closed the connection' }),
  },
  garbage: {
    fault: 'garbage=2',
    more: ({ body }) => expect(raw(body).length - lines(body).length).toBe(1),
  },
  empty: { seen: { words: 0 } },
  no_finish: { more: ({ body }) => expect(lines(body).at(-1)).not.toHaveProperty('done_reason') },
  wrong_model: { more: ({ body }) => expect(lines(body)[0]?.model).toBe('another-model') },
  no_stream: {
    seen: { words: 1 },
    more: ({ headers }) => expect(headers['content-type']).toContain('application/json'),
  },
  huge_frame: {
    fault: 'huge_frame=100000',
    more: ({ body }) => expect(words(body).filter((text) => text.length > 100_000)).toHaveLength(1),
  },
  buffered: {},
  gzip: {
    seen: { words: 0, last: undefined },
    more: ({ bytes }) => expect(words(gunzipSync(bytes).toString())).toHaveLength(6),
  },
};

describe('each fault', () => {
  test('has a case here', async () => {
    await start();
    expect(Object.keys(STRUCK).toSorted()).toEqual(FAULTS.map(({ name }) => name).toSorted());
  });

  test.each(Object.entries(STRUCK))('%s', async (name, { fault = name, seen = {}, more }) => {
    await start();
    const reply = await ask(mock, {
      path: '/api/chat',
      body: CHAT,
      headers: { 'X-Mock-Fault': fault },
      ...(name === 'stall_first' && { leaveWhen: ({ status }) => status === 200 }),
      ...(name === 'stall' && { leaveWhen: ({ body }) => words(body).length === 2 }),
    });
    expect(summary(reply)).toEqual({ ...WHOLE, ...seen });
    more?.(reply);
  });
});
