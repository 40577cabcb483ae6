/** What is looked at for signs of a fault: the same observations before it and since, and the charts that compare them. */
import type { Columns } from '../columns/columns.ts';
import { shareBounds } from '../stats/bounds.ts';
import {
  arrivalChart,
  type Chart,
  type Series,
  type Shown,
  shareCharts,
  shownIn,
  silenceChart,
  usualOf,
  valueCharts,
} from './evidence.ts';
import { paceOf, push, seriesOf } from './pace.ts';
import { byTime, type Requests } from './requests.ts';
import type { Sign } from './result.ts';

/** Slower than before by less than these is not looked at: a factor, and ms for a first token and for a gap. */
const FACTOR = 1.15;
const TTFT_MS = 5;
const GAP_MS = 1;
/** No first token for so many times as long as it could have taken: the request hangs. */
const HANGS = 5;
/** False alarms of all signs of a run together. */
const FALSE_ALARMS = 0.0005;

export interface Looked {
  sign: Sign;
  /** Which one, where the sign is of a backend. */
  backend?: string;
  before: Series;
  since: Series;
  charts: (before: Series) => Chart[];
  shown: Shown | undefined;
}

export interface Signs {
  looked: Looked[];
  /** Of these the first half of the time before and the second are not alike. */
  unsteady: Looked[];
  /** ms after which a first token is late, and after which a request hangs. */
  late: number;
  silent: number;
  /** A mean gap that is slower than those before, ms; NaN where there were none. */
  slow: number;
  /** ms of a bin in which paces are taken. */
  bin: number;
}

/** @param from epoch ms from which the load was as it was before the fault @param injected epoch ms at which the fault was asked for */
export function signsOf(columns: Columns, requests: Requests, from: number, injected: number): Signs {
  const { n, start, first, end, failed } = requests;
  const ended = (k: number) => (start[k] as number) + (end[k] as number);
  const usual: number[] = [];
  for (let k = 0; k < n; k++)
    if ((start[k] as number) >= from && (start[k] as number) + (first[k] as number) < injected)
      usual.push(first[k] as number);
  const { line } = usualOf(Float64Array.from(usual));
  const late = line * FACTOR + TTFT_MS || Number.POSITIVE_INFINITY;
  const silent = HANGS * late;
  const pace = paceOf(columns, requests, injected);

  const errors = seriesOf(n);
  const ttft = seriesOf(n);
  const hangs = seriesOf(n);
  const arrivals = seriesOf(n);
  const known = new Float64Array(n);
  const signOfLife = new Float64Array(n);
  const all = new Int32Array(n);
  for (let k = 0; k < n; k++) {
    all[k] = k;
    const at = start[k] as number;
    const token = first[k] as number;
    const patience = token < Number.POSITIVE_INFINITY ? pace.bin : late;
    signOfLife[k] = failed[k] ? at + (requests.last[k] as number) : ended(k);
    known[k] = Math.min(ended(k), (signOfLife[k] as number) + patience);
    if (k > 0) push(arrivals, at - (start[k - 1] as number), at, at);
    // What failed at once has told nothing of how long answers take.
    if (token === Number.POSITIVE_INFINITY && (end[k] as number) < late) continue;
    push(ttft, token, at + Math.min(token, late), at);
    push(hangs, token > silent ? 1 : 0, at + Math.min(token, late), at);
  }
  const order = byTime(all, known);
  for (let i = 0; i < n; i++) {
    const k = order[i] as number;
    push(errors, failed[k] as number, known[k] as number, signOfLife[k] as number);
  }

  const list: Omit<Looked, 'shown' | 'before' | 'since'>[] = [];
  const series: Series[] = [];
  const look = (sign: Sign, seen: Series, charts: Looked['charts'], backend?: string) => {
    list.push({ sign, charts, ...(backend !== undefined && { backend }) });
    series.push(seen);
  };
  const shares = ({ n: of, value }: Series) => shareCharts(sum(value), of);
  look('errors', errors, shares);
  look('no_answers', hangs, shares);
  look('ttft', ttft, slower(TTFT_MS));
  look('itl', pace, slower(GAP_MS));
  look('load', arrivals, ({ n: of, value }) => (of > 0 ? [arrivalChart(sum(value) / of)] : []));
  const { values, codes } = columns.category('backend');
  values.forEach((name, code) => {
    look(
      'backend',
      silenceOf(requests, codes, code, from, injected),
      ({ n: of, value }) => {
        const given = of - sum(value);
        return of > 0 ? silenceChart(shareBounds(given / of, of, 0.95).low) : [];
      },
      name,
    );
  });

  /** Charts of all signs together, one more than there are so that no observation at all is none. */
  const bar = Math.log(((n + 1) * (4 * 4 + values.length)) / FALSE_ALARMS);
  const looked = list.map((each, i): Looked => {
    const [before, since] = splitAt(series[i] as Series, from, injected);
    return { ...each, before, since, shown: shownIn(before, since, each.charts(before), bar) };
  });
  const unsteady = looked.filter(({ sign, before, charts }) => {
    if (sign === 'load' || sign === 'backend') return false;
    const middle = before.known[before.n >> 1] ?? 0;
    const [one, other] = splitAt(before, from, middle);
    return shownIn(one, other, charts(one), bar) !== undefined;
  });
  return {
    looked,
    unsteady,
    late,
    silent,
    slow: slowest(requests, columns, from, injected),
    bin: pace.bin,
  };
}

