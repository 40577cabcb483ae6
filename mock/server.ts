import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { type Admin, createAdmin } from './admin/admin.ts';
import { answerAdmin } from './admin/api.ts';
import { INVALID_KEY, isAuthorized } from './auth.ts';
import { resolveOptions } from './check.ts';
import { type Backend, complete } from './completions.ts';
import { createEngines } from './engines.ts';
import { createLink } from './link.ts';
import { httpServer, type Listening, listen, open } from './listen.ts';
import { contextTokens, servedModels } from './models.ts';
import { createNetwork } from './network.ts';
import { OLLAMA_VERSION, ollamaChat, ollamaGenerate, ollamaRunning, ollamaTags } from './ollama.ts';
import { openaiChat, openaiCompletions, openaiModels } from './openai.ts';
import type { MockOptions } from './options.ts';
import { createPrefixes } from './prefixes.ts';
import type { ApiError, Protocol } from './protocol.ts';
import { Tempo } from './tempo.ts';
import { createTruthLog, type TruthEntry, truthJson } from './truth.ts';

/** A running mock. */
export interface Mock extends Listening, Pick<Admin, 'inject' | 'restore'> {
  options: MockOptions;
  /** One entry a completion request, oldest first; entries of running requests still change. */
  truth(): TruthEntry[];
  /** Where the admin API is; absent without `admin-port`. */
  admin?: Pick<Listening, 'url' | 'port'>;
}

type Handler = (request: IncomingMessage, response: ServerResponse, backend: Backend) => void;

const ROUTES: Readonly<Record<string, Handler>> = {
  ...Object.fromEntries(
    [openaiChat, openaiCompletions, ollamaChat, ollamaGenerate].map((protocol): [string, Handler] => [
      `POST ${protocol.path}`,
      (request, response, backend) => void complete(protocol, request, response, backend),
    ]),
  ),
  'GET /v1/models': listing(openaiChat, openaiModels),
  'GET /api/tags': listing(ollamaChat, ollamaTags),
  'GET /api/ps': listing(ollamaChat, ollamaRunning),
  'GET /api/version': (_request, response) => sendJson(response, 200, JSON.stringify(OLLAMA_VERSION)),
  'GET /health': (_request, response) => sendJson(response, 200, JSON.stringify({ status: 'ok' })),
  'GET /metrics': sendMetrics,
  'GET /truth': sendTruth,
  'DELETE /truth': (_request, response, { truth }) =>
    sendJson(response, 200, JSON.stringify({ cleared: truth.clear() })),
};

/**
 * Starts a server that talks like an OpenAI-compatible LLM backend, and like Ollama.
 * @throws Error with one line when an option is not allowed or the port is taken.
 * @example const mock = await startMock({ ttftMs: 5, tokenMs: 1 }); // mock.url, mock.truth(), await mock.close()
 */
export async function startMock(given: Partial<MockOptions> = {}): Promise<Mock> {
  const options = resolveOptions(given);
  const truth = createTruthLog(options.truthEntries);
  const { createMetrics } = await import('./metrics/metrics.ts'); // prom-client takes its time, and few commands need it
  const metrics = createMetrics();
  const link = options.bandwidth > 0 ? createLink(options.bandwidth) : undefined;
  if (link) metrics.network(link);
  const tempo = new Tempo();
  const server = httpServer((request, response) => network.pass(() => answer(request, response, backend)));
  const network = createNetwork(server);
  const admin = createAdmin(network, tempo);
  let requests = 0;
  const nextNumber = (): number => requests++;
  const backend: Backend = {
    options,
    truth,
    nextNumber,
    prefixes: createPrefixes(),
    metrics,
    network,
    ...(link && { link }),
    engineOf: createEngines(options, metrics, tempo),
  };

  const listening = await open(server, options);
  const close = async (): Promise<void> => {
    const closed = listening.close();
    network.end();
    await closed;
  };
  const { inject, restore } = admin;
  const mock: Mock = { ...listening, close, options, truth: () => truth.entries(), inject, restore };
  if (options.adminPort < 0) return mock;
  const second = await listen({ port: options.adminPort, host: options.host }, (request, response) => {
    void answerAdmin(request, response, admin);
  }).catch(async (e) => {
    await close();
    throw e;
  });
  return {
    ...mock,
    admin: { url: second.url, port: second.port },
    close: async () => void (await Promise.all([close(), second.close()])),
  };
}

function answer(request: IncomingMessage, response: ServerResponse, backend: Backend): void {
  // It left while nothing passed: none of it came.
  if (request.socket.destroyed) return;
  const path = (request.url ?? '').split('?', 1)[0];
  const route = ROUTES[`${request.method} ${path}`] ?? notFound;
  route(request, response, backend);
}

type List = (names: string[], contextTokens: (name: string) => number) => object;

function listing(protocol: Protocol, list: List): Handler {
  return (request, response, { options }) => {
    if (!isAuthorized(request, options)) return sendError(response, 401, INVALID_KEY, protocol);
    const listed = list(servedModels(options), (name) => contextTokens(options, name));
    sendJson(response, 200, JSON.stringify(listed));
  };
}

function sendMetrics(_request: IncomingMessage, response: ServerResponse, { metrics }: Backend): void {
  void metrics.text().then((text) => send(response, 200, metrics.contentType, text));
}

function sendTruth(request: IncomingMessage, response: ServerResponse, { truth }: Backend): void {
  const entries = truth.entries();
  if (new URLSearchParams(request.url?.split('?')[1]).get('clear') === '1') truth.clear();
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  // A reader that leaves half-way is its own affair.
  pipeline(Readable.from(truthJson(entries)), response, () => {});
}

function notFound(request: IncomingMessage, response: ServerResponse): void {
  const message = `no such path: ${request.method} ${request.url}`;
  sendError(response, 404, { message, type: 'not_found_error', code: 404 }, openaiChat);
}

function sendError(response: ServerResponse, status: number, error: ApiError, protocol: Protocol): void {
  sendJson(response, status, protocol.error(error));
}

function sendJson(response: ServerResponse, status: number, body: string): void {
  send(response, status, 'application/json; charset=utf-8', body);
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}
