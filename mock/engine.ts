import type { Random } from './random.ts';

/** What an engine has to produce for one request. */
export interface Job {
  model: string;
  promptTokens: number;
  /** How many tokens to produce, at least 1. */
  tokens: number;
  /** When the job came in, on the clock of `now()`; a job that need not wait is timed from here. */
  since: number;
  ttftMs: number;
  tokenMs: number;
  /** Share of each interval that is random: 0.1 = ±10 %, uniform. */
  jitter: number;
  random: Random;
}

export interface JobEvents {
  /** The job left the queue after `queuedMs` (0 when it never waited). May be called before `submit` returns. */
  started(queuedMs: number): void;
  /** `count` tokens exist by now. Grows by one or more from call to call, up to `job.tokens`. */
  produced(count: number): void;
}

/** A job that was taken. */
export interface Ticket {
  /** The request is over, answered or abandoned: no more events, and what the job held is free again. Idempotent. */
  release(): void;
}

/**
 * The source of token timing. What is asked and how the answer looks on the wire is settled elsewhere, so an engine
 * that batches, preempts or fills a cache only has to say when tokens exist.
 */
export interface Engine {
  /** Takes the job, or says that even the queue is full. */
  submit(job: Job, events: JobEvents): Ticket | 'full';
}
