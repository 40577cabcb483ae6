import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startMock } from '../../mock/index.ts';
import { ask, chat, type Frame, frames, soon, texts } from './client.ts';
import { backend, route, routed } from './routed.ts';

const errorOf = (body: string): Frame['error'] => (JSON.parse(body) as Frame).error;
const header = (name: string, value: string) => ({ headers: { [name]: value } });
const fault = (text: string) => header('X-Mock-Fault', text);

/** One after the other. */
async function askAll(router: { port: number }, models: string[]): Promise<(string | undefined)[]> {
  const backends: (string | undefined)[] = [];
  for (const model of models) backends.push((await ask(router, { body: chat({ model }) })).headers['x-router-backend']);
  return backends;
}

describe('where requests go', () => {
  test('a model goes to the backends that serve it, in exact shares', async () => {
    const { router, counts, metrics, mocks } = await routed(
      [{ models: ['small'], weight: 3 }, { models: ['small', 'large'] }],
      { policy: 'round-robin' },
    );
    const models = [...Array(8).fill('small'), 'large', 'large'];
    expect(await askAll(router, models)).toEqual(['a', 'a', 'b', 'a', 'a', 'a', 'b', 'a', 'b', 'b']);
    expect(counts()).toEqual([6, 4]);
    expect(mocks[1]?.truth().map((each) => each.model)).toEqual(['small', 'small', 'large', 'large']);
    expect(await metrics()).toMatchObject({
      'router_requests_total{model="small",backend="a",status="200"}': 6,
      'router_requests_total{model="small",backend="b",status="200"}': 2,
      'router_requests_total{model="large",backend="b",status="200"}': 2,
      router_added_latency_seconds_count: 10,
    });
  });

  test('least busy: a backend that is stuck gets no more than its turn', async () => {
    const { router, counts, metrics, mocks } = await routed([{ fault: 'stall_first' }, {}]);
    let leave = (): void => {};
    const stuck = ask(router, { body: chat(), leave: new Promise<void>((resolve) => (leave = resolve)) });
    await soon(() => mocks[0]?.truth()[0]?.status).toBe(200);
    expect((await metrics())['router_in_flight{backend="a"}']).toBe(1);
    expect(new Set(await askAll(router, Array(5).fill('mock')))).toEqual(new Set(['b']));
    expect(counts()).toEqual([1, 5]);
    leave();
    await stuck;
    await soon(async () => (await metrics())['router_in_flight{backend="a"}']).toBeUndefined();
  });

  test('a session stays with its backend', async () => {
    const { router, counts } = await routed([{}, {}], { policy: 'session', sessionHeader: 'X-Chat' });
    const to = async (session: string) =>
      (await ask(router, { body: chat(), ...header('X-Chat', session) })).headers['x-router-backend'];
    for (const session of ['s1', 's2', 's3', 's4']) {
      const first = await to(session);
      for (let i = 0; i < 3; i++) expect(await to(session)).toBe(first);
    }
    expect(Math.min(...counts())).toBeGreaterThan(0);
  });

  test('an unknown model is 404, without a model 400, in the words of the API', async () => {
    const { router, counts, metrics } = await routed([{}]);
    const unknown = await ask(router, { body: chat({ model: 'nope' }) });
    expect([unknown.status, errorOf(unknown.body)?.code]).toEqual([404, 'model_not_found']);
    expect(unknown.headers).not.toHaveProperty('x-router-added-ms');
    const ollama = await ask(router, { path: '/api/chat', body: chat({ model: 'nope' }) });
    expect([ollama.status, JSON.parse(ollama.body)]).toEqual([404, { error: "The model 'nope' does not exist" }]);
    for (const body of ['{"model', '[]', { messages: [] }]) expect((await ask(router, { body })).status).toBe(400);
    expect(counts()).toEqual([0]);
    expect(await metrics()).toMatchObject({ 'router_requests_total{model="",backend="",status="400"}': 3 });
  });

  test('lists and pages are its own', async () => {
    const { router } = await routed([{ models: ['small'] }, { models: ['small', 'large'] }]);
    const page = async (path: string) => ask(router, { method: 'GET', path });
    expect(JSON.parse((await page('/v1/models')).body).data).toMatchObject([{ id: 'small' }, { id: 'large' }]);
    expect(JSON.parse((await page('/api/tags')).body).models).toMatchObject([{ name: 'small' }, { name: 'large' }]);
    expect((await page('/health')).status).toBe(200);
    expect((await page('/api/version')).status).toBe(200);
    for (const path of ['/nope', '/toString', '/v1/chat/completions']) expect((await page(path)).status).toBe(404);
  });
});

