import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Gate } from '../gate.ts';
import type { Protocol } from '../protocol.ts';
import { readBody } from '../read-body.ts';
import type { Choice } from './balance.ts';
import { type Client, createClient } from './client.ts';
import type { RouterOptions } from './config.ts';
import { buffered, renamed } from './distort.ts';
import { endToEnd } from './headers.ts';
import { refuse, type Sink } from './sink.ts';
import type { Swaps } from './swaps.ts';
import { askBackend, type Backends, type Question } from './upstream.ts';

export interface Shared {
  options: RouterOptions;
  backends: Backends;
  /** Every model that some backend serves. */
  models: ReadonlySet<string>;
  gate: Gate;
  swaps: Swaps;
}

/** The life of one request for a completion. */
export async function relay(
  protocol: Protocol,
  request: IncomingMessage,
  response: ServerResponse,
  shared: Shared,
): Promise<void> {
  const { gate, models, options } = shared;
  const { metrics } = shared.backends;
  const client = createClient(request, response, (ms) => metrics.added.observe(ms / 1000));
  const reject = (status: number, message: string, code: string | number): void => {
    metrics.requests.inc({ model: '', backend: '', status });
    refuse(client, protocol, status, { message, type: 'invalid_request_error', code });
  };

  const body = await readBody(request);
  if (body === undefined || client.over) return;
  if (body === 'too large') return reject(413, 'the body is too large', 413);
  const json = parse(body);
  const model = json?.model;
  if (json === undefined) return reject(400, 'the body is not JSON', 400);
  if (typeof model !== 'string') return reject(400, "'model' is required", 400);
  if (!models.has(model)) return reject(404, `The model '${model}' does not exist`, 'model_not_found');

  const session = request.headers[options.sessionHeader.toLowerCase()]?.toString();
  const headers = endToEnd(request.rawHeaders, ['host', 'content-length']);
  const question: Question = { protocol, path: request.url ?? '', headers, body, json, model, session };
  const go = (): void => carry(question, client, shared);
  client.from = { to: client, resume() {}, cancel: () => gate.giveUp(go) };
  gate.enter(go);
}

/** Takes the question to a backend and its answer back. */
function carry(question: Question, client: Client, { options, backends, gate, swaps }: Shared): void {
  const { model, session, protocol } = question;
  const { balance, metrics } = backends;
  const choice = balance.choose(model, session);
  if (choice === undefined) {
    metrics.requests.inc({ model, backend: '', status: 503 });
    const message = `no backend of the model '${model}' is up`;
    refuse(client, protocol, 503, { message, type: 'server_error', code: 503 });
    gate.leave();
    return;
  }
  const mode = choice.struck ? options.broken?.mode : undefined;
  const sink = sinkFor(mode, choice, model, client);
  const source = askBackend(question, choice, backends, sink, (backend, status) => {
    metrics.requests.inc({ model, backend, status });
    gate.leave();
  });
  client.from = source;
  if (options.broken?.mode === 'swapped-answers')
    swaps.offer(`${question.path} ${model} ${question.json.stream}`, source, client, choice.struck);
}

function sinkFor(mode: string | undefined, choice: Choice, model: string, client: Client): Sink {
  if (mode === 'buffered') return buffered(client);
  if (mode === 'wrong-backend') return renamed(client, choice.model, model);
  return client;
}

function parse(body: Buffer): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(body.toString());
    return typeof json === 'object' && json !== null && !Array.isArray(json)
      ? (json as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