/** Charts of values that are to be slower than before by more than FACTOR and so many ms. */
const slower =
  (ms: number) =>
  ({ n, value }: Series): Chart[] =>
    n > 0
      ? valueCharts(usualOf(value.slice(0, n))).map(
          (chart): Chart =>
            (v) =>
              chart((v - ms) / FACTOR),
        )
      : [];

/**
 * Of each answer of which it is known who gave it: 1 where another backend did. That one is missing is known when as much time has
 * passed as lay between its answers before.
 */
function silenceOf(
  { n, row, start }: Requests,
  codes: Int32Array,
  backend: number,
  from: number,
  injected: number,
): Series {
  const series = seriesOf(n);
  const code = (k: number) => codes[row[k] as number] as number;
  let given = 0;
  for (let k = 0; k < n; k++)
    if (code(k) === backend && (start[k] as number) >= from && (start[k] as number) < injected) given++;
  const usual = given > 0 ? (injected - from) / given : 0;
  for (let k = 0; k < n; k++)
    if (code(k) >= 0) push(series, code(k) === backend ? 0 : 1, (start[k] as number) + usual, start[k] as number);
  return series;
}

/** What was known from `from` on and before `at`, and what later. */
function splitAt(series: Series, from: number, at: number): [Series, Series] {
  const [before, since] = [seriesOf(series.n), seriesOf(series.n)];
  for (let k = 0; k < series.n; k++) {
    const known = series.known[k] as number;
    if (known >= from) push(known < at ? before : since, series.value[k] as number, known, series.until[k] as number);
  }
  return [shortened(before), shortened(since)];
}

const shortened = ({ n, value, known, until }: Series): Series => ({
  n,
  value: value.subarray(0, n),
  known: known.subarray(0, n),
  until: until.subarray(0, n),
});

function sum(values: Float64Array): number {
  let all = 0;
  for (let k = 0; k < values.length; k++) all += values[k] as number;
  return all;
}

/** The line of mean gaps before the fault. */
function slowest(
  { n, row, start, end }: Requests,
  { gapCount, gapSum }: Columns,
  from: number,
  injected: number,
): number {
  const means: number[] = [];
  for (let k = 0; k < n; k++) {
    const at = row[k] as number;
    const gaps = gapCount[at] as number;
    const early = (start[k] as number) >= from && (start[k] as number) + (end[k] as number) < injected;
    if (gaps > 0 && early) means.push((gapSum[at] as number) / gaps);
  }
  return usualOf(Float64Array.from(means)).line * FACTOR + GAP_MS;
}
