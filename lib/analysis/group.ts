import type { RequestLimits } from '../../thresholds/slo.ts';
import type { Outcome } from '../completion.ts';
import type { AdjustedStats, Group } from '../results.ts';
import type { Columns } from './columns/columns.ts';
import type { StepData } from './measure.ts';
import { quantile, stats } from './stats/quantile.ts';

const LISTED = ['ttft', 'ttfo', 'tpot', 'e2e', 'connect', 'itlP99'] as const;

/** Values of a group's successful requests, sorted, by metric: what verdicts count misses in. */
export type Sorted = Record<(typeof LISTED)[number], Float64Array>;

/**
 * The figures of some rows of a step. `dropped` of the step's requests that never started count as failed. Loops have
 * indexes and columns are named once: a long run has millions of rows, and iterators are slow in k6's JavaScript.
 */
export function measureGroup(
  columns: Columns,
  data: StepData,
  rows: Int32Array,
  beside: Int32Array,
  limits: RequestLimits | undefined,
  dropped: number,
): { group: Group; sorted: Sorted } {
  const { step, from, to } = data;
  const seconds = (to - from) / 1000;
  const t = columns.number('t');
  const end = columns.number('end');
  const ttft = columns.number('ttft');
  const ttfo = columns.number('ttfo');
  const e2e = columns.number('e2e');
  const lag = columns.number('lag');
  const out = columns.number('out');
  const reasoning = columns.number('reasoning');
  const input = columns.number('in');
  const cached = columns.number('cached');
  const frames = columns.number('frames');
  const cold = columns.number('cold');
  const connect = columns.number('connect');
  const outcome = columns.category('outcome');
  const { gapCount, gapSum, gapP99 } = columns;
  const okCode = outcome.values.indexOf('ok');

  const times = new Int32Array(outcome.values.length);
  const okRows = new Int32Array(rows.length);
  const lists = Object.fromEntries(LISTED.map((name) => [name, listOf(rows.length)])) as Record<keyof Sorted, List>;
  let ok = 0;
  let inSlo = 0;
  let unjudged = 0;
  let inSloInside = 0;
  let outputs = 0;
  let inputs = 0;
  let cacheable = 0;
  let cachedSum = 0;
  let framesSum = 0;
  let gaps = 0;
  let gapsSum = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const code = outcome.codes[row] as number;
    times[code] = (times[code] as number) + 1;
    outputs += out[row] || 0;
    inputs += input[row] || 0;
    if ((cached[row] as number) >= 0) {
      cacheable += input[row] || 0;
      cachedSum += cached[row] as number;
    }
    framesSum += frames[row] || 0;
    if (cold[row] === 1) add(lists.connect, connect[row] || 0);
    if (code !== okCode) continue;

    okRows[ok++] = row;
    const first = ttft[row] as number;
    const streamed = first >= 0;
    add(lists.e2e, e2e[row] as number);
    if (streamed) add(lists.ttft, first);
    if ((ttfo[row] as number) >= 0) add(lists.ttfo, ttfo[row] as number);
    // Reasoning that was counted but not streamed: its tokens have no frames.
    const hidden = (reasoning[row] as number) > 0 && ttfo[row] === first;
    let tpot = 0;
    if (streamed && (out[row] as number) > 1 && (frames[row] as number) > 1 && !hidden) {
      tpot = ((e2e[row] as number) - first) / ((out[row] as number) - 1);
      add(lists.tpot, tpot);
    }
    if ((gapCount[row] as number) > 0) {
      gaps += gapCount[row] as number;
      gapsSum += gapSum[row] as number;
      add(lists.itlP99, gapP99[row] as number);
    }
    if (!limits) continue;
    if (!streamed && (limits.ttft !== undefined || limits.tpot !== undefined)) unjudged++;
    else if (!(first + Math.max(0, lag[row] || 0) > (limits.ttft ?? Infinity)) && !(tpot > (limits.tpot ?? Infinity))) {
      inSlo++;
      if (step.load.kind === 'open' || (t[row] as number) + (end[row] || 0) <= to) inSloInside++;
    }
  }

  const sorted = Object.fromEntries(
    LISTED.map((name) => [name, lists[name].values.subarray(0, lists[name].n).sort()]),
  ) as Sorted;
  const metrics: Group['metrics'] = {};
  for (const name of ['ttft', 'ttfo', 'tpot', 'e2e', 'connect'] as const) {
    const s = stats(sorted[name]);
    if (s) metrics[name] = s;
  }
  if (gaps > 0) {
    const q = columns.gapQuantiles(okRows.slice(0, ok), [0.5, 0.9, 0.95, 0.99, 0.999, 1]);
    const [p50, p90, p95, p99, p999, max] = q as [number, number, number, number, number, number];
    metrics.itl = { n: gaps, mean: gapsSum / gaps, p50, p90, p95, p99, p999, max };
  }
  const asked = rows.length + dropped;
  const missing = asked - ok;
  const judged = limits && unjudged === 0;
  return {
    sorted,
    group: {
      requests: rows.length,
      ok,
      outcomes: Object.fromEntries(
        outcome.values.flatMap((name, code) => (times[code] ? [[name, times[code]]] : [])),
      ) as Partial<Record<Outcome, number>>,
      errorRate: asked > 0 ? missing / asked : 0,
      metrics,
      adjusted: {
        ...(sorted.ttft.length > 0 && { ttft: adjusted(sorted.ttft, missing) }),
        ...(ok > 0 && { e2e: adjusted(sorted.e2e, missing) }),
      },
      ...(judged && asked > 0 && { inSlo: inSlo / asked }),
      ...(judged && seconds > 0 && { goodput: inSloInside / seconds }),
      ...(seconds > 0 && { throughput: tokensInside(columns, data, rows, beside) / seconds }),
      inputTokens: inputs,
      outputTokens: outputs,
      frames: framesSum,
      ...(cacheable > 0 && { cachedShare: Math.min(1, cachedSum / cacheable) }),
    },
  };
}

