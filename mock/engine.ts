import type { Random } from './random.ts';

/** What an engine has to produce for one request. */
export interface Job {
  model: string;
  promptTokens: number;
  /** How many tokens to produce, at least 1. */
  tokens: number;
  /** Why the answer ends after them. */
  finish: 'stop' | 'length';
  /** When the job came in, on the clock of `now()`. */
  since: number;
  /** Prompt and answer, for an engine that keeps the beginnings of texts. */
  promptText: () => string;
  answerText: () => string;
  /** For the plain engine: where its tokens are to come. */
  ttftMs: number;
  tokenMs: number;
  /** Share of each interval that is random: 0.1 = ±10 %, uniform. */
  jitter: number;
  random: Random;
}

/** Times are those of the engine's schedule, on the clock of `now()`: a timer may tell of them later. */
export interface JobEvents {
  /** The job left the queue; may be called before `submit` returns. `cachedTokens` where the engine has a cache of its own. */
  started(at: number, cachedTokens?: number): void;
  /** Its first token exists; `produced` follows. */
  first(at: number): void;
  /** `count` tokens exist by now, the last of them since `at`. Grows by one or more from call to call, up to `job.tokens`. */
  produced(count: number, at: number): void;
}

/** A job that was taken. */
export interface Ticket {
  /** The request is over, answered or abandoned: no more events, and what the job held is free again. Idempotent. */
  release(): void;
}

/** Why a job was not taken: as many wait as may, or it needs more than the engine has. */
export type Refusal = 'full' | { mostTokens: number };

/**
 * The source of token timing. What is asked and how the answer looks on the wire is settled elsewhere, so an engine
 * that batches, preempts or fills a cache only has to say when tokens exist.
 */
export interface Engine {
  submit(job: Job, events: JobEvents): Ticket | Refusal;
}

export const isTicket = (answer: Ticket | Refusal): answer is Ticket =>
  typeof answer === 'object' && 'release' in answer;
