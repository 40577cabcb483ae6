import type { Answer } from './answer.ts';
import type { ModelSettings } from './options.ts';
import type { ApiError, Face, Protocol } from './protocol.ts';
import { contentText, tokensText } from './text.ts';

/** One thing done to the connection, as soon as `needs` tokens exist. Steps are done in order, never past one that waits. */
export type Step = { needs: number } & (
  | { do: 'headers'; status: number; headers: Record<string, string | number> }
  /** Text the client measures: stamped, and counted as `tokens`. */
  | { do: 'frame'; kind: 'content' | 'reasoning'; tokens: number; data: string | Uint8Array }
  /** Anything else. `tokens` counts those that a whole JSON body delivers. */
  | { do: 'write'; data: string | Uint8Array; tokens?: number }
  | { do: 'end' }
  /** Never anything again; the client has to leave. */
  | { do: 'stall' }
  | { do: 'reset' }
  /** Bytes past the HTTP framing, then FIN. */
  | { do: 'cut'; raw: string }
);

/** An answer as steps. Faults are functions from plan to plan, so that the one who plays it knows none of them. */
export interface Plan {
  protocol: Protocol;
  stream: boolean;
  /** Whether the answer takes a slot and waits for tokens; errors do neither. */
  usesEngine: boolean;
  /** Silence before anything, even before a slot is asked for. */
  delayMs: number;
  steps: Step[];
}

export function streamPlan(protocol: Protocol, face: Face, answer: Answer, settings: ModelSettings): Plan {
  const opened = settings.headers === 'early' ? 0 : 1;
  const headers = { 'Content-Type': protocol.contentType, 'Cache-Control': 'no-cache', 'X-Accel-Buffering': 'no' };
  const steps: Step[] = [{ do: 'headers', needs: opened, status: 200, headers }];
  const role = settings.rolePrelude ? face.role : undefined;
  if (role !== undefined) steps.push({ do: 'write', needs: opened, data: role });
  steps.push(...frames(answer, face, settings, role === undefined));
  // An answer without any token ends when its first one would have come.
  const last = Math.max(1, answer.reasoning + answer.content);
  for (const data of face.closing()) steps.push({ do: 'write', needs: last, data });
  steps.push({ do: 'end', needs: last });
  return { protocol, stream: true, usesEngine: true, delayMs: 0, steps };
}

/**
 * Several tokens in a frame came out of one step of the engine (speculative decoding), so the frame leaves with the
 * first of them and TTFT stays what was asked for.
 */
function frames(answer: Answer, face: Face, { tokensPerFrame }: ModelSettings, roleless: boolean): Step[] {
  const steps: Step[] = [];
  const spread = (kind: 'content' | 'reasoning', count: number, before: number): void => {
    for (let from = 0; from < count; from += tokensPerFrame) {
      const to = Math.min(count, from + tokensPerFrame);
      const text = kind === 'content' ? contentText(answer, from, to) : tokensText(from, to);
      const data = face.delta(kind, text, roleless && steps.length === 0);
      steps.push({ do: 'frame', kind, needs: before + from + 1, tokens: to - from, data });
    }
  };
  spread('reasoning', answer.reasoning, 0);
  spread('content', answer.content, answer.reasoning);
  const middle = steps[Math.floor(steps.length / 2)];
  if (answer.padding > 0 && middle?.do === 'frame') {
    middle.data = face.delta(middle.kind, ` ${'x'.repeat(answer.padding)}`, false);
  }
  return steps;
}

/** One JSON body. It is written in two halves, so that a fault has a middle to strike at. */
export function jsonPlan(protocol: Protocol, body: string, tokens: number): Plan {
  const bytes = Buffer.from(body);
  const half = Math.floor(bytes.length / 2);
  const needs = Math.max(1, tokens);
  const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': bytes.length };
  return {
    protocol,
    stream: false,
    usesEngine: true,
    delayMs: 0,
    steps: [
      { do: 'headers', needs, status: 200, headers },
      { do: 'write', needs, data: bytes.subarray(0, half) },
      { do: 'write', needs, data: bytes.subarray(half), tokens },
      { do: 'end', needs },
    ],
  };
}

/** An error needs no token: it is said at once. */
export function errorPlan(
  protocol: Protocol,
  status: number,
  error: ApiError,
  extra: Record<string, string | number> = {},
): Plan {
  const plan = jsonPlan(protocol, protocol.error(error), 0);
  const steps = plan.steps.map((step): Step => {
    if (step.do !== 'headers') return { ...step, needs: 0 };
    return { ...step, needs: 0, status, headers: { ...step.headers, ...extra } };
  });
  return { ...plan, usesEngine: false, steps };
}

/** What a server says that has no room: 429, and when to come back. */
export function rateLimitedPlan(protocol: Protocol, retryAfterSeconds: number): Plan {
  const message = `Too many requests. Please try again in ${retryAfterSeconds} s.`;
  return errorPlan(
    protocol,
    429,
    { message, type: 'rate_limit_error', code: 'rate_limit_exceeded' },
    { 'Retry-After': retryAfterSeconds },
  );
}
