import type { TraceRow } from './formats.ts';

/** Tokens of a Mooncake block. */
export const BLOCK_TOKENS = 512;

/**
 * The rows of a trace by index, in the order of their times, which count in ms from the first row: in memory (a small CSV
 * or JSONL), or on disk (a plan). The replay is the same on either.
 */
export interface Rows {
  readonly length: number;
  /** Time of the last row. */
  readonly span: number;
  /** Names of models that the rows have; empty where they have none. */
  readonly models: readonly string[];
  /** Rows that were left out because they could not be read: how many, and the first in words (`line 7: …`). */
  readonly skipped: { readonly count: number; readonly first: string | undefined };
  row: (index: number) => TraceRow;
  /** Index of the first row at `at` or after it; `length` where there is none. */
  find: (at: number) => number;
  /** Most rows of [from, to) within any `span` ms: at SPEED s, ten seconds of the replay are 10,000 × s. */
  peak: (from: number, to: number, span: number) => number;
}
