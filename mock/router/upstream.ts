import { type Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { now } from '../clock.ts';
import type { Protocol } from '../protocol.ts';
import type { Balance, Choice } from './balance.ts';
import type { RouterBackend } from './config.ts';
import { endToEnd } from './headers.ts';
import type { Health } from './health.ts';
import type { RouterMetrics } from './metrics.ts';
import { refuse, type Sink, type Source } from './sink.ts';

/** A request as it came, read once. */
export interface Question {
  protocol: Protocol;
  /** With its query. */
  path: string;
  headers: readonly string[];
  body: Buffer;
  json: Readonly<Record<string, unknown>>;
  model: string;
  session: string | undefined;
}

/** What all requests share. */
export interface Backends {
  all: readonly RouterBackend[];
  balance: Balance;
  health: Health;
  metrics: RouterMetrics;
  agent: Agent;
}

/**
 * Asks the chosen backend, and another one if that fails before its headers. A kept connection that turns out to be
 * closed is no failure of the backend, unless it is known to be down: it is asked once more on a new one. Answers say how
 * often backends were asked (X-Router-Attempts).
 * @param over called once, with the status for the metrics
 */
export function askBackend(
  question: Question,
  first: Choice,
  { all, balance, health, metrics, agent }: Backends,
  to: Sink,
  over: (backend: string, status: string) => void,
): Source {
  let upstream: ClientRequest | undefined;
  let answer: IncomingMessage | undefined;
  let settle: ((status: string) => void) | undefined;
  let attempts = 0;
  const counted = (): string[] => ['X-Router-Attempts', `${attempts}`];

  function attempt(choice: Choice, fresh: boolean, again: boolean): void {
    const backend = all[choice.backend];
    if (backend === undefined) throw new RangeError(`no backend ${choice.backend}`);
    const { name, url } = backend;
    attempts += 1;
    balance.begin(choice.backend);
    metrics.inFlight.inc({ backend: name });
    const done = (): void => {
      settle = undefined;
      balance.end(choice.backend);
      metrics.inFlight.dec({ backend: name });
    };
    settle = (status) => {
      done();
      over(name, status);
    };

    const sent = post(url, question, choice.model, fresh ? false : agent);
    let sentAt = now();
    sent.once('socket', (socket) => {
      if (socket.connecting) socket.once('connect', () => (sentAt = now()));
    });
    sent.once('response', (response) => {
      answer = response;
      pass(response, name, now() - sentAt);
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (answer !== undefined || settle === undefined) return;
      if (error.code === 'ECONNREFUSED') health.refused(choice.backend);
      const stale = sent.reusedSocket && !fresh && health.up(choice.backend);
      const other = again && !stale ? balance.choose(question.model, question.session, choice.backend) : undefined;
      const next = stale ? choice : other;
      if (next === undefined) {
        const message = `backend ${name} failed: ${error.message || error.code}`;
        refuse(source.to, question.protocol, 502, { message, type: 'server_error', code: 502 }, counted());
        settle('502');
        return;
      }
      done();
      metrics.retries.inc();
      attempt(next, stale, again && stale);
    });
    upstream = sent;
  }

  function pass(response: IncomingMessage, backend: string, waitedMs: number): void {
    const { statusCode: status = 502, rawHeaders } = response;
    source.to.head({ status, headers: [...endToEnd(rawHeaders), 'X-Router-Backend', backend, ...counted()], waitedMs });
    response.on('data', (chunk: Buffer) => {
      if (!source.to.chunk(chunk)) response.pause();
    });
    response.once('end', () => {
      source.to.end(response.rawTrailers);
      settle?.(`${status}`);
    });
    response.once('error', () => {
      if (settle === undefined) return;
      source.to.broken();
      settle('broken');
    });
  }

  const source: Source = {
    to,
    resume: () => answer?.resume(),
    cancel() {
      if (settle === undefined) return;
      settle('499');
      upstream?.destroy();
    },
  };
  attempt(first, false, true);
  return source;
}

function post({ hostname, port, host }: URL, question: Question, model: string, agent: Agent | false): ClientRequest {
  const { path, headers, json } = question;
  const body = model === question.model ? question.body : Buffer.from(JSON.stringify({ ...json, model }));
  const own = ['Host', host, 'Content-Length', `${body.length}`];
  // A URL has an IPv6 address in brackets, a socket does not.
  const address = { hostname: hostname.replace(/^\[|\]$/g, ''), port };
  return request({ ...address, method: 'POST', path, headers: [...headers, ...own], agent }).end(body);
}
