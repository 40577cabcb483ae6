import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startMock } from '../../mock/index.ts';
import { environmentOf } from '../../scripts/report/environment.ts';
import { serverOf } from '../../scripts/report/server.ts';

type Answer = (
  request: IncomingMessage,
) => { status?: number; headers?: Record<string, string>; body?: string } | 'silence';

/** A server that answers these paths, and 404 elsewhere. */
async function serve(answers: Record<string, Answer | object>) {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    const given = answers[request.url ?? ''] ?? answers['*'];
    const answer = typeof given === 'function' ? given(request) : given && { body: JSON.stringify(given) };
    if (answer === 'silence') return;
    response.writeHead(answer ? (answer.status ?? 200) : 404, answer?.headers);
    response.end(answer?.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const models = (owner: string) => ({ object: 'list', data: [{ id: 'm', owned_by: owner }] });

describe('a server is named', () => {
  it.each<[string, Record<string, Answer | object>, string | undefined]>([
    ['vLLM', { '/version': { version: '0.11.0' }, '/v1/models': models('vllm') }, 'vLLM 0.11.0'],
    ['TensorRT-LLM', { '/version': { version: '1.0.0' }, '/v1/models': models('tensorrt_llm') }, 'TensorRT-LLM 1.0.0'],
    ['vLLM that tells no version', { '/v1/models': models('vllm') }, 'vLLM'],
    ['Ollama', { '/api/version': { version: '0.12.6' }, '/v1/models': models('library') }, 'Ollama 0.12.6'],
    ['llama.cpp', { '/props': { build_info: 'b6700-3df2244d', model_path: '/m' } }, 'llama.cpp b6700-3df2244d'],
    ['SGLang', { '/get_server_info': { version: '0.5.3', api_key: 'sk-own-key' } }, 'SGLang 0.5.3'],
    ['TGI', { '/info': { model_id: 'm', version: '3.3.5' } }, 'TGI 3.3.5'],
    ['a version that names no one', { '/version': { version: '1.2' } }, undefined],
    ['others by their header', { '*': () => ({ status: 401, headers: { Server: 'uvicorn' } }) }, 'uvicorn'],
    ['no JSON', { '*': () => ({ body: '<html>' }) }, undefined],
    ['null', { '*': () => ({ body: 'null' }) }, undefined],
    ['nothing', {}, undefined],
  ])('%s', async (_, answers, name) => expect(await serverOf((await serve(answers)).url, {})).toBe(name));

  it('though some of its paths never answer', async () => {
    const { url } = await serve({ '/props': () => 'silence', '/api/version': { version: '1' } });
    expect(await serverOf(url, {})).toBe('Ollama 1');
  });

  it('not where there is none', async () => expect(await serverOf('http://127.0.0.1:9', {})).toBeUndefined());

  it('shortly, and without the key that it repeats', async () => {
    const { url } = await serve({
      '*': ({ headers }) => ({ headers: { Server: `you are ${headers.authorization}${'!'.repeat(200)}` } }),
    });
    const name = await serverOf(url, { Authorization: `Bearer ${'k'.repeat(90)}` });
    expect(name).toMatch(/^you are Bearer …!+$/);
    expect(name?.length).toBeLessThanOrEqual(80);
  });
});

it('the key goes to no other server', async () => {
  const other = await serve({});
  const { url, seen } = await serve({ '*': () => ({ status: 302, headers: { Location: other.url } }) });
  await environmentOf('no-such-k6', 'dist/constant.js', {
    BASE_URL: url,
    API_KEY: 'sk-canary-1',
    HEADERS: '{"X-Team":"blue"}',
  });
  expect(seen.length).toBeGreaterThan(3);
  for (const { headers } of seen)
    expect(headers).toMatchObject({ authorization: 'Bearer sk-canary-1', 'x-team': 'blue' });
  expect(other.seen).toEqual([]);
});

describe('the environment', () => {
  it('of the mock', async () => {
    const mock = await startMock({ models: ['m'] });
    onTestFinished(() => mock.close());
    expect(await environmentOf(process.execPath, 'dist/constant.js', { BASE_URL: mock.url })).toEqual({
      server: 'llmload mock',
    });
    expect(mock.truth()).toEqual([]);
  });

  it('of two servers that are compared names both', async () => {
    const a = await serve({ '/api/version': { version: '1' } });
    const b = await serve({ '/api/version': { version: '2' } });
    const env = { TARGETS: `old=${a.url},new=${b.url}` };
    expect(await environmentOf('no-such-k6', 'dist/ab.js', env)).toEqual({ server: 'old: Ollama 1, new: Ollama 2' });
    const one = { ...env, BASE_URL: b.url };
    expect(await environmentOf('no-such-k6', 'dist/constant.js', one)).toEqual({ server: 'Ollama 2' });
  });

  it('is unknown where the settings name no server', async () => {
    expect(await environmentOf('no-such-k6', 'dist/constant.js', { BASE_URL: ':' })).toEqual({});
  });
});
