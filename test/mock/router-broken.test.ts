import { describe, expect, test } from 'vitest';
import { createRandom } from '../../mock/random.ts';
import type { Broken } from '../../mock/router/balance.ts';
import { ask, chat, frames, soon, texts } from './client.ts';
import { type Behind, routed } from './routed.ts';

const broken = (mode: Broken, behind: Behind[], share = 1) =>
  routed(behind, { broken: { mode, share }, policy: 'round-robin' });
const question = (id: string, fault = 'none') => ({
  body: chat(),
  headers: { 'X-Request-Id': id, 'X-Mock-Fault': fault },
});

/** Something to hang up by. */
function leaving() {
  let leave = (): void => {};
  const leaves = new Promise<void>((resolve) => (leave = resolve));
  return { leaves, leave };
}

test('wrong-model: another model answers, and says so', async () => {
  const { router, mocks } = await broken('wrong-model', [{ models: ['small'] }, { models: ['large'] }]);
  const reply = await ask(router, { body: chat({ model: 'small' }) });
  expect(frames(reply.body).map((each) => each.model)).toEqual(Array(5).fill('large'));
  expect(mocks.map((each) => each.truth().map((entry) => entry.model))).toEqual([[], ['large']]);
});

test('wrong-backend: another model answers, under the right name', async () => {
  const { router, mocks } = await broken('wrong-backend', [{ models: ['small'] }, { models: ['large'] }]);
  for (const stream of [true, false]) {
    const reply = await ask(router, { body: chat({ model: 'small', stream }) });
    expect([reply.ending, reply.headers['x-router-backend']]).toEqual(['complete', 'b']);
    const answered = stream ? frames(reply.body) : [JSON.parse(reply.body)];
    expect(new Set(answered.map((each) => each.model))).toEqual(new Set(['small']));
  }
  expect(mocks.map((each) => each.truth().map((entry) => entry.model))).toEqual([[], ['large', 'large']]);
});

test('a share of the requests is struck, the others are not', async () => {
  const { router, counts, metrics } = await broken('wrong-model', [{ models: ['small'] }, { models: ['large'] }], 0.5);
  for (let i = 0; i < 20; i++) await ask(router, { body: chat({ model: 'small' }) });
  const [honest = 0, wrong = 0] = counts();
  expect(honest + wrong).toBe(20);
  expect(Math.min(honest, wrong)).toBeGreaterThan(0);
  expect(await metrics()).toMatchObject({ 'router_requests_total{model="small",backend="b",status="200"}': wrong });
});

test('sticky: all requests for a model stay with the first backend', async () => {
  const { router, counts } = await broken('sticky', [{}, { weight: 3 }]);
  for (let i = 0; i < 8; i++) await ask(router, { body: chat() });
  expect(counts()).toEqual([0, 8]);
});

test('ignores-weights: equal shares', async () => {
  const { router, counts } = await broken('ignores-weights', [{}, { weight: 3 }]);
  for (let i = 0; i < 8; i++) await ask(router, { body: chat() });
  expect(counts()).toEqual([4, 4]);
});

describe('buffered', () => {
  test('nothing goes out before the answer is complete', async () => {
    const { router, mocks } = await broken('buffered', [{}]);
    const { leaves, leave } = leaving();
    const asked = ask(router, { ...question('a', 'stall=2'), leave: leaves });
    await soon(() => mocks[0]?.truth()[0]?.frames.length).toBe(2);
    await ask(router, { method: 'GET', path: '/health' });
    leave();
    expect((await asked).status).toBeUndefined();
    await soon(() => mocks[0]?.truth()[0]?.clientGone).toBe(true);
  });

  test('then all of it does, as it was', async () => {
    const { router, mocks } = await broken('buffered', [{}]);
    const reply = await ask(router, question('a'));
    const direct = await ask({ port: mocks[0]?.port ?? 0 }, question('a'));
    expect([reply.ending, texts(reply.body)]).toEqual(['complete', texts(direct.body)]);
    expect(reply.headers['content-type']).toBe(direct.headers['content-type']);
  });

  test('an answer that breaks off does so', async () => {
    const { router } = await broken('buffered', [{}]);
    const reply = await ask(router, question('a', 'cut=2'));
    expect([reply.status, texts(reply.body).length, reply.ending]).toEqual([200, 2, 'fin']);
  });
});

describe('swapped-answers', () => {
  test('two requests in flight get each other’s answers', async () => {
    const { router, mocks } = await broken('swapped-answers', [{}]);
    const { leaves, leave } = leaving();
    // No token of this one ever comes: it waits for a partner as long as it takes.
    const a = ask(router, question('a', 'stall_first'));
    await soon(() => mocks[0]?.truth()[0]?.status).toBe(200);
    const b = ask(router, { ...question('b'), leave: leaves });
    const answerA = await a;
    expect([answerA.headers['x-request-id'], answerA.ending]).toEqual(['b', 'complete']);
    expect(frames(answerA.body)[0]?.id).toBe('chatcmpl-b');
    leave();
    expect((await b).headers['x-request-id']).toBe('a');
    await soon(() => mocks[0]?.truth()[0]?.clientGone).toBe(true);
  });

  test('one of the two is struck: that is enough', async () => {
    const draws = (seed: number): boolean[] => {
      const random = createRandom(seed);
      return [random() < 0.5, random() < 0.5];
    };
    const seed = [...Array(20).keys()].find((each) => `${draws(each)}` === 'true,false') ?? expect.unreachable();
    const { router, mocks } = await routed([{}], { broken: { mode: 'swapped-answers', share: 0.5 }, seed });
    const { leaves, leave } = leaving();
    const a = ask(router, question('a', 'stall_first'));
    await soon(() => mocks[0]?.truth()[0]?.status).toBe(200);
    const b = ask(router, { ...question('b'), leave: leaves });
    expect((await a).headers['x-request-id']).toBe('b');
    leave();
    await b;
  });

  test('a request that is alone gets its own', async () => {
    const { router } = await broken('swapped-answers', [{}]);
    for (const id of ['a', 'b', 'c']) {
      const reply = await ask(router, question(id));
      expect([reply.headers['x-request-id'], reply.ending, texts(reply.body).length]).toEqual([id, 'complete', 3]);
    }
  });

  test('an answer of another kind is no partner', async () => {
    const { router, mocks } = await broken('swapped-answers', [{}]);
    const { leaves, leave } = leaving();
    const a = ask(router, { ...question('a', 'stall_first'), leave: leaves });
    await soon(() => mocks[0]?.truth()[0]?.status).toBe(200);
    const whole = await ask(router, { ...question('b'), body: chat({ stream: false }) });
    expect([whole.headers['x-request-id'], whole.ending]).toEqual(['b', 'complete']);
    leave();
    await a;
  });

  test('one that has left is no partner', async () => {
    const { router, mocks } = await broken('swapped-answers', [{}]);
    const { leaves, leave } = leaving();
    const a = ask(router, { ...question('a', 'stall_first'), leave: leaves });
    await soon(() => mocks[0]?.truth()[0]?.status).toBe(200);
    leave();
    await a;
    await soon(() => mocks[0]?.truth()[0]?.clientGone).toBe(true);
    expect((await ask(router, question('b'))).headers['x-request-id']).toBe('b');
  });
});
