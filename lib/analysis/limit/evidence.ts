import type { Load } from '../../load/plan.ts';
import type { Columns } from '../columns/columns.ts';
import { quantile } from '../stats/quantile.ts';
import type { Measured } from '../steps.ts';
import { type Blocks, blockAt, emptyBlocks, fillBlocks, plannedStarts } from './blocks.ts';

/** What one step has to say about the limit. */
export interface Evidence {
  step: string;
  load: Load;
  /** Measured time, ms. */
  duration: number;
  /** Requests asked for, those that never started included. */
  asked: number;
  /** Failed, or never started. */
  failed: number;
  dropped: number;
  /** Of successful requests, ms, sorted. */
  ttft: Float64Array;
  /** The same as they came, and the block in which each one started. */
  came: { ttft: Float64Array; block: Int32Array };
  /** Median time from start to end, ms; NaN without requests. */
  heldP50: number;
  /**
   * How long the first answers took, ms: so long a new load needs to settle. A queue does not count, neither one that grows
   * later nor what they waited for their first token beyond the one who waited least.
   */
  settling: number;
  /** Output tok/s of the whole window, as the table has it. */
  throughput: number | undefined;
  /** Output tokens of a successful request, mean. */
  tokens: number | undefined;
  /** Successful requests, and how long it took from the step's begin until nine tenths of them had ended, ms. */
  ok: number;
  nineTenths: number;
  blocks: Blocks;
}

/** Whose requests tell how long a load needs to settle, and how many they must be. */
const EARLY_BLOCKS = 2;
const EARLY_LEAST = 5;

export function evidenceOf(columns: Columns, { data, result }: Pick<Measured, 'data' | 'result'>): Evidence {
  const { step, rows, from, to, dropped } = data;
  const blocks = emptyBlocks(data);
  const planned = plannedStarts(columns);
  const t = columns.number('t');
  const end = columns.number('end');
  const lag = columns.number('lag');
  const first = columns.number('ttft');
  const outcome = columns.category('outcome');
  const okCode = outcome.values.indexOf('ok');
  const held = new Float64Array(rows.length);
  const early: number[] = [];
  const ttft = new Float64Array(rows.length);
  const ends: number[] = [];
  const inBlock = new Int32Array(rows.length);

  let quickest = Number.POSITIVE_INFINITY;
  let failed = 0;
  let timed = 0;
  let scheduledTo: number | undefined;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const due = planned(row);
    if ((lag[row] as number) > Number.NEGATIVE_INFINITY) scheduledTo = Math.max(scheduledTo ?? from, due);
    const block = blockAt(due, data, blocks);
    blocks.started[block] = (blocks.started[block] as number) + 1;
    held[i] = end[row] || 0;
    if (block < EARLY_BLOCKS) {
      const wait = (first[row] as number) || 0;
      early.push((end[row] || 0) - Math.max(0, wait));
      quickest = Math.min(quickest, Math.max(0, wait));
    }
    if (outcome.codes[row] !== okCode) {
      failed++;
      blocks.failed[block] = (blocks.failed[block] as number) + 1;
      continue;
    }
    ends.push((t[row] as number) + (end[row] || 0) - from);
    if ((first[row] as number) >= 0) {
      ttft[timed] = first[row] as number;
      inBlock[timed++] = block;
    }
  }
  fillBlocks(columns, data, blocks, scheduledTo);
  held.sort();
  const came = { ttft: ttft.subarray(0, timed), block: inBlock.subarray(0, timed) };
  return {
    step: step.name,
    load: step.load,
    duration: to - from,
    asked: rows.length + dropped,
    failed: failed + dropped,
    dropped,
    ttft: came.ttft.slice().sort(),
    came,
    heldP50: quantile(held, 0.5),
    settling:
      early.length >= EARLY_LEAST ? quickest + quantile(Float64Array.from(early).sort(), 0.9) : quantile(held, 0.9),
    throughput: result.throughput,
    tokens: result.outputTokens === undefined ? undefined : result.outputTokens / result.ok,
    ok: ends.length,
    nineTenths: quantile(Float64Array.from(ends).sort(), 0.9),
    blocks,
  };
}
