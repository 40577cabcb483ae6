import type { Check } from '../../results.ts';
import type { Columns } from '../columns/columns.ts';
import { quantile } from '../stats/quantile.ts';
import type { Measured } from '../steps.ts';

/** Fewer tell nothing of a 99th percentile. */
const LEAST = 30;
const LATE_MS = 100;

/**
 * How much later than planned the requests of an open step started. Where the schedule is ours it is known. k6's arrival-rate
 * executors say nothing: their plan is an even spacing at the asked rate, laid so that no request comes before its time. With
 * dropped starts that plan is not known, and there is no check.
 */
export function auditStarts(columns: Columns, { data, result }: Pick<Measured, 'data' | 'result'>): Check[] {
  const { step, rows, dropped } = data;
  if (step.load.kind !== 'open' || rows.length < LEAST) return [];
  const own = result.schedule;
  const late = own ?? (dropped === 0 ? latenessOfSpacing(columns, rows, step.load.rate) : undefined);
  if (!late) return [];
  const { p50, p99, max } = late;
  const ok = p99 <= LATE_MS;
  const doubt = own
    ? `: ${result.late} of them by over ${LATE_MS} ms. All VUs were waiting (more VUS), or the client was short of CPU; the SLO counts these waits, the latencies shown do not`
    : ': the load was not as even as planned, and waits before the start are in no latency';
  return [
    {
      check: `starts.${step.name}`,
      ok,
      value: p99,
      sentence: `${step.name}: requests started late by p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)}, at most ${max.toFixed(1)} ms${ok ? '' : doubt}`,
    },
  ];
}

type Lateness = Record<'p50' | 'p99' | 'max', number>;

/** A request's place in the plan is its index, which in an execution segment counts only every so many. */
function latenessOfSpacing(columns: Columns, rows: Int32Array, rate: number): Lateness | undefined {
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
  const at = (q: number) => quantile(late, q) - earliest;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
