import { LATE_MS } from '../../load/plan.ts';
import type { Check, Schedule, StepResult } from '../../results.ts';
import type { Columns } from '../columns/columns.ts';
import { quantile } from '../stats/quantile.ts';
import type { Measured } from '../steps.ts';

/** Fewer tell nothing of a 99th percentile. */
const LEAST = 30;

/**
 * Whether the requests of an open step started when they were planned. Where the schedule is ours that is known. k6's
 * arrival-rate executors say nothing: their plan is an even spacing at the asked rate, laid so that no request comes before its
 * time. With dropped starts that plan is not known, and there is no check.
 */
export function auditStarts(columns: Columns, { data, result }: Pick<Measured, 'data' | 'result'>): Check[] {
  const { step, rows, dropped } = data;
  if (step.load.kind !== 'open' || rows.length < LEAST) return [];
  if (result.schedule) return [auditSchedule(result, result.schedule)];
  const late = dropped === 0 ? latenessOfSpacing(columns, rows, step.load.rate) : undefined;
  if (!late) return [];
  const ok = late.p99 <= LATE_MS;
  return [
    {
      check: `starts.${step.name}`,
      ok,
      value: late.p99,
      sentence: `${step.name}: requests started late by ${said(late)}${ok ? '' : ': the load was not as even as planned, and waits before the start are in no latency'}`,
    },
  ];
}

/** The value is the share of the planned requests that were not on time. */
function auditSchedule({ name, late }: StepResult, schedule: Schedule): Check {
  const off = 1 - schedule.onTime;
  const ok = schedule.p99 <= LATE_MS;
  const doubt = `, ${late} of them by over ${LATE_MS} ms: all VUs were waiting (more VUS), or the client was short of CPU. The SLO counts these waits, the latencies shown do not`;
  return {
    check: `schedule.${name}`,
    ok,
    value: off,
    sentence: `${name}: ${(100 * schedule.onTime).toFixed(1)} % of the planned requests started within 10 ms of their plan; late by ${said(schedule)}${ok ? '' : doubt}`,
  };
}

/** The same without records, of the whole run: k6's own percentiles of llm_schedule_lag. */
export function auditLag(late: Lateness): Check {
  const ok = late.p99 <= LATE_MS;
  return {
    check: 'starts',
    ok,
    value: late.p99,
    sentence: `planned requests started late by ${said(late)}${ok ? '' : ': all VUs were waiting (more VUS), or the client was short of CPU. These waits are in no latency shown'}`,
  };
}

type Lateness = Record<'p50' | 'p99' | 'max', number>;

const said = ({ p50, p99, max }: Lateness): string =>
  `p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)}, at most ${max.toFixed(1)} ms`;

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
