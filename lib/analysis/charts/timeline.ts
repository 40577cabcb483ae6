import type { Columns } from '../columns/columns.ts';
import { quantile } from '../stats/quantile.ts';
import type { Measured } from '../steps.ts';
import type { Bin, Timeline } from './charts.ts';
import { rounded } from './round.ts';

const MOST_BINS = 240;
/** Lengths of a bin that read well, ms; above the last, whole hours. */
const LENGTHS = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].map((s) => 1000 * s);
const HOUR = 3_600_000;

/** What happened when, of all requests: bins that cover the run from its first request to its last answer. */
export function timelineOf(columns: Columns, measured: readonly Measured[]): Timeline {
  const t = columns.number('t');
  const end = columns.number('end');
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (let row = 0; row < columns.n; row++) {
    const start = t[row] as number;
    from = Math.min(from, start);
    to = Math.max(to, start + (end[row] || 0));
  }
  if (columns.n === 0) return { from: 0, bin: LENGTHS[0] as number, bins: [], spans: [] };
  const bin =
    LENGTHS.find((length) => (to - from) / length <= MOST_BINS) ?? HOUR * Math.ceil((to - from) / MOST_BINS / HOUR);
  const n = Math.max(1, Math.ceil((to - from) / bin));
  return { from, bin, bins: binsOf(columns, from, bin, n), spans: spansOf(columns, measured) };
}

function binsOf(columns: Columns, from: number, bin: number, n: number): Bin[] {
  const t = columns.number('t');
  const end = columns.number('end');
  const ttft = columns.number('ttft');
  const { codes, values } = columns.category('outcome');
  const okCode = values.indexOf('ok');
  const sent = new Int32Array(n);
  const ok = new Int32Array(n);
  const timed = new Int32Array(n);
  /** Time in flight in each bin; and how many requests more than in the bin before were in flight for all of it. */
  const busy = new Float64Array(n);
  const throughout = new Int32Array(n + 1);
  const place = (time: number) => Math.min(n - 1, Math.floor((time - from) / bin));
  for (let row = 0; row < columns.n; row++) {
    const start = t[row] as number;
    const stop = start + (end[row] || 0);
    const first = place(start);
    const last = place(stop);
    sent[first] = (sent[first] as number) + 1;
    if (codes[row] === okCode) {
      ok[first] = (ok[first] as number) + 1;
      if ((ttft[row] as number) >= 0) timed[first] = (timed[first] as number) + 1;
    }
    if (first === last) {
      busy[first] = (busy[first] as number) + stop - start;
      continue;
    }
    busy[first] = (busy[first] as number) + from + (first + 1) * bin - start;
    busy[last] = (busy[last] as number) + stop - (from + last * bin);
    throughout[first + 1] = (throughout[first + 1] as number) + 1;
    throughout[last] = (throughout[last] as number) - 1;
  }

  const times = Array.from(timed, (count) => new Float64Array(count));
  timed.fill(0);
  for (let row = 0; row < columns.n; row++) {
    if (codes[row] !== okCode || !((ttft[row] as number) >= 0)) continue;
    const k = place(t[row] as number);
    const at = timed[k] as number;
    (times[k] as Float64Array)[at] = ttft[row] as number;
    timed[k] = at + 1;
  }

  let whole = 0;
  return times.map((values, k) => {
    whole += throughout[k] as number;
    const sorted = values.sort();
    const at = (q: number) => rounded(quantile(sorted, q));
    return {
      sent: sent[k] as number,
      ok: ok[k] as number,
      failed: (sent[k] as number) - (ok[k] as number),
      inFlight: rounded(whole + (busy[k] as number) / bin),
      ...(sorted.length > 0 && { ttft: { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) } }),
    };
  });
}

/** The steps' windows, and the warm-up before each, in the order of time. Warm-up that goes on into a window is not shown. */
function spansOf(columns: Columns, measured: readonly Measured[]): Timeline['spans'] {
  const windows = measured
    .filter(({ data }) => data.to > data.from)
    .map(({ data: { from, to }, result: { name } }) => ({ name, from, to, warm: false }))
    .sort((a, b) => a.from - b.from);
  const t = columns.number('t');
  const end = columns.number('end');
  const warm = columns.number('warm');
  /** By the number of windows that began before. */
  const warmUps = new Map<number, Timeline['spans'][number]>();
  for (let row = 0; row < columns.n; row++) {
    if (warm[row] !== 1) continue;
    const from = t[row] as number;
    const before = windows.findLastIndex((window) => window.from <= from);
    if (before >= 0 && windows.some((window, k) => k <= before && window.to > from)) continue;
    const next = windows[before + 1]?.from ?? Number.POSITIVE_INFINITY;
    const to = Math.min(from + (end[row] || 0), next);
    const span = warmUps.get(before);
    if (span) Object.assign(span, { from: Math.min(span.from, from), to: Math.max(span.to, to) });
    else warmUps.set(before, { name: 'warm-up', from, to, warm: true });
  }
  return [...windows, ...warmUps.values()].sort((a, b) => a.from - b.from);
}
