import { SettingsError, type Window } from '../../settings/parse.ts';
import type { Rows } from './rows.ts';

/** The part of a trace to replay, found once a process. Times are the trace's own, ms. */
export interface Part {
  /** Rows [from, to). */
  from: number;
  to: number;
  /** Time of the first of them. */
  start: number;
  /** From one replay of it to the next: to its last row, and a mean gap more. */
  span: number;
  /** Most of its rows that ten seconds of the replay hold. */
  peak: number;
  models: readonly string[];
  skipped: Rows['skipped'];
}

/** Answers that take so long are what VUs are counted for, as in every open loop; ms. */
const ANSWER = 10_000;
/** The least a replay takes: k6 takes no duration below it. */
export const LEAST_MS = 1000;

/** @throws SettingsError where WINDOW holds no row */
export function partOf(rows: Rows, { window, speed }: { window: Window | undefined; speed: number }): Part {
  const from = window ? rows.find(window.from) : 0;
  const end = window?.to ?? Number.POSITIVE_INFINITY;
  const to = end <= rows.span ? rows.find(end) : rows.length;
  if (window && to <= from)
    throw new SettingsError(
      'WINDOW',
      `${seconds(window.from)}..${seconds(end)}`,
      'holds no row',
      `a part of 0s..${seconds(rows.span)}`,
    );
  const start = rows.row(from).at;
  const length = rows.row(to - 1).at - start;
  return {
    from,
    to,
    start,
    span: length > 0 ? length + length / (to - from - 1) : LEAST_MS * speed,
    peak: rows.peak(from, to, ANSWER * speed),
    models: rows.models,
    skipped: rows.skipped,
  };
}

const seconds = (ms: number): string => (Number.isFinite(ms) ? `${Number((ms / 1000).toFixed(3))}s` : '');
