import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { FAULTS, MODEL_FAULT_SEPARATOR, type Mock, type MockOptions, startMock } from '../../mock/index.ts';
import { ask, chat, finishReason, frames, payloads, type Reply, soon, texts } from './client.ts';

let mock: Mock;
afterEach(() => mock.close());

const start = async (options: Partial<MockOptions> = {}): Promise<void> => {
  mock = await startMock({ ttftMs: 1, tokenMs: 1, tokens: 6, ...options });
};

const struck = (fault: string, more: Record<string, unknown> = {}): Promise<Reply> =>
  ask(mock, { body: chat(more), headers: { 'X-Mock-Fault': fault } });

const isDone = (reply: Reply): boolean => payloads(reply.body).at(-1) === '[DONE]';

/** How far an answer came, in one line. */
const summary = (reply: Reply): unknown => ({
  ending: reply.ending,
  status: reply.status,
  words: texts(reply.body).length,
  finish: finishReason(reply.body),
  done: isDone(reply),
});

const WHOLE = { ending: 'complete', status: 200, words: 6, finish: 'stop', done: true };

/** Each fault's name, and what a client sees of it. The test below them all compares the names with the table. */
const CASES: Record<string, () => Promise<void>> = {
  none: async () => {
    await start({ fault: 'status=500' });
    expect((await ask(mock, { body: chat() })).status).toBe(500);
    expect(summary(await struck('none'))).toEqual(WHOLE);
    expect(mock.truth()[1]).not.toHaveProperty('fault');
  },

  status: async () => {
    await start();
    for (const [fault, status] of [
      ['status', 500],
      ['status=503', 503],
      ['status=404', 404],
    ] as const) {
      const reply = await struck(fault);
      expect([reply.status, reply.ending]).toEqual([status, 'complete']);
      expect(JSON.parse(reply.body)).toMatchObject({ error: { code: status, type: 'server_error' } });
      expect(mock.truth().at(-1)).toMatchObject({ fault, status, tokens: 0, answered: null });
    }
  },

  rate_limited: async () => {
    await start();
    const reply = await struck('rate_limited=7');
    expect([reply.status, reply.headers['retry-after']]).toEqual([429, '7']);
    expect((await struck('rate_limited')).headers['retry-after']).toBe('1');
  },

  reset_before_headers: async () => {
    await start();
    const reply = await struck('reset_before_headers');
    expect([reply.ending, reply.status]).toEqual(['reset', undefined]);
    expect(mock.truth()).toMatchObject([{ status: null, headersAt: null, clientGone: false, end: expect.any(Number) }]);
  },

  refuse: async () => {
    await start();
    expect(await struck('refuse')).toMatchObject({ ending: 'reset', status: undefined });
  },

  slow_headers: async () => {
    await start();
    expect(summary(await struck('slow_headers=30'))).toEqual(WHOLE);
    const [entry] = mock.truth();
    expect(entry?.headersAt).toBeGreaterThanOrEqual(29);
    expect(entry?.frames[0]).toBeGreaterThanOrEqual(30);
  },

  stall_first: async () => {
    await start({ headers: 'late', slots: 1, queue: 0 });
    const waiting = await ask(mock, {
      body: chat(),
      headers: { 'X-Mock-Fault': 'stall_first' },
      leaveWhen: ({ status }) => status === 200,
    });
    expect(waiting.body).toBe('');
    await soon(() => mock.truth()[0]?.clientGone).toBe(true);
    expect(mock.truth()).toMatchObject([{ frames: [], end: null }]);
    expect((await ask(mock, { body: chat() })).status).toBe(200);
  },

  stall: async () => {
    await start({ commentMs: 1, tokenMs: 0, modelOverrides: { long: { tokens: 60, tokenMs: 1 } } });
    let leave = (): void => {};
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const headers = { 'X-Mock-Fault': 'stall=2' };
    const waiting = ask(mock, { body: chat(), headers, leave: left });
    await soon(() => mock.truth()[0]?.tokens).toBe(2);
    // Another answer, much longer than this one would have been, goes by meanwhile.
    await ask(mock, { body: chat({ model: 'long' }) });
    leave();
    const reply = await waiting;
    expect(summary(reply)).toEqual({ ...WHOLE, ending: 'open', words: 2, finish: undefined, done: false });
    // The second word is the last thing sent: no comments either.
    expect(payloads(reply.body).at(-1)).toContain('" load"');
    expect(reply.body).toMatch(/\}\n\n$/);
    await soon(() => mock.truth()[0]?.clientGone).toBe(true);
    expect(mock.truth()[0]).toMatchObject({ tokens: 2, end: null, fault: 'stall=2' });
  },

  reset: async () => {
    await start();
    for (const [fault, words] of [
      ['reset=0', 0],
      ['reset=2', 2],
      ['reset', 3],
      ['reset=99', 6],
    ] as const) {
      expect(summary(await struck(fault))).toEqual({
        ...WHOLE,
        ending: 'reset',
        words,
        finish: undefined,
        done: false,
      });
      expect(mock.truth().at(-1)).toMatchObject({ tokens: words, clientGone: false, end: expect.any(Number), fault });
    }
    expect(await struck('reset', { stream: false })).toMatchObject({ ending: 'reset', status: 200 });
  },

  cut: async () => {
    await start();
    const reply = await struck('cut=2');
    expect(summary(reply)).toEqual({ ...WHOLE, ending: 'fin', words: 2, finish: undefined, done: false });
    expect(reply.body.endsWith('\n\n')).toBe(false);
    const json = await struck('cut', { stream: false });
    expect(json.ending).toBe('fin');
    expect(json.bytes.length).toBeLessThan(Number(json.headers['content-length']));
  },

  truncate: async () => {
    await start();
    expect(summary(await struck('truncate=2'))).toEqual({ ...WHOLE, words: 2, finish: undefined, done: false });
    expect(summary(await struck('truncate=6'))).toEqual({ ...WHOLE, finish: undefined, done: false });
    const json = await struck('truncate', { stream: false });
    expect([json.status, json.ending]).toEqual([200, 'complete']);
    expect(() => JSON.parse(json.body)).toThrow();
  },

  stream_error: async () => {
    await start();
    const reply = await struck('stream_error=2');
    expect(summary(reply)).toEqual({ ...WHOLE, words: 2, finish: undefined, done: false });
    expect(frames(reply.body).at(-1)).toEqual({
      error: { message: 'the upstream closed the connection', type: 'server_error', param: null, code: 500 },
    });
    expect(summary(await struck('stream_error=0'))).toMatchObject({ status: 200, words: 0, done: false });
    expect((await struck('stream_error', { stream: false })).status).toBe(500);
  },

  garbage: async () => {
    await start();
    const reply = await struck('garbage=2');
    expect(summary(reply)).toEqual(WHOLE);
    const bad = payloads(reply.body).filter((payload) => payload !== '[DONE]' && !payload.endsWith('}'));
    expect(bad).toHaveLength(1);
    // The role, two words, then it.
    expect(payloads(reply.body).indexOf(bad[0] ?? '')).toBe(3);
    expect(() => JSON.parse(bad[0] ?? '{}')).toThrow();
    const json = await struck('garbage', { stream: false });
    expect(json.status).toBe(200);
    expect(() => JSON.parse(json.body)).toThrow();
  },

  empty: async () => {
    await start({ usage: 'always', reasoningTokens: 2 });
    const reply = await struck('empty');
    expect(summary(reply)).toEqual({ ...WHOLE, words: 0 });
    expect(frames(reply.body).at(-1)?.usage?.completion_tokens).toBe(0);
    expect(mock.truth()).toMatchObject([{ frames: [], tokens: 0 }]);
    const json = JSON.parse((await struck('empty', { stream: false })).body);
    expect(json).toMatchObject({ choices: [{ message: { content: '' } }] });
  },

  no_finish: async () => {
    await start();
    expect(summary(await struck('no_finish'))).toEqual({ ...WHOLE, finish: undefined });
    const json = JSON.parse((await struck('no_finish', { stream: false })).body);
    expect(json).toMatchObject({ choices: [{ finish_reason: null }] });
  },

  wrong_model: async () => {
    await start();
    const reply = await struck('wrong_model');
    expect(new Set(frames(reply.body).map(({ model }) => model))).toEqual(new Set(['another-model']));
    expect(mock.truth()).toMatchObject([{ model: 'mock', answered: 'another-model' }]);
  },

  no_stream: async () => {
    await start();
    const reply = await struck('no_stream');
    expect(reply.headers['content-type']).toContain('application/json');
    expect(JSON.parse(reply.body)).toMatchObject({ object: 'chat.completion' });
  },

  huge_frame: async () => {
    await start();
    const reply = await struck('huge_frame=100000');
    expect(summary(reply)).toEqual(WHOLE);
    expect(texts(reply.body).map((text) => text.length > 100_000)).toEqual([false, false, false, true, false, false]);
    expect((await struck('huge_frame=100000', { stream: false })).body.length).toBeGreaterThan(100_000);
  },

  buffered: async () => {
    await start({ ttftMs: 5, tokenMs: 5 });
    expect(summary(await struck('buffered'))).toEqual(WHOLE);
    const [entry] = mock.truth();
    expect(entry?.headersAt).toBeLessThan(entry?.frames[0] ?? 0);
    // All of them when the sixth token was due.
    expect(entry?.frames[0]).toBeGreaterThanOrEqual(5 + 5 * 5 - 1);
    expect(entry?.frames).toHaveLength(6);
  },

  gzip: async () => {
    await start();
    const reply = await struck('gzip');
    expect([reply.status, reply.headers['content-encoding']]).toEqual([200, 'gzip']);
    const body = gunzipSync(reply.bytes).toString();
    expect([texts(body).length, payloads(body).at(-1)]).toEqual([6, '[DONE]']);
    const json = await struck('gzip', { stream: false });
    expect(JSON.parse(gunzipSync(json.bytes).toString())).toMatchObject({ object: 'chat.completion' });
  },
};

