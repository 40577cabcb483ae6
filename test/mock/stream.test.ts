import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type Mock, type MockOptions, startMock, type TruthEntry } from '../../mock/index.ts';
import { requestRandom } from '../../mock/random.ts';
import { ask, chat, soon, texts } from './client.ts';

let mock: Mock;
afterEach(() => mock.close());

const start = async (options: Partial<MockOptions> = {}): Promise<void> => {
  mock = await startMock({ ttftMs: 1, tokenMs: 0, tokens: 3, ...options });
};

/** Longer than any test: what comes before it did not wait for it. */
const NEVER_MS = 60_000;

const entry = (index = 0): TruthEntry => {
  const found = mock.truth()[index];
  if (found === undefined) throw new Error(`no truth entry ${index}`);
  return found;
};

describe('headers', () => {
  test('early: they and the role come before any token', async () => {
    await start({ ttftMs: NEVER_MS });
    const reply = await ask(mock, { body: chat(), leaveWhen: ({ body }) => body.includes('assistant') });
    expect(reply.status).toBe(200);
    expect(entry()).toMatchObject({ frames: [], status: 200, headersAt: expect.any(Number) });
  });

  test('late: they come with the first token', async () => {
    await start({ headers: 'late', ttftMs: 20 });
    const reply = await ask(mock, { body: chat() });
    expect(texts(reply.body)).toHaveLength(3);
    expect(entry().headersAt).toBeGreaterThanOrEqual(19);
    expect(entry().frames[0]).toBeGreaterThanOrEqual(entry().headersAt ?? Infinity);
  });

  test('late: a client that waits has nothing in hand', async () => {
    await start({ headers: 'late', ttftMs: NEVER_MS });
    const waiting = ask(mock, { body: chat() });
    await soon(() => mock.truth()).toHaveLength(1);
    // A whole other answer goes by on the same server meanwhile.
    await ask(mock, { method: 'GET', path: '/health' });
    await mock.close();
    expect((await waiting).status).toBeUndefined();
  });
});

describe('the truth', () => {
  test('has each frame no earlier than planned, in order, and the rest around them', async () => {
    await start({ ttftMs: 20, tokenMs: 3, tokens: 30 });
    await Promise.all(Array.from({ length: 20 }, () => ask(mock, { body: chat() })));
    expect(mock.truth()).toHaveLength(20);
    for (const { frames, headersAt, end, tokens, queuedMs } of mock.truth()) {
      expect(tokens).toBe(30);
      expect(frames).toHaveLength(30);
      expect(queuedMs).toBe(0);
      for (const [index, at] of frames.entries()) {
        expect(at).toBeGreaterThanOrEqual(20 + 3 * index - 1);
        expect(at).toBeGreaterThanOrEqual(frames[index - 1] ?? headersAt ?? Infinity);
      }
      expect(end).toBeGreaterThanOrEqual(frames.at(-1) ?? Infinity);
    }
  });

  test('is on the wall clock, and never later than what the client saw', async () => {
    await start({ ttftMs: 5, tokenMs: 2 });
    const before = performance.timeOrigin + performance.now();
    await ask(mock, { body: chat() });
    const after = performance.timeOrigin + performance.now();
    expect(entry().receivedAt).toBeGreaterThanOrEqual(before);
    expect(entry().receivedAt + (entry().end ?? Infinity)).toBeLessThanOrEqual(after + 0.001);
  });

  test('is served as JSON by GET /truth, and forgotten with ?clear=1 or DELETE', async () => {
    await start();
    const get = async (path: string): Promise<unknown> => JSON.parse((await ask(mock, { method: 'GET', path })).body);
    expect(await get('/truth')).toEqual([]);
    await ask(mock, { body: chat() });
    await ask(mock, { path: '/v1/completions', body: { model: 'mock', prompt: 'x' } });
    const entries = mock.truth();
    expect(entries.map(({ path }) => path)).toEqual(['/v1/chat/completions', '/v1/completions']);
    expect(await get('/truth')).toEqual(entries);
    expect(await get('/truth?clear=1')).toEqual(entries);
    expect(mock.truth()).toEqual([]);
    await ask(mock, { body: chat() });
    expect((await ask(mock, { method: 'DELETE', path: '/truth' })).body).toBe('{"cleared":1}');
    expect(mock.truth()).toEqual([]);
  });

  test('truth-entries: keeps the newest, oldest first', async () => {
    await start({ truthEntries: 3 });
    for (const id of ['a', 'b', 'c', 'd', 'e']) await ask(mock, { body: chat(), headers: { 'X-Request-Id': id } });
    expect(mock.truth().map(({ id }) => id)).toEqual(['c', 'd', 'e']);
  });
});

test('jitter and seed: a draw near 0 brings a token forward that was a minute away', async () => {
  let seed = 0;
  while (requestRandom(seed, 0, 'timing')() > 0.0005) seed += 1;
  await start({ ttftMs: NEVER_MS, jitter: 1, seed, tokens: 1 });
  expect((await ask(mock, { body: chat() })).ending).toBe('complete');
  expect(entry().frames).toHaveLength(1);
});

