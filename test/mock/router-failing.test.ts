import { describe, expect, test } from 'vitest';
import { createHealth } from '../../mock/router/health.ts';
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

const attempts = 'x-router-attempts';

describe('X-Router-Attempts', () => {
  test('counts how often backends were asked, in errors too', async () => {
    const { router, mocks } = await routed([{}, {}], { policy: 'round-robin' });
    expect((await ask(router, { body: chat() })).headers[attempts]).toBe('1');
    expect((await ask(router, { body: chat({ model: 'other' }) })).headers[attempts]).toBeUndefined();
    const refused = await routed([{ fault: 'refuse' }, {}], { policy: 'round-robin' });
    expect((await ask(refused.router, { body: chat() })).headers[attempts]).toBe('2');
    for (const mock of mocks) await mock.inject({ fault: 'dead' });
    const failed = await ask(router, { body: chat() });
    // The kept connection to the one that was asked was reset before.
    expect([failed.status, failed.headers[attempts]]).toEqual([502, '2']);
    const down = await ask(router, { body: chat() });
    expect([down.status, down.headers[attempts]]).toEqual([503, undefined]);
  });
});

describe('a backend that', () => {
  test('dies in the middle of an answer breaks it off; the router goes on with the others', async () => {
    const { router, mocks, metrics } = await routed([{ tokens: 100_000, tokenMs: 1 }, {}], { policy: 'round-robin' });
    const answer = ask(router, { body: chat() });
    await soon(() => mocks[0]?.truth()[0]?.frames.length).toBeGreaterThan(1);
    await mocks[0]?.inject({ fault: 'dead' });
    const { status, ending } = await answer;
    expect([status, ['fin', 'reset'].includes(ending)]).toEqual([200, true]);
    for (let i = 0; i < 3; i++) expect((await ask(router, { body: chat() })).headers['x-router-backend']).toBe('b');
    expect(await metrics()).toMatchObject({
      'router_requests_total{model="mock",backend="a",status="broken"}': 1,
      'router_requests_total{model="mock",backend="b",status="200"}': 3,
      router_retries_total: 1,
    });
  });

  test('is known to be down is not asked again, also where a kept connection to it was closed', async () => {
    let stuck = false;
    let ill = false;
    let reset = (): void => {};
    const asked = { a: 0 };
    const a = await backend((request, response) => {
      if (request.url === '/health') response.statusCode = ill ? 500 : 200;
      else asked.a += 1;
      if (request.url === '/health' || !stuck) response.end('{}');
      else reset = () => request.socket.resetAndDestroy();
    });
    const b = await backend((_, response) => response.end('{}'));
    const backends = [a, b].map((url, i) => ({ name: 'ab'[i], url, models: ['m'] }));
    const { router, metrics } = await route(backends, { healthIntervalMs: 10, policy: 'round-robin' });
    for (let i = 0; i < 2; i++) await ask(router, { body: { model: 'm' } });
    stuck = true;
    const answer = ask(router, { body: { model: 'm' } });
    await soon(() => asked.a).toBe(2);
    ill = true;
    await soon(async () => (await metrics())['router_backend_up{backend="a"}']).toBeUndefined();
    reset();
    const { headers } = await answer;
    expect([headers['x-router-backend'], headers[attempts], asked.a]).toEqual(['b', '2', 2]);
  });

  test('is cut off holds its requests; when it is back they are answered', async () => {
    const { router, mocks } = await routed([{}, {}]);
    await mocks[0]?.inject({ fault: 'partition' });
    const held = ask(router, { body: chat() });
    // Whoever is least busy is not the one that holds.
    for (let i = 0; i < 3; i++) expect((await ask(router, { body: chat() })).headers['x-router-backend']).toBe('b');
    await mocks[0]?.restore();
    const { headers } = await held;
    expect([headers['x-router-backend'], headers[attempts]]).toEqual(['a', '1']);
  });
});

describe('health', () => {
  test('a refusal is not undone by a check that began before it', () => {
    const changes: boolean[] = [];
    const health = createHealth(['a'], (_, up) => changes.push(up));
    const old = health.check(0);
    health.refused(0);
    old(true);
    expect([health.up(0), changes]).toEqual([false, [false]]);
    health.check(0)(true);
    expect([health.up(0), changes]).toEqual([true, [false, true]]);
  });

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
