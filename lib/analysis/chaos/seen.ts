/** Each sign in figures, and what the whole looks like, in words. */
import type { Columns } from '../columns/columns.ts';
import { quantile } from '../stats/quantile.ts';
import { percent } from '../verdict.ts';
import type { Requests } from './requests.ts';
import type { Seen } from './result.ts';
import type { Looked, Signs } from './signs.ts';
import type { Span } from './suffering.ts';

/** A stream is looked at where so many of its gaps lie in that time. */
const GAPS = 4;

/** What came of the requests of some time, sorted. */
interface Figures {
  requests: number;
  ttft: Float64Array;
  /** Mean gaps of streams, of the part of each that came in that time; Infinity where none did. */
  gaps: Float64Array;
  /** Quantiles of all gaps. */
  itl: { p50: number; p95: number };
  perSecond: number;
}

/** @param to epoch ms */
export function figuresOf(columns: Columns, requests: Requests, from: number, to: number): Figures {
  const { n, row, start, first, last } = requests;
  const { gapCount, gapSum } = columns;
  const frames = columns.number('frames');
  const ttft: number[] = [];
  const gaps: number[] = [];
  const rows: number[] = [];
  let requestsIn = 0;
  for (let k = 0; k < n; k++) {
    const at = row[k] as number;
    const zero = start[k] as number;
    const begins = Math.max(first[k] as number, from - zero);
    const ends = Math.min(last[k] as number, to - zero);
    const count = gapCount[at] as number;
    const mean = (gapSum[at] as number) / count;
    const whole = begins === first[k] && ends === last[k];
    // Of a sample of its gaps a stream tells only its mean.
    const sampled = count < (frames[at] as number) - 1 && ends > begins;
    if (count > 0 && (whole || sampled)) gaps.push(mean);
    else if (ends - begins > GAPS * mean) gaps.push((ends - begins) / columns.framesBetween(at, begins, ends));
    if (!(zero >= from && zero < to)) continue;
    requestsIn++;
    if ((first[k] as number) < Number.POSITIVE_INFINITY) ttft.push(first[k] as number);
    if (count > 0) rows.push(at);
  }
  const [p50 = Number.NaN, p95 = Number.NaN] = columns.gapQuantiles(Int32Array.from(rows), [0.5, 0.95]);
  return {
    requests: requestsIn,
    ttft: Float64Array.from(ttft).sort(),
    gaps: Float64Array.from(gaps).sort(),
    itl: { p50, p95 },
    perSecond: (1000 * requestsIn) / (to - from),
  };
}

const ms = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));
const share = ({ n, value }: Looked['before']): number => {
  let all = 0;
  for (let k = 0; k < n; k++) all += value[k] as number;
  return n > 0 ? all / n : 0;
};

/** One for each sign that was looked at; of backends only those that fell silent. */
export function seenOf(
  { looked, silent }: Signs,
  shown: readonly Looked[],
  before: Figures,
  during: Figures,
  undone: number,
): Seen[] {
  return looked.flatMap((l): Seen[] => {
    const { sign, backend } = l;
    const is = shown.includes(l) || shown.some((s) => s.sign === sign && s.backend === backend);
    const of = (a: number, b: number, text: string): Seen[] =>
      Number.isNaN(a + b) ? [] : [{ sign, before: a, during: b, shown: is, text }];
    const [a, b] = [share(l.before), share(until(l.since, undone))];
    switch (sign) {
      case 'errors':
        return of(a, b, `errors ${percent(a)} → ${percent(b)}`);
      case 'no_answers':
        return of(a, b, `no first token within ${ms(silent)} ms: ${percent(a)} → ${percent(b)}`);
      case 'ttft':
        return change(of, 'TTFT', before.ttft, during.ttft);
      case 'itl':
        return of(
          before.itl.p50,
          during.itl.p50,
          `ITL p50 ${ms(before.itl.p50)} → ${ms(during.itl.p50)} ms, p95 ${ms(before.itl.p95)} → ${ms(during.itl.p95)}`,
        );
      case 'load':
        return of(
          before.perSecond,
          during.perSecond,
          `load ${before.perSecond.toFixed(1)} → ${during.perSecond.toFixed(1)} req/s`,
        );
      case 'backend':
        return is
          ? of(
              1 - a,
              1 - b,
              `${backend} gave ${percent(1 - a)} of the answers, then ${b === 1 ? 'none' : percent(1 - b)}`,
            )
          : [];
    }
    return sign satisfies never;
  });
}

function change(of: (a: number, b: number, text: string) => Seen[], name: string, a: Float64Array, b: Float64Array) {
  const p50 = [quantile(a, 0.5), quantile(b, 0.5)] as const;
  const p95 = [quantile(a, 0.95), quantile(b, 0.95)] as const;
  return of(p50[0], p50[1], `${name} p50 ${p50.map(ms).join(' → ')} ms, p95 ${p95.map(ms).join(' → ')}`);
}

