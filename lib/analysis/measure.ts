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

  const starts = scenario.values.map(() => Number.POSITIVE_INFINITY);
  for (let row = 0; row < columns.n; row++) {
    const code = scenario.codes[row] as number;
    const at = (t[row] as number) - (connect[row] || 0);
    if (code >= 0 && at < (starts[code] as number)) starts[code] = at;
  }

  return steps.map((step) => {
    const code = scenario.values.indexOf(step.scenario);
    const phaseCode = step.shared ? phase.values.indexOf(step.phase) : -1;
    const rows: number[] = [];
    const others: number[] = [];
    let firstStart = Number.POSITIVE_INFINITY;
    let lastStart = Number.NEGATIVE_INFINITY;
    let lastEnd = Number.NEGATIVE_INFINITY;
    for (let row = 0; row < columns.n && code >= 0; row++) {
      if (scenario.codes[row] !== code) continue;
      if (warm[row] === 1 || (step.shared && phase.codes[row] !== phaseCode)) {
        others.push(row);
        continue;
      }
      rows.push(row);
      const at = t[row] as number;
      if (at < firstStart) firstStart = at;
      if (at > lastStart) lastStart = at;
      if (at + (end[row] || 0) > lastEnd) lastEnd = at + (end[row] || 0);
    }
    const { load } = step;
    if (rows.length === 0)
      return { step, rows: new Int32Array(0), beside: new Int32Array(0), from: 0, to: 0, dropped: plannedStarts(step) };
    const from = step.duration === undefined ? firstStart : (starts[code] as number) - (step.lead ?? 0) + step.offset;
    let to = step.duration === undefined ? lastEnd : from + step.duration;
    if (load.kind === 'closed' && step.requests !== undefined && rows.length >= step.requests)
      to = Math.min(to, lastEnd);
    if (endedAt < to) to = load.kind === 'open' ? lastStart + 1000 / load.rate : Math.min(to, lastEnd);
    const planned = load.kind === 'open' ? Math.round(((to - from) * load.rate) / 1000) : 0;
    const beside = others.filter((row) => (t[row] as number) < to && (t[row] as number) + (end[row] || 0) > from);
    return {
      step,
      rows: Int32Array.from(rows),
      beside: Int32Array.from(beside),
      from,
      to,
      dropped: Math.max(0, planned - rows.length),
    };
  });
}

const plannedStarts = (step: Step): number =>
  step.load.kind === 'open' ? Math.round((step.load.rate * (step.duration ?? 0)) / 1000) : 0;
