import type { Step } from '../load/plan.ts';
import type { Columns } from './columns.ts';

/** The measured requests of one step, and when they count. */
export interface StepData {
  step: Step;
  /** Rows of the step that started inside its window; warm-up is not among them. */
  rows: Int32Array;
  /** Rows of the scenario's other phases, warm-up included, that were still or already under way inside the window. */
  beside: Int32Array;
  /** Epoch ms. */
  from: number;
  to: number;
  /** Requests that the plan asked for and that never started. */
  dropped: number;
}

/**
 * Sorts records into the steps of a plan. A scenario's start is its first request, warm-up included; windows count from
 * there (or from `lead` before it). A step that only a count ends lasts until its last answer.
 * @param endedAt epoch ms; a run that ended before its plan did has shorter windows
 */
export function stepData(columns: Columns, steps: readonly Step[], endedAt = Number.POSITIVE_INFINITY): StepData[] {
  const t = columns.number('t');
  const end = columns.number('end');
  const connect = columns.number('connect');
  const warm = columns.number('warm');
  const scenario = columns.category('scenario');
  const phase = columns.category('phase');

  const gathered = steps.map((step) => gather(step, step.shared ? phase.values.indexOf(step.phase) : undefined));
  /** By scenario code. */
  const stepsOf = scenario.values.map((name) => gathered.filter((g) => g.step.scenario === name));
  const starts = scenario.values.map(() => Number.POSITIVE_INFINITY);
  // One pass over the rows, with indexes: a long run has millions, and iterators are slow in k6's JavaScript.
  for (let row = 0; row < columns.n; row++) {
    const code = scenario.codes[row] as number;
    const own = stepsOf[code];
    if (!own) continue;
    const at = t[row] as number;
    const asked = at - (connect[row] || 0);
    if (asked < (starts[code] as number)) starts[code] = asked;
    for (let k = 0; k < own.length; k++) {
      const g = own[k] as Gathered;
      if (warm[row] === 1 || (g.phaseCode !== undefined && phase.codes[row] !== g.phaseCode)) {
        g.others.push(row);
        continue;
      }
      g.rows.push(row);
      if (at < g.firstStart) g.firstStart = at;
      if (at > g.lastStart) g.lastStart = at;
      if (at + (end[row] || 0) > g.lastEnd) g.lastEnd = at + (end[row] || 0);
    }
  }

  return gathered.map(({ step, rows, others, firstStart, lastStart, lastEnd }) => {
    const { load } = step;
    if (rows.length === 0)
      return { step, rows: new Int32Array(0), beside: new Int32Array(0), from: 0, to: 0, dropped: plannedStarts(step) };
    const start = starts[scenario.values.indexOf(step.scenario)] as number;
    const from = step.duration === undefined ? firstStart : start - (step.lead ?? 0) + step.offset;
    let to = step.duration === undefined ? lastEnd : from + step.duration;
    if (load.kind === 'closed' && step.requests !== undefined && rows.length >= step.requests)
      to = Math.min(to, lastEnd);
    if (endedAt < to) to = load.kind === 'open' ? lastStart + 1000 / load.rate : Math.min(to, lastEnd);
    const planned = load.kind === 'open' ? Math.round(((to - from) * load.rate) / 1000) : 0;
    const beside = others.filter((row) => (t[row] as number) < to && (t[row] as number) + (end[row] || 0) > from);
    return { step, rows: int32(rows), beside: int32(beside), from, to, dropped: Math.max(0, planned - rows.length) };
  });
}

interface Gathered {
  step: Step;
  /** Only rows of this phase are the step's. */
  phaseCode: number | undefined;
  rows: number[];
  others: number[];
  firstStart: number;
  lastStart: number;
  lastEnd: number;
}

const gather = (step: Step, phaseCode: number | undefined): Gathered => ({
  step,
  phaseCode,
  rows: [],
  others: [],
  firstStart: Number.POSITIVE_INFINITY,
  lastStart: Number.NEGATIVE_INFINITY,
  lastEnd: Number.NEGATIVE_INFINITY,
});

/** Int32Array.from would iterate. */
function int32(values: readonly number[]): Int32Array {
  const array = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) array[i] = values[i] as number;
  return array;
}

const plannedStarts = (step: Step): number =>
  step.load.kind === 'open' ? Math.round((step.load.rate * (step.duration ?? 0)) / 1000) : 0;
