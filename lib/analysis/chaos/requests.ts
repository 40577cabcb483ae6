import type { Columns } from '../columns/columns.ts';
import type { Measured } from '../steps.ts';

/**
 * The measured requests of a run in the order of their starts, warm-up and those that we ended ourselves left out. Moments
 * are epoch ms, the rest ms from the start on.
 */
export interface Requests {
  n: number;
  row: Int32Array;
  start: Float64Array;
  /** The first token; Infinity: none came. */
  first: Float64Array;
  /** The last token; 0: none came. */
  last: Float64Array;
  /** However it ended. */
  end: Float64Array;
  /** 1: it failed. */
  failed: Uint8Array;
}

export function requestsOf(columns: Columns, measured: readonly Measured[]): Requests {
  const t = columns.number('t');
  const ttft = columns.number('ttft');
  const end = columns.number('end');
  const frames = columns.number('frames');
  const outcome = columns.category('outcome');
  const { gapCount, gapSum } = columns;
  const okCode = outcome.values.indexOf('ok');
  const cancelled = outcome.values.indexOf('cancelled');
  const rows: number[] = [];
  for (const { data } of measured)
    for (let i = 0; i < data.rows.length; i++) {
      const row = data.rows[i] as number;
      if (outcome.codes[row] !== cancelled) rows.push(row);
    }
  const row = byTime(rows, t);
  const n = row.length;
  const found: Requests = {
    n,
    row,
    start: new Float64Array(n),
    first: new Float64Array(n),
    last: new Float64Array(n),
    end: new Float64Array(n),
    failed: new Uint8Array(n),
  };
  for (let k = 0; k < n; k++) {
    const at = row[k] as number;
    const first = ttft[at] as number;
    const gaps = gapCount[at] as number;
    found.start[k] = t[at] as number;
    found.first[k] = first >= 0 ? first : Number.POSITIVE_INFINITY;
    // Of a sample of the gaps too: their mean, as often as there were gaps.
    if (first >= 0)
      found.last[k] = first + (gaps > 0 ? ((gapSum[at] as number) / gaps) * ((frames[at] as number) - 1) : 0);
    found.end[k] = end[at] || 0;
    found.failed[k] = outcome.codes[at] === okCode ? 0 : 1;
  }
  return found;
}

/** Numbers in the order of their times, to 0.1 ms: keys that hold both are sorted, since a comparator is slow in k6. */
export function byTime(numbers: ArrayLike<number>, times: ArrayLike<number>): Int32Array {
  const n = numbers.length;
  let least = Number.POSITIVE_INFINITY;
  for (let k = 0; k < n; k++) least = Math.min(least, times[numbers[k] as number] as number);
  const keys = new Float64Array(n);
  for (let k = 0; k < n; k++) keys[k] = Math.round(10 * ((times[numbers[k] as number] as number) - least)) * n + k;
  keys.sort();
  const ordered = new Int32Array(n);
  for (let k = 0; k < n; k++) ordered[k] = numbers[(keys[k] as number) % n] as number;
  return ordered;
}
