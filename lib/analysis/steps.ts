import type { RequestLimits } from '../../thresholds/slo.ts';
import type { Outcome } from '../completion.ts';
import type { AdjustedStats, Group, StepResult } from '../results.ts';
import type { Columns } from './columns.ts';
import type { StepData } from './measure.ts';
import { quantile, stats } from './quantile.ts';

const LATE_MS = 100;

/** Values of a group's successful requests, sorted, by metric: what verdicts count misses in. */
export type Sorted = Record<'ttft' | 'ttfo' | 'tpot' | 'e2e' | 'connect' | 'itlP99', Float64Array>;

/** Everything about one step: the figures shown, and the values behind them. */
export interface Measured {
  data: StepData;
  result: StepResult;
  sorted: Sorted;
}

export function measureStep(columns: Columns, data: StepData, limits: RequestLimits | undefined): Measured {
  const { step, rows, beside, from, to, dropped } = data;
  const seconds = (to - from) / 1000;
  const t = columns.number('t');
  const end = columns.number('end');
  const lag = columns.number('lag');
  const inside = (start: number, stop: number) => Math.max(0, Math.min(stop, to) - Math.max(start, from));
  let inFlight = 0;
  let endedInside = 0;
  let late = 0;
  for (const row of rows) {
    const start = t[row] as number;
    const stop = start + (end[row] || 0);
    inFlight += inside(start, stop);
    if (stop <= to) endedInside++;
    if ((lag[row] as number) > LATE_MS) late++;
  }
  for (const row of beside) inFlight += inside(t[row] as number, (t[row] as number) + (end[row] || 0));
  const { group, sorted } = measureGroup(columns, data, rows, beside, limits, dropped);
  const models = columns.category('model');
  const answers = columns.category('answered');
  const perModel = models.values.flatMap((model, code) => {
    const own = rows.filter((row) => models.codes[row] === code);
    if (own.length === 0) return [];
    const answered: Record<string, number> = {};
    for (const row of own) {
      const name = answers.values[answers.codes[row] as number];
      if (name !== undefined) answered[name] = (answered[name] ?? 0) + 1;
    }
    if (own.length === rows.length) return [{ model, answered, ...group }];
    const ownBeside = beside.filter((row) => models.codes[row] === code);
    return [{ model, answered, ...measureGroup(columns, data, own, ownBeside, limits, 0).group }];
  });
  const { load } = step;
  const started = load.kind === 'open' ? rows.length : endedInside;
  const result: StepResult = {
    name: step.name,
    scenario: step.scenario,
    phase: step.phase,
    load,
    window: { from, to },
    ...(load.kind === 'open' && { asked: load.rate }),
    achieved: seconds > 0 ? started / seconds : 0,
    dropped,
    late,
    ...(seconds > 0 && { inFlight: inFlight / (to - from) }),
    ...group,
    perModel,
  };
  return { data, result, sorted };
}