describe('what passes through', () => {
  test.each([
    ['/v1/chat/completions', { messages: [{ role: 'user', content: 'hi' }] }],
    ['/v1/completions', { prompt: 'hi' }],
    ['/api/chat', { messages: [{ role: 'user', content: 'hi' }] }],
    ['/api/generate', { prompt: 'hi' }],
  ])('%s, streamed and whole', async (path, prompt) => {
    const { router, mocks } = await routed([{}]);
    for (const stream of [true, false]) {
      const reply = await ask(router, {
        path,
        body: { model: 'mock', stream, ...prompt },
        ...header('X-Request-Id', 'r'),
      });
      expect([reply.status, reply.ending, reply.headers['x-request-id']]).toEqual([200, 'complete', 'r']);
    }
    expect(mocks[0]?.truth()).toMatchObject([
      { id: 'r', path, tokens: 3, clientGone: false },
      { id: 'r', path, tokens: 3, clientGone: false },
    ]);
  });

  test('body and headers byte for byte, both ways, without those of a connection', async () => {
    let asked: { headers: string[]; body: string } | undefined;
    const url = await backend((request, response) => {
      const body: Buffer[] = [];
      request.on('data', (data: Buffer) => body.push(data));
      request.on('end', () => {
        asked = { headers: request.rawHeaders, body: Buffer.concat(body).toString() };
        response.writeHead(201, [
          'X-Twice',
          '1',
          'x-TWICE',
          '2',
          'Trailer',
          'X-Sum',
          'Connection',
          'keep-alive, X-Hop',
          'X-Hop',
          '1',
        ]);
        response.write('data: 𝄞é\n');
        response.write('\n');
        response.addTrailers({ 'X-Sum': '7' });
        response.end();
      });
    });
    const { router } = await route([{ name: 'a', url, models: ['m'] }]);
    const body = '{ "model" : "m",\t"é": [1.0, 1e3] }';
    const headers = {
      Authorization: 'Bearer k',
      traceparent: '00-1-2-01',
      Connection: 'X-Mine',
      'X-Mine': '1',
      TE: 'gzip',
    };
    const reply = await fetchRaw(router.port, body, headers);
    expect(asked?.body).toBe(body);
    const host = new URL(url).host;
    expect(asked?.headers.slice(0, 4)).toEqual(['Authorization', 'Bearer k', 'traceparent', '00-1-2-01']);
    expect(asked?.headers.slice(4, 8)).toEqual(['Host', host, 'Content-Length', `${Buffer.byteLength(body)}`]);
    expect(asked?.headers.map((each) => each.toLowerCase())).not.toContain('x-mine');
    expect(reply).toMatch(/^HTTP\/1\.1 201 .*\r\nX-Twice: 1\r\nx-TWICE: 2\r\nTrailer: X-Sum\r\n/);
    expect(reply).toMatch(/\r\nX-Router-Backend: a\r\nX-Router-Attempts: 1\r\nX-Router-Added-Ms: \d+\.\d{3}\r\n/);
    expect(reply).not.toMatch(/X-Hop/);
    expect(reply.slice(reply.indexOf('\r\n\r\n') + 4)).toBe('d\r\ndata: 𝄞é\n\r\n1\r\n\n\r\n0\r\nX-Sum: 7\r\n\r\n');
  });

  test('a chunk goes out before the next one comes; a client that leaves takes the request along', async () => {
    const { router, mocks, metrics } = await routed([{}]);
    const reply = await ask(router, {
      body: chat(),
      ...fault('stall=2'),
      leaveWhen: ({ body }) => texts(body).length === 2,
    });
    expect(texts(reply.body)).toHaveLength(2);
    await soon(() => mocks[0]?.truth()[0]?.clientGone).toBe(true);
    await soon(metrics).toMatchObject({ 'router_requests_total{model="mock",backend="a",status="499"}': 1 });
  });

  test('a client that leaves before the head takes the request along', async () => {
    const { router, mocks } = await routed([{}]);
    let leave = (): void => {};
    const left = new Promise<void>((resolve) => (leave = resolve));
    const asked = ask(router, { body: chat(), ...fault('slow_headers=3600000'), leave: left });
    await soon(() => mocks[0]?.truth().length).toBe(1);
    leave();
    await asked;
    await soon(() => mocks[0]?.truth()[0]?.clientGone).toBe(true);
  });

  test.each(['reset=2', 'cut=2'])('an answer that breaks off (%s) breaks off, never ends', async (how) => {
    const { router, metrics } = await routed([{}, {}]);
    const reply = await ask(router, { body: chat(), ...fault(how) });
    expect(reply.status).toBe(200);
    expect(['fin', 'reset']).toContain(reply.ending);
    expect(await metrics()).toMatchObject({ 'router_requests_total{model="mock",backend="a",status="broken"}': 1 });
  });

  test.each(['truncate=2', 'stream_error=2', 'status=503', 'rate_limited', 'gzip', 'no_stream'])(
    'what the backend says is passed on, good or bad: %s',
    async (how) => {
      const { router, mocks } = await routed([{}]);
      const direct = await ask({ port: mocks[0]?.port ?? 0 }, { body: chat(), ...fault(how) });
      const reply = await ask(router, { body: chat(), ...fault(how) });
      expect([reply.status, reply.ending, frames(reply.body).length]).toEqual([
        direct.status,
        direct.ending,
        frames(direct.body).length,
      ]);
      for (const name of ['content-type', 'content-length', 'content-encoding', 'retry-after'])
        expect(reply.headers[name]).toBe(direct.headers[name]);
    },
  );

  const ipv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
  test.skipIf(!ipv6)('a backend at an IPv6 address', async () => {
    const mock = await startMock({ host: '::1', ttftMs: 1 });
    onTestFinished(() => mock.close());
    const { router } = await route([{ url: mock.url, models: ['mock'] }]);
    expect((await ask(router, { body: chat() })).status).toBe(200);
  });

  test('a reader that reads late gets all of it', async () => {
    const block = Buffer.alloc(65_536, 'x');
    const url = await backend((_, response) => {
      for (let i = 0; i < 100; i++) response.write(block);
      response.end();
    });
    const { router } = await route([{ url, models: ['m'] }]);
    const response = await fetch(`${router.url}/v1/completions`, { method: 'POST', body: '{"model":"m"}' });
    const reader = (response.body ?? expect.unreachable()).getReader();
    let received = 0;
    for (let each = await reader.read(); !each.done; each = await reader.read()) {
      received += each.value.length;
      await new Promise(setImmediate);
    }
    expect(received).toBe(100 * block.length);
  });
});

/** The whole answer as it came over the wire, up to the end of its trailers. */
function fetchRaw(port: number, body: string, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const lines = Object.entries({ ...headers, 'Content-Length': `${Buffer.byteLength(body)}` });
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    socket.write(`POST /v1/chat/completions HTTP/1.1\r\nHost: router\r\n${head}\r\n${body}`);
    let received = Buffer.alloc(0);
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      const text = received.toString();
      if (!/\r\n0\r\n(.+\r\n)*\r\n$/.test(text)) return;
      socket.destroy();
      resolve(text);
    });
  });
}