describe('each fault', () => {
  test.each(Object.entries(CASES))('%s', (_name, check) => check());

  test('has a case here, a name of its own and a help text', async () => {
    await start();
    expect(FAULTS.map(({ name }) => name).toSorted()).toEqual(Object.keys(CASES).toSorted());
    for (const { name, help } of FAULTS) {
      expect(name).toMatch(/^[a-z_]+$/);
      expect(help).toMatch(/^[A-Z].*[^.]$/);
    }
  });
});

describe('a fault is asked for', () => {
  const named = `mock${MODEL_FAULT_SEPARATOR}status=502`;

  test('by the model name, which the answer repeats', async () => {
    await start();
    const model = `mock${MODEL_FAULT_SEPARATOR}truncate=1`;
    const reply = await ask(mock, { body: chat({ model }) });
    expect([texts(reply.body).length, frames(reply.body)[0]?.model]).toEqual([1, model]);
    expect(mock.truth()).toMatchObject([{ model, answered: model, fault: 'truncate=1' }]);
    expect((await ask(mock, { body: chat({ model: named.replace('mock', 'nope') }) })).status).toBe(404);
  });

  test('by an option, a model override, a name, a header: the last of these counts', async () => {
    await start({ fault: 'status=500', modelOverrides: { other: { fault: 'status=501' } } });
    const status = async (model: string, headers: Record<string, string> = {}): Promise<number | undefined> =>
      (await ask(mock, { body: chat({ model }), headers })).status;
    expect(await status('mock')).toBe(500);
    expect(await status('other')).toBe(501);
    expect(await status(named)).toBe(502);
    expect(await status(named, { 'X-Mock-Fault': 'status=504' })).toBe(504);
  });

  test('a model that is really named so has no fault', async () => {
    await start({ models: [named] });
    expect((await ask(mock, { body: chat({ model: named }) })).status).toBe(200);
  });

  test.each([
    ['nonsense', 'name one of none, status'],
    ['status=200', 'an integer from 400 to 599 (HTTP status)'],
    ['reset=x', 'an integer from 0'],
    ['reset=', 'an integer from 0'],
    ['empty=3', 'empty takes no value'],
    ['reset@2', 'a number from 0 to 1'],
    ['reset@', 'a number from 0 to 1'],
  ])('%s is 400: %s', async (fault, message) => {
    await start();
    const reply = await struck(fault);
    expect(reply.status).toBe(400);
    expect(JSON.parse(reply.body).error.message).toContain(message);
  });
});

describe('a share', () => {
  const run = async (seed: number, fault: string): Promise<boolean[]> => {
    await start({ seed, fault });
    for (let count = 0; count < 40; count += 1) await ask(mock, { body: chat({ max_tokens: 1 }) });
    const hits = mock.truth().map((entry) => entry.fault === 'status=500');
    await mock.close();
    return hits;
  };

  test('strikes some requests, and the same ones for the same seed', async () => {
    const first = await run(1, 'status=500@0.5');
    expect(new Set(first)).toEqual(new Set([true, false]));
    expect(await run(1, 'status=500@0.5')).toEqual(first);
    expect(await run(2, 'status=500@0.5')).not.toEqual(first);
  });

  test('0 strikes none, 1 all', async () => {
    expect(new Set(await run(1, 'status=500@0'))).toEqual(new Set([false]));
    expect(new Set(await run(1, 'status=500@1'))).toEqual(new Set([true]));
  });
});
