import type { Columns } from '../columns/columns.ts';
import type { StepData } from '../measure.ts';

/** A step in blocks of time: requests of one queue are not independent, blocks nearly are. */
export interface Blocks {
  /** ms */
  length: number;
  /** Requests sent, by their planned start, and those of them that failed. */
  started: Float64Array;
  failed: Float64Array;
  /** Requests planned and never sent. */
  unsent: Float64Array;
  /** Mean number of requests that were planned and not done, sent or not. */
  undone: Float64Array;
  /** Mean time from planned start to end of the requests that ended in it, ms; NaN where none did. */
  held: Float64Array;
  /** Output tokens that arrived, a second. */
  throughput: Float64Array;
}

/** Ten seconds each where the step is long enough, and never so few that nothing can be said. */
const BLOCK_MS = 10_000;
const LEAST_BLOCKS = 12;

export function emptyBlocks({ from, to }: StepData): Blocks {
  const count = Math.max(LEAST_BLOCKS, Math.round((to - from) / BLOCK_MS));
  const empty = () => new Float64Array(count);
  return {
    length: (to - from) / count,
    started: empty(),
    failed: empty(),
    unsent: empty(),
    undone: empty(),
    held: empty(),
    throughput: empty(),
  };
}

/** Which block a moment belongs to, those outside to the nearest. */
export const blockAt = (at: number, { from }: StepData, { length, started }: Blocks): number =>
  Math.min(started.length - 1, Math.max(0, Math.floor((at - from) / length)));

/** When a request of this row was to start, epoch ms: a start that is late by our own schedule counts from there. */
export function plannedStarts(columns: Columns): (row: number) => number {
  const t = columns.number('t');
  const connect = columns.number('connect');
  const lag = columns.number('lag');
  return (row) => {
    const late = lag[row] as number;
    return late > Number.NEGATIVE_INFINITY ? (t[row] as number) - (connect[row] || 0) - late : (t[row] as number);
  };
}

/**
 * Adds what was under way in each block, and what was done in it.
 * @param scheduledTo the last planned start, where the schedule is ours: what was never sent was planned after it. Without,
 * starts were evenly spaced, and wherever one is missing it was dropped
 */
export function fillBlocks(columns: Columns, data: StepData, blocks: Blocks, scheduledTo: number | undefined): void {
  const ended = new Float64Array(blocks.started.length);
  spread(columns, data.rows, data, blocks, ended);
  spread(columns, data.beside, data, blocks, ended);
  if (data.dropped > 0) addUnsent(data, blocks, scheduledTo);
  /** What was never sent would have been worked off as the rest was, had it been: ms for each. */
  const each = scheduledTo === undefined && data.rows.length > 0 ? (data.to - data.from) / data.rows.length : 0;
  let missing = 0;
  for (let b = 0; b < ended.length; b++) {
    const unsent = blocks.unsent[b] as number;
    const before = missing + unsent / 2;
    missing += unsent;
    blocks.undone[b] = (blocks.undone[b] as number) + before;
    blocks.held[b] = (blocks.held[b] as number) / (ended[b] as number) + before * each;
  }
}

function addUnsent({ step, from, to, dropped }: StepData, { length, started, unsent }: Blocks, after?: number): void {
  if (step.load.kind !== 'open') return;
  for (let b = 0; b < unsent.length; b++) {
    const end = from + (b + 1) * length;
    unsent[b] =
      after === undefined
        ? Math.max(0, (step.load.rate * length) / 1000 - (started[b] as number))
        : (dropped * Math.min(length, Math.max(0, end - after))) / (to - after);
  }
}

/** Adds what these rows had under way, and their tokens, to the blocks they reach into. Tokens come evenly, for this purpose. */
function spread(columns: Columns, rows: Int32Array, data: StepData, blocks: Blocks, ended: Float64Array): void {
  const { from, to } = data;
  const { length, undone, held, throughput } = blocks;
  const planned = plannedStarts(columns);
  const t = columns.number('t');
  const end = columns.number('end');
  const ttft = columns.number('ttft');
  const e2e = columns.number('e2e');
  const out = columns.number('out');
  const warm = columns.number('warm');
  const most = from + length * undone.length;
  const add = (into: Float64Array, start: number, stop: number, weight: number) => {
    const begin = Math.max(from, start);
    const finish = Math.min(most, stop);
    for (let b = Math.floor((begin - from) / length); begin < finish && b < into.length; b++) {
      const low = from + b * length;
      if (low >= finish) break;
      const overlap = Math.min(finish, low + length) - Math.max(begin, low);
      into[b] = (into[b] as number) + (weight * overlap) / length;
    }
  };
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const start = t[row] as number;
    const stop = start + (end[row] || 0);
    const due = planned(row);
    add(undone, due, stop, 1);
    if (stop >= from && stop < to) {
      const block = blockAt(stop, data, blocks);
      held[block] = (held[block] as number) + stop - due;
      ended[block] = (ended[block] as number) + 1;
    }
    const tokens = out[row] || 0;
    if (tokens === 0 || warm[row] === 1) continue;
    const last = start + ((e2e[row] as number) >= 0 ? (e2e[row] as number) : end[row] || 0);
    // An unstreamed answer comes at its end; a stream of one token takes a moment, not none.
    const begin = (ttft[row] as number) >= 0 ? Math.min(start + (ttft[row] as number), last - 1) : last - 1;
    add(throughput, begin, last, (tokens * 1000) / (last - begin));
  }
}
