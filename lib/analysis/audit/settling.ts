import type { Check } from '../../results.ts';
import type { Columns } from '../columns/columns.ts';
import { quantile } from '../stats/quantile.ts';
import type { Measured } from '../steps.ts';

const LEAST = 30;
const BLOCKS = 20;
const QUARTER = BLOCKS / 4;
const HALF = BLOCKS / 2;
/** Added to each TTFT, so that 0 has a logarithm. */
const LEAST_MS = 0.001;
/** A change by less than this factor is not worth a doubt. */
const WORTH = 1.1;

/**
 * Whether a step was steady from its start on. TTFT is averaged (its logarithm: latencies are skewed) in 20 blocks of time;
 * how many of them to cut is said by MSER, the minimum of the standard error of what is left (White 1997, at most half of
 * the blocks). That finds something in noise too, so it counts only where all blocks of the first quarter lie above, or all
 * below, every block of the last half: by chance that is so once in 1,500 steps (once in 100 where random arrivals keep a
 * server at 95 %: its queue then takes most of a step to come and go). Where the last two quarters lie apart as well the step
 * never settled. No check on few requests, or where a block has none.
 */
export function auditSettling(columns: Columns, { data, sorted }: Pick<Measured, 'data' | 'sorted'>): Check[] {
  const { step, from, to } = data;
  if (sorted.ttft.length < LEAST) return [];
  const level = blockMeans(columns, data);
  if (!level) return [];
  const check = `settled.${step.name}`;
  const change = mean(level, HALF, BLOCKS) - mean(level, 0, QUARTER);
  const cut = mser(level);
  if (cut <= QUARTER || Math.abs(change) < Math.log(WORTH) || !apart(level.subarray(0, QUARTER), level.subarray(HALF)))
    return [{ check, ok: true, value: 0, sentence: `${step.name}: TTFT was steady` }];
  const ms = (log: number) => Math.exp(log).toFixed(0);
  const since = from + ((to - from) * cut) / BLOCKS;
  const rest = ttftSince(columns, data, since);
  const sentence = apart(level.subarray(HALF, HALF + QUARTER), level.subarray(HALF + QUARTER))
    ? `${step.name}: no steady part found: TTFT was about ${ms(mean(level, 0, QUARTER))} ms in the first quarter and ${ms(mean(level, HALF, BLOCKS))} ms in the last half; its figures depend on how long the step is`
    : `${step.name}: the first ${((since - from) / 1000).toFixed(0)} s were still settling: TTFT p50 and p99 without them are ${quantile(rest, 0.5).toFixed(0)} and ${quantile(rest, 0.99).toFixed(0)} ms instead of ${quantile(sorted.ttft, 0.5).toFixed(0)} and ${quantile(sorted.ttft, 0.99).toFixed(0)}${change < 0 ? '. A longer WARMUP' : ''}`;
  return [{ check, ok: false, value: cut / BLOCKS, sentence }];
}

/** Mean log TTFT of the successful requests that started in each block; undefined if a block has none. */
function blockMeans(columns: Columns, { rows, from, to }: Measured['data']): Float64Array | undefined {
  const t = columns.number('t');
  const ttft = columns.number('ttft');
  const outcome = columns.category('outcome');
  const okCode = outcome.values.indexOf('ok');
  const sums = new Float64Array(BLOCKS);
  const counts = new Int32Array(BLOCKS);
  const perMs = BLOCKS / (to - from);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    if (outcome.codes[row] !== okCode || !((ttft[row] as number) >= 0)) continue;
    const block = (((t[row] as number) - from) * perMs) | 0;
    if (block < 0 || block >= BLOCKS) continue;
    sums[block] = (sums[block] as number) + Math.log((ttft[row] as number) + LEAST_MS);
    counts[block] = (counts[block] as number) + 1;
  }
  for (let b = 0; b < BLOCKS; b++) {
    if (counts[b] === 0) return undefined;
    sums[b] = (sums[b] as number) / (counts[b] as number);
  }
  return sums;
}

function mean(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i] as number;
  return sum / (to - from);
}

/** How many blocks at the start to leave out. */
function mser(values: Float64Array): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let cut = 0; cut <= HALF; cut++) {
    const middle = mean(values, cut, BLOCKS);
    let squares = 0;
    for (let i = cut; i < BLOCKS; i++) squares += ((values[i] as number) - middle) ** 2;
    const error = squares / (BLOCKS - cut) ** 2;
    if (error < least) {
      least = error;
      best = cut;
    }
  }
  return best;
}

/** One lies wholly above the other. */
const apart = (a: Float64Array, b: Float64Array): boolean =>
  Math.min(...a) > Math.max(...b) || Math.max(...a) < Math.min(...b);

function ttftSince(columns: Columns, { rows }: Measured['data'], since: number): Float64Array {
  const t = columns.number('t');
  const ttft = columns.number('ttft');
  const outcome = columns.category('outcome');
  const okCode = outcome.values.indexOf('ok');
  return Float64Array.from(
    rows.filter((row) => (t[row] as number) >= since && outcome.codes[row] === okCode && (ttft[row] as number) >= 0),
    (row) => ttft[row] as number,
  ).sort();
}
