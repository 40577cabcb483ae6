import type { Ended, Exchange } from 'k6/x/llmload';
import { type Api, at, errorText, holds, oneLine, type Said } from '../api/api.ts';
import type { Completion, Exchanged, Failure } from '../completion.ts';
import { type EchoAsked, echoIn } from '../echo.ts';
import { parse, textAt } from './frames.ts';
import { attemptsOf, type Kept } from './kept.ts';

/**
 * What a driver saw of one exchange: the native driver's Exchange (extension/index.d.ts) less what only it has. Objects
 * among `values` may come as their JSON.
 */
export interface Seen extends Omit<Exchange, 'headers' | 'values' | 'gaps' | 'bytes' | 'protocol' | 'log'> {
  values: Record<string, unknown>;
  gaps?: Float64Array;
  /** Retry-After, as it came. */
  retryAfterHeader?: string;
}

/** What was asked, as far as the verdict on an answer needs it. */
export interface Asked {
  model: string;
  requestId: string;
  plannedAt?: number;
  /** Where routing is under test: the name that answers for this model must carry. */
  expectModel?: string;
  /** Where the answer was asked to begin with it. */
  echo?: EchoAsked;
  keepText?: boolean;
}

const ENDED_AS: Record<Exclude<Ended, 'eof'>, Failure> = {
  connect: 'connection',
  connection: 'connection',
  timeout_first: 'timeout_first',
  timeout_idle: 'timeout_idle',
  timeout_total: 'timeout_total',
  frame_too_large: 'stream_error',
  encoding: 'stream_error',
  cancelled: 'cancelled',
};

/** Seconds of a Retry-After header; a date counts from `now` (epoch ms). */
export function retryAfterSeconds(header: string | undefined, now: number): number | undefined {
  if (!header) return undefined;
  const number = Number(header);
  const seconds = Number.isNaN(number) ? (Date.parse(header) - now) / 1000 : number;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}

/**
 * The verdict on one answer. An answer is ok if it came with a 2xx status, held something, reported no error, and
 * said that it was finished (a finish reason, or the API's last frame). `seen` becomes the completion.
 */
export function complete(api: Api, asked: Asked, seen: Seen): Completion {
  const ok2xx = seen.status >= 200 && seen.status < 300;
  const unstreamed = ok2xx && seen.framing === 'body' && seen.ended === 'eof' ? parse(seen.body ?? '') : undefined;
  const values = unstreamed === undefined ? seen.values : pick(unstreamed, api.values);
  const said = api.said(values);
  const frames = unstreamed === undefined ? seen.frames : 0;

  // What the driver saw becomes the completion itself: this runs once a request, and copying is slow in k6's JavaScript.
  const c = seen as unknown as Partial<Completion> & Exchanged;
  let failure = failureOf(api, asked, seen, said, unstreamed, ok2xx);
  c.model = asked.model;
  c.requestId = asked.requestId;
  c.frames = frames;
  const output = said.usage?.output || frames;
  if (output > 0) c.output = output;
  c.tokenSource = said.usage?.output ? 'server' : frames > 0 ? 'frames' : 'none';
  if (said.answered !== undefined) c.answered = said.answered;
  if (seen.status === 0) delete c.status;
  if (asked.plannedAt !== undefined) c.plannedAt = asked.plannedAt;
  if (said.usage) c.usage = said.usage;
  if (said.finish !== undefined) c.finish = said.finish;
  if (said.serverTimings) c.serverTimings = said.serverTimings;
  if (seen.kept !== undefined) tell(c, seen.kept);
  // Of a stream the driver keeps it.
  if ((asked.keepText || asked.echo) && unstreamed !== undefined)
    c.text = textAt(unstreamed, api.bodyContent.slice(0, 1));
  if (asked.echo) {
    failure = listen(c, asked.echo, failure);
    if (!asked.keepText) delete c.text;
  }

  if (failure) {
    const failed = c as Extract<Completion, { error: string }>;
    failed.outcome = failure[0];
    failed.error = oneLine(failure[1]);
    if (failure[0] === 'rate_limited') waitAsked(failed, seen.retryAfterHeader);
    // A failed answer has no end; what came of it keeps its time to first token and its gaps.
    delete (c as { e2e?: number }).e2e;
    delete (c as { ttfo?: number }).ttfo;
    return failed;
  }
  const ok = c as Extract<Completion, { outcome: 'ok' }>;
  ok.outcome = 'ok';
  ok.e2e ??= seen.endMs;
  ok.gaps ??= new Float64Array(0);
  return ok;
}