/** A list that grows inside memory it already has. */
interface List {
  values: Float64Array;
  n: number;
}
const listOf = (most: number): List => ({ values: new Float64Array(most), n: 0 });
function add(list: List, value: number): void {
  list.values[list.n++] = value;
}

/**
 * Output tokens whose frames arrived inside the window. Answers that the phase before had begun go on into it; those of
 * warm-up stay out of every figure.
 */
function tokensInside(columns: Columns, { from, to }: StepData, rows: Int32Array, beside: Int32Array): number {
  const t = columns.number('t');
  const end = columns.number('end');
  const out = columns.number('out');
  const frames = columns.number('frames');
  const warm = columns.number('warm');
  const ofRow = (row: number): number => {
    const start = t[row] as number;
    const stop = start + (end[row] || 0);
    const all = frames[row] || 0;
    if ((start >= from && stop <= to) || all === 0) return stop <= to ? out[row] || 0 : 0;
    return ((out[row] || 0) * columns.framesBetween(row, from - start, to - start)) / all;
  };
  let tokens = 0;
  for (let i = 0; i < rows.length; i++) tokens += ofRow(rows[i] as number);
  for (let i = 0; i < beside.length; i++) if (warm[beside[i] as number] !== 1) tokens += ofRow(beside[i] as number);
  return tokens;
}

/** Percentiles with so many more requests as slow as can be; null is infinity. */
function adjusted(sorted: Float64Array, infinite: number): AdjustedStats {
  const n = sorted.length + infinite;
  const at = (q: number): number | null => {
    const rank = q * (n - 1);
    if (Math.ceil(rank) >= sorted.length) return null;
    return quantile(sorted.subarray(0, Math.ceil(rank) + 1), Math.ceil(rank) === 0 ? 0 : rank / Math.ceil(rank));
  };
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99) };
}
