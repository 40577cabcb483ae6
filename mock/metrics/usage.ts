import type { BatchEngine } from '../batch/engine.ts';

/** What simulated GPUs did in the last second. */
export interface Usage {
  /** Share of it in which steps ran. */
  busy: number;
  /** Share of it in which steps read memory: the weights, and the KV cache of the sequences in work. */
  reading: number;
  /** Tokens that went through the model. */
  tokens: number;
}

const WINDOW_MS = 1000;

interface Mark {
  at: number;
  busyMs: number;
  readingMs: number;
  tokens: number;
}

/** Keeps what was done by the end of each step of the last second. */
export class UsageLog {
  #batch: BatchEngine;
  #starvedMs = 0;
  #marks: Mark[] = [{ at: -Infinity, busyMs: 0, readingMs: 0, tokens: 0 }];

  constructor(batch: BatchEngine) {
    this.#batch = batch;
  }

  /** A step took so much longer, in which the GPU was no more idle than before. */
  starved(ms: number): void {
    this.#starvedMs += ms;
  }

  /** A step of so many tokens ended at `at`, and the next one is not planned yet. */
  stepped(at: number, tokens: number): void {
    const marks = this.#marks;
    const { baseMs, sequenceMs, prefillMs, contextMs } = this.#batch.totals;
    const readingMs = baseMs + contextMs + this.#starvedMs;
    const before = marks.at(-1)?.tokens ?? 0;
    marks.push({ at, busyMs: readingMs + sequenceMs + prefillMs, readingMs, tokens: before + tokens });
    while ((marks[1]?.at ?? at) <= at - WINDOW_MS) marks.shift();
  }

  read(now: number): Usage {
    const last = this.#marks.at(-1) as Mark;
    const from = this.#marks.findLast(({ at }) => at <= now - WINDOW_MS) ?? (this.#marks[0] as Mark);
    const share = (ms: number): number => Math.min(1, ms / WINDOW_MS);
    return {
      busy: share(last.busyMs - from.busyMs),
      reading: share(last.readingMs - from.readingMs),
      tokens: last.tokens - from.tokens,
    };
  }
}
