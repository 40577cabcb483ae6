import { afterEach, describe, expect, test } from 'vitest';
import { type Mock, type MockOptions, startMock } from '../../mock/index.ts';
import { ask, chat, type Frame, soon } from './client.ts';

let mock: Mock;
afterEach(() => mock.close());

const start = async (options: Partial<MockOptions> = {}): Promise<void> => {
  mock = await startMock({ ttftMs: 1, tokenMs: 0, tokens: 3, ...options });
};

const errorOf = (body: string): Frame['error'] => (JSON.parse(body) as Frame).error;

describe('paths', () => {
  test('GET /health says ok', async () => {
    await start();
    const reply = await ask(mock, { method: 'GET', path: '/health' });
    expect([reply.status, reply.body]).toEqual([200, '{"status":"ok"}']);
  });

  test('GET /v1/models lists the models and those with overrides, each once', async () => {
    await start({ models: ['a', 'b'], modelOverrides: { b: { tokens: 2 }, c: { tokens: 2 } } });
    const list = JSON.parse((await ask(mock, { method: 'GET', path: '/v1/models' })).body) as Record<string, unknown>;
    expect(list.object).toBe('list');
    expect(list.data).toMatchObject([
      { id: 'a', object: 'model' },
      { id: 'b', object: 'model' },
      { id: 'c', object: 'model' },
    ]);
  });

  test.each([
    ['GET', '/nothing'],
    ['GET', '/v1/chat/completions'],
    ['PUT', '/truth'],
  ])('%s %s is 404 with a JSON error', async (method, path) => {
    await start();
    const reply = await ask(mock, { method, path });
    expect(reply.status).toBe(404);
    expect(errorOf(reply.body)).toMatchObject({ code: 404, message: `no such path: ${method} ${path}` });
  });

  test('a query string does not hide a path', async () => {
    await start();
    expect((await ask(mock, { path: '/v1/chat/completions?x=1', body: chat() })).status).toBe(200);
  });
});

describe('refusals', () => {
  test.each([
    ['/v1/chat/completions', '{"model": "mock", bad', 'the body is not JSON'],
    ['/v1/chat/completions', '[]', 'must be a JSON object'],
    ['/v1/chat/completions', { model: 'mock' }, "'messages' is required"],
    ['/v1/chat/completions', { model: 'mock', messages: [] }, "'messages' is required"],
    ['/v1/chat/completions', { model: 'mock', messages: ['hi'] }, 'list of objects'],
    ['/v1/chat/completions', { messages: [{ role: 'user', content: 'x' }] }, "'model' is required"],
    ['/v1/completions', { model: 'mock' }, "'prompt' is required"],
    ['/v1/chat/completions', chat({ max_tokens: 0 }), "'max_tokens' must be"],
    ['/v1/chat/completions', chat({ max_completion_tokens: 1e9 }), "'max_tokens' must be"],
    ['/v1/chat/completions', chat({ min_tokens: -1 }), "'min_tokens' must be"],
  ])('%s %j is 400: %s', async (path, body, message) => {
    await start();
    const reply = await ask(mock, { path, body });
    expect(reply.status).toBe(400);
    expect(errorOf(reply.body)?.message).toContain(message);
    expect(mock.truth()).toMatchObject([{ status: 400, path, tokens: 0 }]);
  });

  test('an unknown model is 404 model_not_found', async () => {
    await start();
    const reply = await ask(mock, { body: chat({ model: 'nope' }) });
    expect(reply.status).toBe(404);
    expect(errorOf(reply.body)).toMatchObject({ code: 'model_not_found' });
    expect(mock.truth()).toMatchObject([{ model: 'nope', answered: null, status: 404 }]);
  });

  test('any-model serves every name', async () => {
    await start({ anyModel: true });
    expect((await ask(mock, { body: chat({ model: 'nope' }) })).status).toBe(200);
  });

  test('api-key: 401 without it, on /v1 only', async () => {
    await start({ apiKey: 'secret' });
    const without = await ask(mock, { body: chat() });
    expect([without.status, errorOf(without.body)?.code]).toEqual([401, 'invalid_api_key']);
    expect((await ask(mock, { method: 'GET', path: '/v1/models' })).status).toBe(401);
    expect((await ask(mock, { method: 'GET', path: '/health' })).status).toBe(200);
    const headers = { Authorization: 'Bearer secret' };
    expect((await ask(mock, { body: chat(), headers })).status).toBe(200);
    expect((await ask(mock, { method: 'GET', path: '/v1/models', headers })).status).toBe(200);
  });
});

test('X-Request-Id comes back, in a header and in the truth; without one the mock makes one', async () => {
  await start();
  const named = await ask(mock, { body: chat(), headers: { 'X-Request-Id': 'r-42' } });
  const unnamed = await ask(mock, { body: chat() });
  expect(named.headers['x-request-id']).toBe('r-42');
  expect(unnamed.headers['x-request-id']).not.toBe('');
  expect(mock.truth().map((entry) => entry.id)).toEqual(['r-42', unnamed.headers['x-request-id']]);
});

test('port: a taken one is an error, and so is a bad option', async () => {
  await start();
  expect(mock.url).toBe(`http://127.0.0.1:${mock.port}`);
  await expect(startMock({ port: mock.port })).rejects.toThrow('EADDRINUSE');
  await expect(startMock({ tokens: 0 })).rejects.toThrow('--tokens 0 is not allowed');
});

test('host: the address listened on', async () => {
  await start({ host: 'localhost' });
  expect(mock.url).toBe(`http://localhost:${mock.port}`);
  expect((await fetch(`${mock.url}/health`)).status).toBe(200);
});

test('close ends running streams and frees the port', async () => {
  await start({ ttftMs: 60_000 });
  const running = ask(mock, { body: chat() });
  await soon(() => mock.truth()[0]?.headersAt).toBeTypeOf('number');
  await mock.close();
  expect((await running).ending).not.toBe('complete');
  const again = await startMock({ port: mock.port });
  await again.close();
});
