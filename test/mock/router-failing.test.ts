import { describe, expect, test } from 'vitest';
import { ask, chat, type Frame, soon } from './client.ts';
import { backend, route, routed } from './routed.ts';

const errorOf = (body: string): Frame['error'] => (JSON.parse(body) as Frame).error;

describe('a backend that fails before its headers', () => {
  test('another one of the model is asked', async () => {
    const { router, counts, metrics } = await routed([{ fault: 'refuse' }, {}], { policy: 'round-robin' });
    for (let i = 0; i < 4; i++) {
      const reply = await ask(router, { body: chat() });
      expect([reply.status, reply.headers['x-router-backend']]).toEqual([200, 'b']);
    }
    expect(counts()).toEqual([2, 4]);
    expect(await metrics()).toMatchObject({
      router_retries_total: 2,
      'router_requests_total{model="mock",backend="b",status="200"}': 4,
    });
  });

  test('only one other, then it is 502 in the words of the API', async () => {
    const { router, counts } = await routed([{ fault: 'refuse' }, { fault: 'refuse' }, { fault: 'refuse' }]);
    const reply = await ask(router, { body: chat() });
    expect([reply.status, errorOf(reply.body)?.message]).toEqual([
      502,
      expect.stringMatching(/^backend [abc] failed: /),
    ]);
    expect(counts().filter((n) => n === 1)).toHaveLength(2);
    const ollama = await ask(router, { path: '/api/chat', body: chat() });
    expect(JSON.parse(ollama.body)).toEqual({ error: expect.stringMatching(/^backend [abc] failed: /) });
  });

  test('a kept connection that was closed is no failure', async () => {
    const seen = new WeakSet<object>();
    const url = await backend((request, response) => {
      if (seen.has(request.socket)) request.socket.resetAndDestroy();
      else response.end('{}');
      seen.add(request.socket);
    });
    const { router, metrics } = await route([{ name: 'a', url, models: ['m'] }]);
    for (let i = 0; i < 3; i++) expect((await ask(router, { body: { model: 'm' } })).status).toBe(200);
    const figures = await metrics();
    expect(figures['router_requests_total{model="m",backend="a",status="200"}']).toBe(3);
    expect(figures.router_retries_total).toBeGreaterThan(0);
  });
});

describe('health', () => {
  const up = (name: string): string => `router_backend_up{backend="${name}"}`;

  test('a backend that says it is ill gets nothing until it is well', async () => {
    let status = 200;
    let answered = 0;
    const url = await backend((request, response) => {
      if (request.url === '/health') response.statusCode = status;
      else answered += 1;
      response.end('{}');
    });
    const other = await backend((_, response) => response.end('{}'));
    const { router, metrics } = await route(
      [
        { name: 'a', url, models: ['m'] },
        { name: 'b', url: other, models: ['m'] },
      ],
      { healthIntervalMs: 10, policy: 'round-robin' },
    );
    const askFour = async (): Promise<void> => {
      for (let i = 0; i < 4; i++) expect((await ask(router, { body: { model: 'm' } })).status).toBe(200);
    };
    await askFour();
    expect(answered).toBe(2);
    status = 500;
    await soon(async () => (await metrics())[up('a')]).toBeUndefined();
    await askFour();
    expect(answered).toBe(2);
    status = 200;
    await soon(async () => (await metrics())[up('a')]).toBe(1);
    await askFour();
    expect(answered).toBe(4);
  });

  test('a backend without /health is asked for its models', async () => {
    let asked = 0;
    const url = await backend((request, response) => {
      if (request.url === '/v1/models') asked += 1;
      else response.statusCode = 404;
      response.end('{}');
    });
    const { metrics } = await route([{ name: 'a', url, models: ['m'] }], { healthIntervalMs: 10 });
    await soon(() => asked).toBeGreaterThan(3);
    expect((await metrics())[up('a')]).toBe(1);
  });

  test('a backend that refuses a connection is down at once', async () => {
    const { router, metrics, mocks } = await routed([{}, {}], { policy: 'round-robin' });
    await mocks[0]?.close();
    for (let i = 0; i < 4; i++) expect((await ask(router, { body: chat() })).status).toBe(200);
    const figures = await metrics();
    expect([figures[up('a')], figures[up('b')], figures.router_retries_total]).toEqual([undefined, 1, 1]);
    await mocks[1]?.close();
    expect((await ask(router, { body: chat() })).status).toBe(502);
    const reply = await ask(router, { body: chat() });
    expect([reply.status, errorOf(reply.body)?.message]).toEqual([503, "no backend of the model 'mock' is up"]);
  });
});

describe('--max-concurrency', () => {
  test('the others wait for their turn; who leaves the queue is forgotten', async () => {
    const { router, counts, metrics, mocks } = await routed([{}], { maxConcurrency: 1 });
    const leaving = () => {
      let leave = (): void => {};
      const leaves = new Promise<void>((resolve) => (leave = resolve));
      return { leaves, leave };
    };
    const first = leaving();
    const second = leaving();
    const stuck = ask(router, { body: chat(), headers: { 'X-Mock-Fault': 'stall_first' }, leave: first.leaves });
    await soon(() => mocks[0]?.truth()[0]?.status).toBe(200);
    const gone = ask(router, { body: chat(), leave: second.leaves });
    await soon(async () => (await metrics()).router_queue_waiting).toBe(1);
    const third = ask(router, { body: chat() });
    await soon(async () => (await metrics()).router_queue_waiting).toBe(2);
    second.leave();
    await gone;
    await soon(async () => (await metrics()).router_queue_waiting).toBe(1);
    expect(counts()).toEqual([1]);
    first.leave();
    await stuck;
    expect((await third).status).toBe(200);
    expect(counts()).toEqual([2]);
  });
});