/** What was known before a moment. */
function until(series: Looked['since'], moment: number): Looked['since'] {
  let n = 0;
  while (n < series.n && (series.known[n] as number) < moment) n++;
  return { ...series, n };
}

const HANG = 'no answers: requests hang';

/** How failures read, the first that fits. */
const FAILURES: readonly (readonly [RegExp, string])[] = [
  [/^connection .*refused/i, 'connections are refused'],
  [/^(connection|truncated) /, 'connections are reset'],
  [/^timeout_first /, HANG],
  [/^timeout_idle /, 'answers stop in the middle'],
  [/^timeout_total /, 'answers do not end in time'],
];

/** `the server answers 503`, `connections are reset`. @param failure outcome and error text, as one line */
export function failureWords(failure: string): string {
  const status = /HTTP (\d{3})/.exec(failure);
  if (status) return `the server answers ${status[1]}`;
  return FAILURES.find(([pattern]) => pattern.test(failure))?.[1] ?? `requests fail: ${failure.split(' ')[0]}`;
}

/** The commonest failure while the fault was felt; undefined without any. */
export function commonest(columns: Columns, { n, row, start, end, failed }: Requests, { injected, until: to }: Span) {
  const { values, codes } = columns.category('outcome');
  const counts = new Map<string, number>();
  let most: string | undefined;
  for (let k = 0; k < n; k++) {
    if (!failed[k] || (start[k] as number) > to || (start[k] as number) + (end[k] as number) < injected) continue;
    const at = row[k] as number;
    const words = failureWords(`${values[codes[at] as number]} ${columns.text('error', at) ?? ''}`);
    const count = (counts.get(words) ?? 0) + 1;
    counts.set(words, count);
    if (most === undefined || count > (counts.get(most) as number)) most = words;
  }
  return most;
}

/** Two factors within this of each other are one. */
const ALIKE = 1.6;
/** So many times as slowly is not at all. */
const STOPPED = 20;
/** A smaller share of the requests is said. */
const ALL = 0.75;
/** Fewer failures than this share, and the other backends carry what one had. */
const FEW = 0.1;

/** What the signs look like together: `answers begin 300 ms later`. Undefined where nothing is shown. */
export function looksLike(
  signs: Signs,
  seen: readonly Seen[],
  silent: readonly string[],
  failure: string | undefined,
  before: Figures,
  during: Figures,
): string | undefined {
  const has = (sign: Seen['sign']) => seen.some((s) => s.sign === sign && s.shown);
  const words: string[] = [];
  if (has('load')) words.push(timesText(during.perSecond / before.perSecond));
  if (has('errors') && failure !== undefined) words.push(failure);
  if (has('no_answers')) {
    if (!words.includes(HANG)) words.push(HANG);
  } else words.push(...slownessOf(signs, has('ttft'), has('itl'), before, during));
  if (silent.length > 0) {
    const carried = !has('no_answers') && seen.every((s) => s.sign !== 'errors' || s.during < FEW);
    const one = silent.length === 1;
    const others = carried ? `, others carry ${one ? 'its' : 'their'} requests` : '';
    words.push(`${silent.join(', ')} answer${one ? 's' : ''} no more${others}`);
  }
  return words.length > 0 ? words.join('; ') : undefined;
}

/** `everything takes 3.0 times as long`; of a part of the requests that is said. */
function slownessOf(signs: Signs, begin: boolean, pace: boolean, before: Figures, during: Figures): string[] {
  const late = above(during.ttft, signs.late);
  const slow = above(during.gaps, signs.slow);
  const part = (list: Float64Array, all: Float64Array) =>
    list.length < ALL * all.length ? ` for ${percent(list.length / all.length)} of requests` : '';
  const usual = quantile(before.ttft, 0.5);
  const first = quantile(late, 0.5) / usual;
  const gap = (slow[slow.length >> 1] ?? Number.NaN) / quantile(before.gaps, 0.5);
  if (begin && pace && Math.max(first / gap, gap / first) < ALIKE)
    return [`everything takes ${gap.toFixed(1)} times as long${part(late, during.ttft)}`];
  const later = late.length > 0 ? ` ${(quantile(late, 0.5) - usual).toFixed(0)} ms` : '';
  const times = gap < STOPPED ? `come ${gap.toFixed(1)} times as slowly` : gap > 0 ? 'stop coming' : 'come more slowly';
  return [
    ...(begin ? [`answers begin${later} later${part(late, during.ttft)}`] : []),
    ...(pace ? [`tokens ${times}${part(slow, during.gaps)}`] : []),
  ];
}

const timesText = (times: number): string =>
  Math.abs(times - 2) < 0.1 ? 'twice the load' : `${times.toFixed(1)} times the load`;

const above = (sorted: Float64Array, line: number): Float64Array => sorted.filter((v) => v > line);
