import type { IncomingMessage, ServerResponse } from 'node:http';
import { INVALID_KEY, isAuthorized } from './auth.ts';
import { now, roundMs, toEpoch } from './clock.ts';
import { type Decision, decide } from './decide.ts';
import { type Engine, isTicket } from './engine.ts';
import { createExchange, type Exchange } from './exchange.ts';
import type { Link } from './link.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { Model } from './models.ts';
import type { Network } from './network.ts';
import type { MockOptions } from './options.ts';
import { errorPlan, type Plan, rateLimitedPlan, tooLongPlan } from './plan.ts';
import { play } from './play.ts';
import type { Prefixes } from './prefixes.ts';
import type { Protocol } from './protocol.ts';
import { readBody } from './read-body.ts';
import type { TruthEntry, TruthLog } from './truth.ts';

/** What requests share. */
export interface Backend {
  options: MockOptions;
  engineOf: (model: Model) => Engine;
  metrics: Metrics;
  truth: TruthLog;
  prefixes: Prefixes;
  network: Network;
  /** Absent = as fast as the machine is. */
  link?: Link;
  /** 0, 1, 2, … */
  nextNumber(): number;
}

/** The life of one request for a completion, from its head to its entry in the truth. */
export async function complete(
  protocol: Protocol,
  request: IncomingMessage,
  response: ServerResponse,
  backend: Backend,
): Promise<void> {
  const receivedAt = now();
  const number = backend.nextNumber();
  const entry = createEntry(request, number, receivedAt);
  backend.truth.add(entry);
  response.setHeader('X-Request-Id', entry.id);
  const exchange = createExchange(request, response, entry, receivedAt, backend.network, backend.link);

  const body = await readBody(request);
  if (body === undefined || exchange.over) return;
  if (!isAuthorized(request, backend.options)) return say(exchange, errorPlan(protocol, 401, INVALID_KEY));
  if (body === 'too large') return say(exchange, tooLargePlan(protocol));
  const decision = decide({ protocol, headers: request.headers, body: body.toString(), number }, backend, entry);
  if (!('plan' in decision)) return say(exchange, decision);
  if (!decision.plan.usesEngine) return say(exchange, decision.plan);
  serve(exchange, decision, backend.engineOf(decision.model));
}

function createEntry(request: IncomingMessage, number: number, receivedAt: number): TruthEntry {
  return {
    id: request.headers['x-request-id']?.toString() ?? `req-${number}`,
    path: request.url ?? '',
    model: null,
    answered: null,
    nonce: null,
    receivedAt: toEpoch(receivedAt),
    promptTokens: 0,
    cachedTokens: 0,
    tokens: 0,
    status: null,
    queuedMs: 0,
    headersAt: null,
    frames: [],
    reasoningFrames: 0,
    end: null,
    clientGone: false,
  };
}

function tooLargePlan(protocol: Protocol): Plan {
  return errorPlan(protocol, 413, { message: 'the body is too large', type: 'invalid_request_error', code: 413 });
}

/** For plans that need no token. */
function say(exchange: Exchange, plan: Plan): void {
  play(exchange, plan, { commentMs: 0, closeAfterAnswer: false }).advance(0);
}

function serve(exchange: Exchange, decision: Decision, engine: Engine): void {
  const { delayMs } = decision.plan;
  if (delayMs === 0) {
    submit(exchange, decision, engine);
    return;
  }
  const delay = setTimeout(() => submit(exchange, decision, engine), exchange.receivedAt + delayMs - now());
  exchange.onOver(() => clearTimeout(delay));
}

function submit(exchange: Exchange, { plan, model, work, course, remember }: Decision, engine: Engine): void {
  const { entry, receivedAt } = exchange;
  const playback = play(exchange, plan, model.settings);
  // The timer of a delay may be early.
  const since = Math.min(now(), receivedAt + plan.delayMs);
  const sinceThen = (at: number): number => Math.max(0, at - since);
  let started = false;
  const ticket = engine.submit(
    { ...work, since },
    {
      started(at, cachedTokens) {
        started = true;
        entry.queuedMs = roundMs(sinceThen(at));
        if (cachedTokens === undefined) return;
        course.cachedTokens = cachedTokens;
        entry.cachedTokens = cachedTokens;
      },
      first(at) {
        course.promptMs = sinceThen(at);
      },
      produced(count, at) {
        course.evalMs = sinceThen(at) - course.promptMs;
        playback.advance(count);
      },
    },
  );
  if (!isTicket(ticket)) {
    entry.answered = null;
    say(exchange, ticket === 'full' ? rateLimitedPlan(plan.protocol, 1) : tooLongPlan(plan.protocol, work, ticket));
    return;
  }
  remember?.(0);
  exchange.onOver(() => {
    remember?.(entry.tokens);
    if (!started) entry.queuedMs = roundMs(sinceThen(now()));
    ticket.release();
  });
  playback.advance(0);
}