describe('slots', () => {
  test('a request beyond them waits, with early headers in hand, and says how long', async () => {
    await start({ slots: 1, ttftMs: 20 });
    await Promise.all([1, 2, 3].map(() => ask(mock, { body: chat() })));
    const [first, second, third] = mock.truth();
    expect(first?.queuedMs).toBe(0);
    expect(second?.queuedMs).toBeGreaterThan(0);
    // Waits count from each request's own arrival; the moments they got their slot are in order.
    const slotAt = (e = third) => (e?.receivedAt ?? 0) + (e?.queuedMs ?? 0);
    expect(slotAt(third)).toBeGreaterThan(slotAt(second));
    expect(second?.headersAt).toBeLessThan(second?.frames[0] ?? 0);
    expect(second?.frames[0]).toBeGreaterThanOrEqual((second?.queuedMs ?? Infinity) + 19);
    const firstEnd = (first?.receivedAt ?? 0) + (first?.end ?? Infinity);
    expect((second?.receivedAt ?? 0) + (second?.frames[0] ?? 0)).toBeGreaterThan(firstEnd);
  });

  test('beyond the queue it is 429 with Retry-After', async () => {
    await start({ slots: 1, queue: 0, ttftMs: NEVER_MS });
    const running = ask(mock, { body: chat() });
    await soon(() => mock.truth()[0]?.headersAt).toBeTypeOf('number');
    const refused = await ask(mock, { body: chat() });
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
    expect(JSON.parse(refused.body)).toMatchObject({ error: { code: 'rate_limit_exceeded' } });
    expect(entry(1)).toMatchObject({ status: 429, answered: null, tokens: 0, frames: [] });
    await mock.close();
    await running;
  });
});

describe('a client that leaves', () => {
  test('in mid-stream: no frame more, clientGone, and the slot is free', async () => {
    await start({ slots: 1, tokenMs: 1, tokens: 100_000 });
    const left = await ask(mock, { body: chat(), leaveWhen: ({ body }) => texts(body).length >= 3 });
    await soon(() => entry().clientGone).toBe(true);
    const written = entry().tokens;
    expect(texts(left.body).length).toBeLessThanOrEqual(written);
    // With one slot, this can only be served if the first request gave it back.
    await ask(mock, { body: chat({ max_tokens: 20 }) });
    expect(entry(0)).toMatchObject({ tokens: written, end: null, clientGone: true });
    expect(entry(1)).toMatchObject({ tokens: 20, clientGone: false });
  });

  test('in the queue: the next in line is served, and it never', async () => {
    await start({ slots: 1, modelOverrides: { slow: { ttftMs: NEVER_MS } } });
    let leave = (): void => {};
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const holding = ask(mock, { body: chat({ model: 'slow' }), leave: left });
    await soon(() => mock.truth()[0]?.headersAt).toBeTypeOf('number');
    await ask(mock, { body: chat(), leaveWhen: ({ status }) => status === 200 });
    await soon(() => entry(1).clientGone).toBe(true);
    const third = ask(mock, { body: chat() });
    await soon(() => mock.truth()[2]?.headersAt).toBeTypeOf('number');
    leave();
    await holding;
    expect((await third).ending).toBe('complete');
    expect(entry(1)).toMatchObject({ tokens: 0, frames: [], end: null });
    expect(entry(1).queuedMs).toBeGreaterThan(0);
  });

  test('while it sends its body: an entry without a status', async () => {
    await start();
    const socket = connect(mock.port, '127.0.0.1');
    socket.write('POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{');
    await soon(() => mock.truth()).toHaveLength(1);
    socket.destroy();
    await soon(() => entry().clientGone).toBe(true);
    expect(entry()).toMatchObject({ status: null, model: null, end: null });
  });
});

describe('comment-ms', () => {
  test('sends comments while the first token is awaited', async () => {
    await start({ commentMs: 1, ttftMs: NEVER_MS });
    const reply = await ask(mock, { body: chat(), leaveWhen: ({ body }) => body.split(':\n\n').length > 3 });
    expect(reply.ending).toBe('open');
    expect(entry().frames).toEqual([]);
  });

  test('sends none before late headers, none into a JSON body, and none by default', async () => {
    await start({ commentMs: 1, ttftMs: 20, headers: 'late' });
    expect((await ask(mock, { body: chat() })).body).toMatch(/^data: /);
    expect(JSON.parse((await ask(mock, { body: chat({ stream: false }) })).body)).toHaveProperty('choices');
    await mock.close();
    await start({ ttftMs: 20 });
    expect((await ask(mock, { body: chat() })).body).not.toContain(':\n\n');
  });
});

describe('close-after-answer', () => {
  test.each([true, false])('stream %s: Keep-Alive is promised and the connection closed', async (stream) => {
    await start({ closeAfterAnswer: true });
    const reply = await ask(mock, { body: chat({ stream }), keep: true });
    expect(reply.ending).toBe('complete');
    expect(reply.headers.connection).toBe('keep-alive');
    await reply.closed;
  });

  test('without it a connection serves the next request', async () => {
    await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const reused = (): Promise<boolean> =>
      new Promise((resolve, reject) => {
        const sent = request(`${mock.url}/v1/chat/completions`, { method: 'POST', agent }, (response) => {
          response.resume().once('end', () => resolve(sent.reusedSocket));
        });
        sent.once('error', reject).end(JSON.stringify(chat()));
      });
    expect([await reused(), await reused()]).toEqual([false, true]);
    agent.destroy();
  });
});
