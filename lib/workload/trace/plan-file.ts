/**
 * The file that `llmload plan` writes and bin/k6 reads by index: what is said here, scripts/plan/write.ts and
 * extension/plan do. Numbers are little-endian.
 *
 *     start   START bytes: a line of JSON, PlanStart, padded with spaces
 *     rows    WIDTH bytes each: at f64, text offset u64 (from where the texts begin), text length u32, input u32, output u32,
 *             model u32 (an index into PlanHeader.models)
 *     texts   UTF-8, one after the other: a row's prompt, or its blocks as a JSON array (PlanHeader.text)
 *     header  PlanHeader as JSON, up to the end of the file
 */
export const START = 128;
export const WIDTH = 32;
/** Of a u32 that says nothing. */
export const ABSENT = 0xffffffff;

/** What replay knows a plan by. */
export const PLAN_SUFFIX = '.plan';

export interface PlanStart {
  /** Version of the format. */
  llmload: 1;
  kind: 'plan';
  rows: number;
  /** Where the header begins, from the file's start; it ends with the file. */
  header: number;
}

export interface PlanHeader {
  /** File name of the trace, without its folder, and the name of its format. */
  from: string;
  format: string;
  /** Time of the last row, ms from the first. */
  span: number;
  models: string[];
  /** What the texts are; absent where there are none. */
  text?: 'prompt' | 'blocks';
  /** Rows that could not be read and were left out: how many, and the first in words. */
  skipped: { count: number; first?: string };
}