/** The figures of some rows of a step; `dropped` of the step's requests that never started count as failed. */
function measureGroup(
  columns: Columns,
  { step, from, to }: StepData,
  rows: Int32Array,
  beside: Int32Array,
  limits: RequestLimits | undefined,
  dropped: number,
): { group: Group; sorted: Sorted } {
  const seconds = (to - from) / 1000;
  const [t, end, ttft, ttfo, e2e, lag, out, reasoning, input, frames, cold, connect, warm] =
    (
    // biome-ignore format: one line reads better
    ['t', 'end', 'ttft', 'ttfo', 'e2e', 'lag', 'out', 'reasoning', 'in', 'frames', 'cold', 'connect', 'warm'] as const
  ).map((c) => columns.number(c)) as Columns13;
  const outcome = columns.category('outcome');
  const okCode = outcome.values.indexOf('ok');

  const outcomes: Partial<Record<Outcome, number>> = {};
  const lists: Record<keyof Sorted, number[]> = { ttft: [], ttfo: [], tpot: [], e2e: [], connect: [], itlP99: [] };
  const okRows: number[] = [];
  let [inSlo, unjudged, inSloInside, tokens, outputs, inputs, framesSum, gapCount, gapSum] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0,
  ];
  /** Tokens of this row whose frames arrived inside the window. */
  const tokensInside = (row: number): number => {
    const start = t[row] as number;
    const stop = start + (end[row] || 0);
    const rowFrames = frames[row] || 0;
    if ((start >= from && stop <= to) || rowFrames === 0) return stop <= to ? out[row] || 0 : 0;
    return ((out[row] || 0) * columns.framesBetween(row, from - start, to - start)) / rowFrames;
  };
  // Answers that the phase before had begun go on into the window; warm-up stays out of every figure.
  for (const row of beside) if (warm[row] !== 1) tokens += tokensInside(row);
  for (const row of rows) {
    const name = outcome.values[outcome.codes[row] as number] as Outcome;
    outcomes[name] = (outcomes[name] ?? 0) + 1;
    const [rowOut, rowFrames, rowTtft, rowE2e] = [
      out[row] || 0,
      frames[row] || 0,
      ttft[row] as number,
      e2e[row] as number,
    ];
    outputs += rowOut;
    inputs += input[row] || 0;
    framesSum += rowFrames;
    tokens += tokensInside(row);
    if (cold[row] === 1) lists.connect.push(connect[row] || 0);
    if (outcome.codes[row] !== okCode) continue;

    okRows.push(row);
    lists.e2e.push(rowE2e);
    if (rowTtft >= 0) lists.ttft.push(rowTtft);
    if ((ttfo[row] as number) >= 0) lists.ttfo.push(ttfo[row] as number);
    // Reasoning that was counted but not streamed: its tokens have no frames.
    const hidden = (reasoning[row] as number) > 0 && ttfo[row] === rowTtft;
    const timed = rowTtft >= 0 && rowOut > 1 && rowFrames > 1 && !hidden;
    const rowTpot = timed ? (rowE2e - rowTtft) / (rowOut - 1) : undefined;
    if (rowTpot !== undefined) lists.tpot.push(rowTpot);
    if ((columns.gapCount[row] as number) > 0) {
      gapCount += columns.gapCount[row] as number;
      gapSum += columns.gapSum[row] as number;
      lists.itlP99.push(columns.gapP99[row] as number);
    }
    if (!limits) continue;
    if (!(rowTtft >= 0) && (limits.ttft !== undefined || limits.tpot !== undefined)) unjudged++;
    else if (
      !(rowTtft + Math.max(0, lag[row] || 0) > (limits.ttft ?? Infinity)) &&
      !((rowTpot ?? 0) > (limits.tpot ?? Infinity))
    ) {
      inSlo++;
      if (step.load.kind === 'open' || (t[row] as number) + (end[row] || 0) <= to) inSloInside++;
    }
  }

  const sorted = Object.fromEntries(Object.entries(lists).map(([k, v]) => [k, Float64Array.from(v).sort()])) as Sorted;
  const asked = rows.length + dropped;
  const ok = okRows.length;
  const metrics: Group['metrics'] = {};
  for (const name of ['ttft', 'ttfo', 'tpot', 'e2e', 'connect'] as const) {
    const s = stats(sorted[name]);
    if (s) metrics[name] = s;
  }
  if (gapCount > 0) {
    const q = columns.gapQuantiles(Int32Array.from(okRows), [0.5, 0.9, 0.95, 0.99, 0.999, 1]);
    const [p50, p90, p95, p99, p999, max] = q as [number, number, number, number, number, number];
    metrics.itl = { n: gapCount, mean: gapSum / gapCount, p50, p90, p95, p99, p999, max };
  }
  const missing = asked - ok;
  const judged = limits && unjudged === 0;
  return {
    sorted,
    group: {
      requests: rows.length,
      ok,
      outcomes,
      errorRate: asked > 0 ? missing / asked : 0,
      metrics,
      adjusted: {
        ...(sorted.ttft.length > 0 && { ttft: adjusted(sorted.ttft, missing) }),
        ...(ok > 0 && { e2e: adjusted(sorted.e2e, missing) }),
      },
      ...(judged && asked > 0 && { inSlo: inSlo / asked }),
      ...(judged && seconds > 0 && { goodput: inSloInside / seconds }),
      ...(seconds > 0 && { throughput: tokens / seconds }),
      inputTokens: inputs,
      outputTokens: outputs,
      frames: framesSum,
    },
  };
}
type A = Float64Array;
type Columns13 = [A, A, A, A, A, A, A, A, A, A, A, A, A];

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
