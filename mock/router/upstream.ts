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
 * closed is no failure of the backend: it is asked once more on a new one.
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

  function attempt(choice: Choice, fresh: boolean, again: boolean): void {
    const backend = all[choice.backend];
    if (backend === undefined) throw new RangeError(`no backend ${choice.backend}`);
    const { name } = backend;
    const body = choice.model === question.model ? question.body : askedFor(question, choice.model);
    let sentAt = now();
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

    const { hostname, port, host } = backend.url;
    const headers = [...question.headers, 'Host', host, 'Content-Length', `${body.length}`];
    const sent = request({
      hostname,
      port,
      method: 'POST',
      path: question.path,
      headers,
      agent: fresh ? false : agent,
    });
    upstream = sent;
    sent.once('socket', (socket) => {
      if (socket.connecting) socket.once('connect', () => (sentAt = now()));
    });
    sent.once('response', (response) => {
      answer = response;
      const { statusCode = 502, rawHeaders } = response;
      const waitedMs = now() - sentAt;
      source.to.head({ status: statusCode, headers: [...endToEnd(rawHeaders), 'X-Router-Backend', name], waitedMs });
      response.on('data', (chunk: Buffer) => {
        if (!source.to.chunk(chunk)) response.pause();
      });
      response.once('end', () => {
        source.to.end(response.rawTrailers);
        settle?.(`${statusCode}`);
      });
      response.once('error', () => {
        if (settle === undefined) return;
        source.to.broken();
        settle('broken');
      });
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (answer !== undefined || settle === undefined) return;
      const stale = sent.reusedSocket && !fresh;
      if (error.code === 'ECONNREFUSED') health.refused(choice.backend);
      const next = stale
        ? choice
        : again
          ? balance.choose(question.model, question.session, choice.backend)
          : undefined;
      if (next !== undefined) {
        done();
        metrics.retries.inc();
        attempt(next, stale, again && stale);
        return;
      }
      const message = `backend ${name} failed: ${error.message || error.code}`;
      refuse(source.to, question.protocol, 502, { message, type: 'server_error', code: 502 });
      settle('502');
    });
    sent.end(body);
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

function askedFor({ json }: Question, model: string): Buffer {
  return Buffer.from(JSON.stringify({ ...json, model }));
}
