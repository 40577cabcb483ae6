/** Faults of a whole server, by real requests. How slow things become is tested in virtual time, in pace and batch-engine. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type AdminFault, type AdminState, type Mock, type MockOptions, startMock } from '../../mock/index.ts';
import { ask, chat, soon, texts } from './client.ts';

async function start(options: Partial<MockOptions> = {}): Promise<Mock> {
  const mock = await startMock({ ttftMs: 1, tokenMs: 1, tokens: 3, ...options });
  onTestFinished(() => mock.close());
  return mock;
}

/** `open`, or why there is no connection. */
function knock(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('error', (e: NodeJS.ErrnoException) => resolve(e.code ?? e.message));
    socket.once('connect', () => {
      socket.destroy();
      resolve('open');
    });
  });
}

const framesOf = (mock: Mock, request = 0): number[] => mock.truth()[request]?.frames ?? [];

/** An answer of so many frames is under way. */
const under = (mock: Mock, frames: number) => soon(() => framesOf(mock).length).toBeGreaterThanOrEqual(frames);

/** Epoch ms at which each frame of the first request was written. */
const written = (mock: Mock): number[] => framesOf(mock).map((at) => (mock.truth()[0]?.receivedAt ?? Number.NaN) + at);

describe('the admin API', () => {
  async function admin() {
    const mock = await start({ adminPort: 0 });
    const port = mock.admin?.port ?? 0;
    const fault = async (method: string, body?: unknown) => {
      const reply = await ask({ port }, { method, path: '/fault', body });
      return { status: reply.status, json: JSON.parse(reply.body) as AdminState & { error?: string } };
    };
    return { mock, port, fault };
  }

  test('makes a fault, replaces it, undoes it, and keeps a log', async () => {
    const { mock, fault } = await admin();
    expect(mock.admin?.url).toBe(`http://127.0.0.1:${mock.admin?.port}`);
    expect(await fault('GET')).toEqual({ status: 200, json: { fault: null, log: [] } });
    expect((await fault('PUT', { fault: 'slow' })).json.fault).toEqual({ fault: 'slow', value: 3 });
    expect((await fault('PUT', { fault: 'dead' })).json.fault).toEqual({ fault: 'dead' });
    expect(await knock(mock.port)).toBe('ECONNREFUSED');
    expect((await fault('DELETE')).json.fault).toBe(null);
    expect(await knock(mock.port)).toBe('open');
    const { log } = (await fault('DELETE')).json;
    expect(log.map((each) => `${each.did} ${each.fault.fault}`)).toEqual([
      'inject slow',
      'restore slow',
      'inject dead',
      'restore dead',
    ]);
    expect(log.map(({ at }) => at)).toEqual(log.map(({ at }) => at).sort((a, b) => a - b));
    expect(Math.abs((log[0]?.at ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  test.each([
    ['{', '"{" is no fault; want {"fault":NAME,"value":N}, NAME one of dead, partition, slow, nvlink'],
    ['null', 'null is no fault'],
    [{ fault: 'ded' }, '{"fault":"ded"} is no fault'],
    [{ fault: 'dead', value: 2 }, 'fault dead: takes no value'],
    [{ fault: 'slow', value: 1 }, 'fault slow: value 1 is not allowed; want a number above 1, at most 1000'],
    [{ fault: 'slow', factor: 2 }, 'fault slow: "factor" is not known'],
  ])('says what is wrong with %j in one line', async (body, message) => {
    const { mock, fault } = await admin();
    const { status, json } = await fault('PUT', body);
    expect([status, json.error]).toEqual([400, expect.stringContaining(message)]);
    expect(json.error).not.toContain('\n');
    expect((await fault('GET')).json.fault).toBe(null);
    await expect(mock.inject(typeof body === 'string' ? (body as never) : (body as AdminFault))).rejects.toThrow();
  });

  test('is there only where it was asked for', async () => {
    expect((await start()).admin).toBeUndefined();
    const { mock, port } = await admin();
    expect((await ask({ port }, { method: 'GET', path: '/faults' })).status).toBe(404);
    expect((await ask(mock, { method: 'GET', path: '/fault' })).status).toBe(404);
    await expect(startMock({ adminPort: port })).rejects.toThrow('EADDRINUSE');
  });
});

describe('dead', () => {
  test.each<[string, Partial<MockOptions>]>([
    ['plain engine', { tokens: 10_000 }],
    ['engine that batches', { ttftMs: 200, tokenMs: 20, engine: 'tiny', tokens: 1000 }],
  ])('resets what is under way, refuses, and comes back on its port: %s', async (_, options) => {
    const mock = await start(options);
    const idle = connect({ port: mock.port, host: '127.0.0.1' });
    await once(idle, 'connect');
    const broken = once(idle, 'error');
    const answer = ask(mock, { body: chat() });
    await under(mock, 2);
    await mock.inject({ fault: 'dead' });
    expect((await answer).ending).toBe('reset');
    expect(await broken).toMatchObject([{ code: 'ECONNRESET' }]);
    expect(await knock(mock.port)).toBe('ECONNREFUSED');
    await soon(() => mock.truth()).toMatchObject([{ fault: 'dead', end: expect.any(Number), clientGone: false }]);
    const frames = framesOf(mock).length;
    await mock.restore();
    await mock.restore();
    const metrics = await ask(mock, { method: 'GET', path: '/metrics' });
    expect(metrics.body).toContain('vllm:num_requests_running{model_name="mock",engine="0"} 0');
    expect((await ask(mock, { body: chat({ max_tokens: 2 }) })).ending).toBe('complete');
    expect(framesOf(mock)).toHaveLength(frames);
  });

  test('can be closed as it is', async () => {
    const mock = await startMock();
    await mock.inject({ fault: 'dead' });
    await mock.close();
  });
});

describe('partition', () => {
  test('holds answers, questions and health; restored, all of it flows', async () => {
    const mock = await start({ tokens: 60 });
    const elsewhere = await start({ tokens: 60 });
    let seen = 0;
    let settled = 0;
    const settles = () => {
      settled += 1;
    };
    const answer = ask(mock, {
      body: chat(),
      leaveWhen: ({ body }) => {
        seen = texts(body).length;
        return false;
      },
    });
    await under(mock, 3);
    await mock.inject({ fault: 'partition' });
    const held = framesOf(mock).length;
    const late = ask(mock, { body: chat() });
    const health = ask(mock, { method: 'GET', path: '/health' });
    for (const each of [answer, late, health]) void each.then(settles);
    // As long as both of them would take.
    await ask(elsewhere, { body: chat() });
    await ask(elsewhere, { body: chat() });
    expect([settled, framesOf(mock).length, mock.truth().length]).toEqual([0, held, 1]);
    expect(seen).toBeLessThanOrEqual(held);
    const restoredAt = await mock.restore();
    expect(texts((await answer).body)).toHaveLength(60);
    expect(texts((await late).body)).toHaveLength(60);
    expect((await health).status).toBe(200);
    expect(written(mock)).toHaveLength(60);
    const after = written(mock).slice(held);
    // The call returned after what was held had been let go.
    expect(Math.min(...after)).toBeGreaterThan(restoredAt - 1000);
    expect((written(mock)[held] ?? 0) - (written(mock)[held - 1] ?? 0)).toBeGreaterThan(60);
    expect(mock.truth()[1]?.receivedAt).toBeGreaterThan(restoredAt - 1000);
  });

  test('forgets those that left meanwhile: one is gone, the other never came', async () => {
    const mock = await start({ tokens: 10_000 });
    const elsewhere = await start({ tokens: 20 });
    let leave = (): void => {};
    const left = new Promise<void>((resolve) => (leave = resolve));
    const answers = [ask(mock, { body: chat(), leave: left })];
    await under(mock, 2);
    await mock.inject({ fault: 'partition' });
    const held = framesOf(mock).length;
    answers.push(ask(mock, { body: chat(), leave: left }));
    leave();
    await Promise.all(answers);
    // Time enough for the end of a connection to be read.
    await ask(elsewhere, { body: chat() });
    await mock.restore();
    await soon(() => mock.truth()[0]?.clientGone).toBe(true);
    expect(mock.truth()).toHaveLength(1);
    expect(framesOf(mock).length).toBe(held);
  });

  test('that turns into death kills what it held', async () => {
    const mock = await start({ tokens: 10_000 });
    const answer = ask(mock, { body: chat() });
    await under(mock, 2);
    await mock.inject({ fault: 'partition' });
    const held = framesOf(mock).length;
    await mock.inject({ fault: 'dead' });
    expect((await answer).ending).toBe('reset');
    expect(framesOf(mock)).toHaveLength(held);
    await soon(() => mock.truth()[0]?.fault).toBe('dead');
    await mock.inject({ fault: 'partition' });
    expect(await knock(mock.port)).toBe('open');
  });

  test('can be closed as it is', async () => {
    const mock = await startMock({ tokenMs: 1, tokens: 100_000 });
    const answer = ask(mock, { body: chat() });
    await under(mock, 2);
    await mock.inject({ fault: 'partition' });
    await mock.close();
    expect((await answer).ending).not.toBe('complete');
    await soon(() => mock.truth()[0]?.clientGone).toBe(true);
  });
});

describe('slow and nvlink', () => {
  const CASES: [AdminFault['fault'], Partial<MockOptions>][] = [
    ['slow', { tokenMs: 11 }],
    ['nvlink', { tokenMs: 11 }],
    ['slow', { ttftMs: 200, tokenMs: 20, engine: 'tiny' }],
    ['nvlink', { ttftMs: 200, tokenMs: 20, engine: 'tiny' }],
  ];

  /** How many times as long as before, and as afterwards, frames took while the fault lasted. */
  async function factors([fault, options]: (typeof CASES)[number]): Promise<number[]> {
    const mock = await start({ ...options, tokens: 60 });
    const answer = ask(mock, { body: chat() });
    await under(mock, 20);
    const from = await mock.inject({ fault, value: 3 });
    await under(mock, 40);
    const to = await mock.restore();
    await answer;
    const times = written(mock);
    const pace = (some: number[]): number => ((some.at(-1) ?? 0) - (some[0] ?? 0)) / (some.length - 1);
    const during = pace(times.filter((at) => at >= from && at <= to));
    // Of a step that began before the restore the first frame after it is.
    return [during / pace(times.filter((at) => at < from)), during / pace(times.filter((at) => at > to).slice(1))];
  }

  test('slow an answer that is under way, until restored', async () => {
    for (const both of await Promise.all(CASES.map(factors))) {
      for (const factor of both) expect(factor).toBeGreaterThan(2);
    }
  });
});
