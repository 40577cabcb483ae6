import type { Load } from '../../load/plan.ts';
import type { Columns } from '../columns/columns.ts';
import type { StepData } from '../measure.ts';
import { quantile } from '../stats/quantile.ts';
import type { Measured } from '../steps.ts';

/** What one step has to say about the limit, in blocks of time: requests of one queue are not independent, blocks nearly are. */
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
  /** Of successful requests, ms, sorted; and the block in which each one started. */
  ttft: Float64Array;
  ttftBlock: Int32Array;
  /** Median and 90th percentile of the time from start to end, ms; NaN without requests. */
  heldP50: number;
  heldP90: number;
  /** How long the first answers took, ms: so long a new load needs to settle. A queue that grows later does not count. */
  settling: number;
  /** Output tok/s of the whole window, as the table has it. */
  throughput: number | undefined;
  blocks: Blocks;
}

export interface Blocks {
  /** ms */
  length: number;
  /** Requests started, and those of them that failed. */
  started: Float64Array;
  failed: Float64Array;
  /** Mean requests in flight. */
  inFlight: Float64Array;
  /** Output tokens that arrived, a second. */
  throughput: Float64Array;
}

/** Ten seconds each where the step is long enough, and never so few that nothing can be said. */
const BLOCK_MS = 10_000;
const LEAST_BLOCKS = 12;
/** Whose requests tell how long a load needs to settle, and how many they must be. */
const EARLY_BLOCKS = 2;
const EARLY_LEAST = 5;

export function evidenceOf(columns: Columns, { data, result }: Pick<Measured, 'data' | 'result'>): Evidence {
  const { step, rows, beside, from, to, dropped } = data;
  const duration = to - from;
  const count = Math.max(LEAST_BLOCKS, Math.round(duration / BLOCK_MS));
  const length = duration / count;
  const blocks: Blocks = {
    length,
    started: new Float64Array(count),
    failed: new Float64Array(count),
    inFlight: new Float64Array(count),
    throughput: new Float64Array(count),
  };
  const t = columns.number('t');
  const end = columns.number('end');
  const first = columns.number('ttft');
  const outcome = columns.category('outcome');
  const okCode = outcome.values.indexOf('ok');
  const held = new Float64Array(rows.length);
  const early: number[] = [];
  const ttft = new Float64Array(rows.length);
  const inBlock = new Int32Array(rows.length);
  const blockOf = (at: number) => Math.min(count - 1, Math.max(0, Math.floor((at - from) / length)));

  let failed = 0;
  let timed = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const block = blockOf(t[row] as number);
    blocks.started[block] = (blocks.started[block] as number) + 1;
    held[i] = end[row] || 0;
    if (block < EARLY_BLOCKS) early.push(end[row] || 0);
    if (outcome.codes[row] !== okCode) {
      failed++;
      blocks.failed[block] = (blocks.failed[block] as number) + 1;
    } else if ((first[row] as number) >= 0) {
      ttft[timed] = first[row] as number;
      inBlock[timed++] = block;
    }
  }
  spread(columns, rows, data, blocks);
  spread(columns, beside, data, blocks);
  held.sort();
  const order = ranks(ttft.subarray(0, timed));
  return {
    step: step.name,
    load: step.load,
    duration,
    asked: rows.length + dropped,
    failed: failed + dropped,
    dropped,
    ttft: ttft.subarray(0, timed).sort(),
    ttftBlock: order.map((k) => inBlock[k] as number),
    heldP50: quantile(held, 0.5),
    heldP90: quantile(held, 0.9),
    settling: quantile(early.length >= EARLY_LEAST ? Float64Array.from(early).sort() : held, 0.9),
    throughput: result.throughput,
    blocks,
  };
}

/** Indexes in the order of their values. */
function ranks(values: Float64Array): Int32Array {
  const order = new Int32Array(values.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  return order.sort((a, b) => (values[a] as number) - (values[b] as number));
}

/** Adds what these rows had in flight, and their tokens, to the blocks they reach into. Tokens come evenly, for this purpose. */
function spread(columns: Columns, rows: Int32Array, { from }: StepData, blocks: Blocks): void {
  const { length, inFlight, throughput } = blocks;
  const t = columns.number('t');
  const end = columns.number('end');
  const ttft = columns.number('ttft');
  const e2e = columns.number('e2e');
  const out = columns.number('out');
  const warm = columns.number('warm');
  const most = from + length * inFlight.length;
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
    add(inFlight, start, start + (end[row] || 0), 1);
    const tokens = out[row] || 0;
    if (tokens === 0 || warm[row] === 1) continue;
    const last = start + ((e2e[row] as number) >= 0 ? (e2e[row] as number) : end[row] || 0);
    // An unstreamed answer comes at its end; a stream of one token takes a moment, not none.
    const begin = (ttft[row] as number) >= 0 ? Math.min(start + (ttft[row] as number), last - 1) : last - 1;
    add(throughput, begin, last, (tokens * 1000) / (last - begin));
  }
}
