/** What became of one request: the one type that drivers make and everything else reads. All times are ms. */

/** Why a request failed. `empty`: no content, reasoning or tool-call frame. `swapped`: the answer to another request. */
export const FAILURES = [
  'http_error',
  'rate_limited',
  'connection',
  'timeout_first',
  'timeout_idle',
  'timeout_total',
  'stream_error',
  'truncated',
  'empty',
  'wrong_model',
  'swapped',
  'cancelled',
  'exception',
] as const;
export type Failure = (typeof FAILURES)[number];
export type Outcome = 'ok' | Failure;

/** Token counts as the server reports them; `reasoning` is part of `output`, `cached` part of `input`. */
export interface Usage {
  input: number;
  output: number;
  cached?: number;
  reasoning?: number;
}

/** Who counted the output tokens: the server's `usage`, our count of frames, or nobody. */
export type TokenSource = 'server' | 'frames' | 'none';

/** What is known of every request, however it ended. */
export interface Exchanged {
  /** The model asked for. */
  model: string;
  /** The model the answer names. */
  answered?: string;
  /** HTTP status; absent when no answer came. */
  status?: number;
  /** X-Request-Id that was sent. */
  requestId: string;
  /** Epoch ms of t(send): the first attempt had a connection in hand. */
  startedAt: number;
  /** Epoch ms at which our own schedule wanted the request to start. */
  plannedAt?: number;
  /** Time to open the connection, TLS included; 0 when it was reused. */
  connectMs: number;
  /** The first attempt opened a connection. */
  cold: boolean;
  /** Times the request was sent again after the server had closed a kept-alive connection. */
  resent: number;
  /** First byte of the response headers after t(send). */
  headersMs?: number;
  /** End of the exchange after t(send), however it ended. */
  endMs: number;
  /** Frames with content, reasoning or a tool call. */
  frames: number;
  usage?: Usage;
  /** Output tokens, as tokenSource counted them. */
  output?: number;
  tokenSource: TokenSource;
  /** The server's finish reason. */
  finish?: string;
  /** The server's own timings, under its own names. */
  serverTimings?: Record<string, number>;
  /** The answer's text; kept on request only. */
  text?: string;
  /** Who answered, by BACKEND_HEADER or by the answer's own word; see ECHO. */
  backend?: string;
  /** How often a router asked backends for this answer, by ATTEMPTS_HEADER. */
  attempts?: number;
  /** Where ECHO asked for it: which request's nonce the answer begins with, its own, another's, or none. */
  echo?: 'own' | 'other' | 'none';
}

export type Completion = Exchanged &
  (
    | { outcome: 'ok'; ttft?: number; ttfo?: number; e2e: number; gaps: Float64Array }
    | {
        outcome: Failure;
        ttft?: number;
        gaps?: Float64Array;
        /** One line: what went wrong. */
        error: string;
        /** Seconds, from Retry-After. */
        retryAfter?: number;
      }
  );
