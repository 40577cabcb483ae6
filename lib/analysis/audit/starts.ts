import type { Check } from '../../results.ts';
import type { Columns } from '../columns/columns.ts';
import type { StepData } from '../measure.ts';
import { quantile } from '../stats/quantile.ts';

/** Fewer tell nothing of a 99th percentile. */
const LEAST = 30;
const LATE_MS = 100;

/**
 * How much later than planned the requests of an open step started. Where the schedule is ours each record says it (`lag`).
 * k6's arrival-rate executors say nothing: their plan is an even spacing at the asked rate, laid so that no request comes
 * before its time. With dropped starts that plan is not known, and there is no check.
 */
export function auditStarts(columns: Columns, data: StepData): Check[] {
  const { step, rows, dropped } = data;
  if (step.load.kind !== 'open' || rows.length < LEAST) return [];
  const late = ownLags(columns, rows) ?? (dropped === 0 ? lagsOfSpacing(columns, rows, step.load.rate) : undefined);
  if (!late) return [];
  const [p50, p99, max] = [quantile(late, 0.5), quantile(late, 0.99), quantile(late, 1)];
  const ok = p99 <= LATE_MS;
  return [
    {
      check: `starts.${step.name}`,
      ok,
      value: p99,
      sentence: `${step.name}: requests started late by p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)}, at most ${max.toFixed(1)} ms${ok ? '' : ': the load was not as even as planned, and waits before the start are in no latency'}`,
    },
  ];
}

/** Sorted. */
function ownLags(columns: Columns, rows: Int32Array): Float64Array | undefined {
  const lag = columns.number('lag');
  const late = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const value = lag[rows[i] as number] as number;
    if (!(value > Number.NEGATIVE_INFINITY)) return undefined;
    late[i] = value;
  }
  return late.sort();
}

/** Sorted. A request's place in the plan is its index, which in an execution segment counts only every so many. */
function lagsOfSpacing(columns: Columns, rows: Int32Array, rate: number): Float64Array | undefined {
  const t = columns.number('t');
  const connect = columns.number('connect');
  const index = columns.number('i');
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < rows.length; i++) {
    const at = index[rows[i] as number] as number;
    if (at < first) first = at;
    if (at > last) last = at;
  }
  if (!(last - first >= rows.length - 1)) return undefined;
  const apart = ((1000 / rate) * (rows.length - 1)) / (last - first);
  const origin = t[rows[0] as number] as number;
  const late = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    late[i] = (t[row] as number) - (connect[row] || 0) - origin - ((index[row] as number) - first) * apart;
  }
  late.sort();
  const earliest = late[0] as number;
  for (let i = 0; i < late.length; i++) late[i] = (late[i] as number) - earliest;
  return late;
}
