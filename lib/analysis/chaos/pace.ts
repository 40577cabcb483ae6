import type { Columns } from '../columns/columns.ts';
import { quantile } from '../stats/quantile.ts';
import type { Series } from './evidence.ts';
import type { Requests } from './requests.ts';

/** Least ms of a bin; it has room for so many gaps too. */
const LEAST_MS = 500;
const GAPS = 5;
/** Of the streams in a bin: a quarter of them may be slow, and is to be seen. */
const UPPER = 0.9;
/** No frame in a bin counts as so many: a single long gap is no more than that. */
const STILL = 0.5;
/** So often are frames counted at most: each takes a microsecond or two. */
const MOST_PIECES = 100_000;

/**
 * How slowly tokens came, bin by bin of time: a high one of the mean gaps of the streams under way. So a change is seen while
 * answers last, however long they are.
 */
export function paceOf(columns: Columns, requests: Requests, before: number): Series & { bin: number } {
  const { n, row, start, first, last } = requests;
  const { gapCount, gapSum } = columns;
  const frames = columns.number('frames');
  const origin = start[0] ?? 0;
  const mean = (k: number) => (gapSum[row[k] as number] as number) / (gapCount[row[k] as number] as number);
  const usual: number[] = [];
  let length = 0;
  for (let k = 0; k < n; k++) {
    if (!((gapCount[row[k] as number] as number) > 0)) continue;
    length += (last[k] as number) - (first[k] as number);
    if ((start[k] as number) + (last[k] as number) < before) usual.push(mean(k));
  }
  const bin = Math.max(LEAST_MS, GAPS * (quantile(Float64Array.from(usual).sort(), 0.5) || 0));
  const every = Math.max(1, Math.ceil(length / bin / MOST_PIECES)); // without gaps there is no length
  const bins: number[][] = [];
  const add = (at: number, value: number) => {
    const list = bins[at];
    if (list) list.push(value);
    else bins[at] = [value];
  };
  for (let k = 0; k < n; k += every) {
    const at = row[k] as number;
    const gaps = gapCount[at] as number;
    if (!(gaps > 0)) continue;
    const zero = (start[k] as number) - origin;
    const begin = zero + (first[k] as number);
    const end = zero + (last[k] as number);
    if (end - begin <= bin || gaps < (frames[at] as number) - 1) {
      add(Math.floor(end / bin), mean(k));
      continue;
    }
    for (let b = Math.floor(begin / bin); b * bin < end; b++) {
      const from = Math.max(begin, b * bin);
      const to = Math.min(end, (b + 1) * bin);
      if (2 * (to - from) < bin) continue;
      const count = columns.framesBetween(at, from - zero, to - zero);
      add(b, (to - from) / (count || STILL));
    }
  }
  const series = seriesOf(bins.length);
  for (let b = 0; b < bins.length; b++) {
    const values = bins[b];
    if (!values) continue;
    const sorted = Float64Array.from(values).sort();
    const at = origin + (b + 1) * bin;
    push(series, sorted[Math.ceil(UPPER * sorted.length) - 1] as number, at, at);
  }
  return { ...series, bin };
}

/** Room for so many observations. */
export const seriesOf = (most: number): Series => ({
  n: 0,
  value: new Float64Array(most),
  known: new Float64Array(most),
  until: new Float64Array(most),
});

export function push(series: Series, value: number, known: number, until: number): void {
  const k = series.n++;
  series.value[k] = value;
  series.known[k] = known;
  series.until[k] = until;
}