/** Takes down what headers say of who answered. */
function tell(c: Exchanged, kept: Kept): void {
  if (kept.backend !== undefined) c.backend = kept.backend;
  const attempts = attemptsOf(kept);
  if (attempts !== undefined) c.attempts = attempts;
}

/** Takes down whose nonce the answer begins with: another's makes it a failure, but for one that came before. */
function listen(c: Partial<Completion>, asked: EchoAsked, failure: Verdict): Verdict {
  if (failure && c.text === undefined) return failure; // there was no answer to begin with
  const { whose, nonce, backend } = echoIn(c.text ?? '', asked);
  c.echo = whose;
  if (backend !== undefined) c.backend = backend;
  // The answer to another request may well name another model.
  return whose === 'other' && (failure === undefined || failure[0] === 'wrong_model')
    ? ['swapped', `asked with nonce ${asked.nonce}, the answer begins with ${nonce}`]
    : failure;
}

function waitAsked(failed: Extract<Completion, { error: string }>, header: string | undefined): void {
  const retryAfter = retryAfterSeconds(header, failed.startedAt + failed.endMs);
  if (retryAfter === undefined) return;
  failed.retryAfter = retryAfter;
  failed.error = oneLine(`${failed.error} (Retry-After ${Math.round(retryAfter * 10) / 10} s)`);
}

/** Why an answer is no success, and one line on it; undefined where it is one. */
type Verdict = [Failure, string] | undefined;

function failureOf(api: Api, asked: Asked, seen: Seen, said: Said, unstreamed: unknown, ok2xx: boolean): Verdict {
  const finished = said.finish !== undefined || said.done === true || seen.terminal;
  // What the server said of itself explains more than how the connection then ended.
  if (ok2xx && said.error !== undefined) return ['stream_error', said.error];
  if (seen.ended !== 'eof' && !(finished && seen.frames > 0)) return [ENDED_AS[seen.ended], seen.error ?? seen.ended];
  if (seen.status === 429) return ['rate_limited', `HTTP 429: ${bodyText(seen)}`];
  if (!ok2xx) return ['http_error', `HTTP ${seen.status}: ${bodyText(seen)}`];
  if (unstreamed !== undefined) {
    if (!api.bodyContent.some((path) => holds(at(unstreamed, path)))) return ['empty', 'the answer has no content'];
  } else {
    if (seen.framing === 'body') return ['stream_error', `the answer is not JSON: ${seen.body ?? ''}`];
    if (seen.garbage > 0) return ['stream_error', `${seen.garbage} of ${seen.events} frames are not JSON`];
    if (!finished) {
      return [
        'truncated',
        `the stream ended after ${seen.frames} frames with neither a finish reason nor ${api.terminal ?? 'a last frame'}`,
      ];
    }
    if (seen.frames === 0) return ['empty', 'the stream has no content'];
  }
  if (asked.expectModel !== undefined && said.answered !== asked.expectModel) {
    return [
      'wrong_model',
      `asked ${asked.model}, answered by ${said.answered ?? 'no name'} instead of ${asked.expectModel}`,
    ];
  }
  return undefined;
}

const pick = (frame: unknown, paths: Record<string, string>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, at(frame, path)]));

function bodyText(seen: Seen): string {
  const body = seen.body ?? '';
  return errorText(parse(body) ?? body) || 'no text';
}
