import type { Step } from '../load/plan.ts';
import type { Columns } from './columns/columns.ts';

/** The measured requests of one step, and when they count. */
export interface StepData {
  step: Step;
  /** Rows of the step that started inside its window; warm-up is not among them. */
  rows: Int32Array;
  /**
   * All other rows, warm-up included, that were still or already under way inside the window: long answers overlap. Where targets
   * are compared, only the target's own.
   */
  beside: Int32Array;
  /** Epoch ms. */
  from: number;
  to: number;
  /** Requests that the plan asked for and that never started. */
  dropped: number;
  /** Requests that began in it, where that is not the number of its rows. */
  started?: number;
}

/**
 * Sorts records into the steps of a plan. Windows count from their scenario's start (or from `lead` before it): where the
 * schedule is ours each record tells it, else it is the first request, warm-up included. A step that only a count ends lasts
 * until its last answer.
 * @param endedAt epoch ms; a run that ended before its plan did has shorter windows
 */
export function stepData(columns: Columns, steps: readonly Step[], endedAt = Number.POSITIVE_INFINITY): StepData[] {
  const t = columns.number('t');
  const end = columns.number('end');
  const connect = columns.number('connect');
  const due = columns.number('due');
  const lag = columns.number('lag');
  const index = columns.number('i');
  const warm = columns.number('warm');
  const scenario = columns.category('scenario');
  const phase = columns.category('phase');

  const gathered = steps.map((step, k) => gather(k, step, step.shared ? phase.values.indexOf(step.phase) : undefined));
  /** By scenario code. */
  const stepsOf = scenario.values.map((name) => gathered.filter((g) => g.step.scenario === name));
  const starts = scenario.values.map(() => Number.POSITIVE_INFINITY);
  /** By row: its step, or −1. */
  const owner = new Int32Array(columns.n).fill(-1);
  // One pass over the rows, with indexes: a long run has millions, and iterators are slow in k6's JavaScript.
  for (let row = 0; row < columns.n; row++) {
    const code = scenario.codes[row] as number;
    const own = stepsOf[code];
    if (!own) continue;
    const at = t[row] as number;
    const start = at - (connect[row] || 0) - ((due[row] as number) + (lag[row] as number) || 0);
    if (start < (starts[code] as number)) starts[code] = start;
    for (let k = 0; k < own.length; k++) {
      const g = own[k] as Gathered;
      if (warm[row] === 1 || (g.phaseCode !== undefined && phase.codes[row] !== g.phaseCode)) continue;
      owner[row] = g.index;
      g.rows.push(row);
      if (at < g.firstStart) g.firstStart = at;
      if (at > g.lastStart) g.lastStart = at;
      if (at + (end[row] || 0) > g.lastEnd) g.lastEnd = at + (end[row] || 0);
    }
  }

  const found = gathered.map(({ step, rows, firstStart, lastStart, lastEnd }): StepData => {
    const { load } = step;
    const beside = new Int32Array(0);
    const start = starts[scenario.values.indexOf(step.scenario)] as number;
    const begins = start - (step.lead ?? 0) + step.offset;
    if (rows.length === 0)
      return { step, rows: beside, beside, from: 0, to: 0, dropped: endedAt < begins ? 0 : startsByRate(step) };
    const from = step.duration === undefined ? firstStart : begins;
    let to = step.duration === undefined ? lastEnd : from + step.duration;
    if (load.kind === 'closed' && step.requests !== undefined && rows.length >= step.requests)
      to = Math.min(to, lastEnd);
    if (load.kind === 'open' && step.requests !== undefined) {
      const missing = unstarted(step, rows, index);
      // Until its step is over a start is late; k6 drops what is missing then.
      const cut = endedAt < to && missing > 0;
      if (cut) to = Math.min(to, lastStart + 1000 / load.rate);
      return { step, rows: int32(rows), beside, from, to, dropped: cut ? 0 : missing };
    }
    const cut = endedAt < to;
    // Phases that share a scenario begin half a spacing before a request, other steps with one.
    const after = (step.shared ? 500 : 1000) / (load.kind === 'open' ? load.rate : 1);
    if (cut) to = load.kind === 'open' ? lastStart + after : Math.min(to, lastEnd);
    const started = rows.length + (cut && load.kind === 'open' ? cutOff(rows, index) : 0);
    const planned = startsByRate({ ...step, duration: to - from });
    return { step, rows: int32(rows), beside, from, to, dropped: Math.max(0, planned - started) };
  });
  addBeside(columns, found, owner);
  found.forEach((data, k) => {
    const next = found[k + 1];
    if (data.step.shared && next?.step.scenario === data.step.scenario) movedOn(data, next);
  });
  return found;
}

/** A start that comes a moment after its phase is over is missing there, and one too many in the next. */
function movedOn(data: StepData, next: StepData): void {
  const more = next.rows.length - startsByRate({ ...next.step, duration: next.to - next.from });
  if (next.step.load.kind === 'open' && more > 0) data.dropped = Math.max(0, data.dropped - more);
}

/** Finds for each step the rows of others that reach into its window. Rows come almost in order, so a place is soon found. */
function addBeside(columns: Columns, found: StepData[], owner: Int32Array): void {
  const t = columns.number('t');
  const end = columns.number('end');
  const order = found.map((_, k) => k).filter((k) => (found[k] as StepData).to > 0);
  order.sort((a, b) => (found[a] as StepData).from - (found[b] as StepData).from);
  const windows = order.map((k) => found[k] as StepData);
  const lists = windows.map((): number[] => []);
  const scenario = columns.category('scenario');
  /** The scenario that goes to the window's target. */
  const only = windows.map(({ step }) => (step.target ? scenario.values.indexOf(step.scenario) : undefined));
  let latest = Number.NEGATIVE_INFINITY;
  /** The latest end of any window up to here. */
  const upTo = windows.map((w) => {
    latest = Math.max(latest, w.to);
    return latest;
  });
  let k = 0;
  for (let row = 0; row < columns.n; row++) {
    const start = t[row] as number;
    const stop = start + (end[row] || 0);
    while (k > 0 && (upTo[k - 1] as number) > start) k--;
    while (k < windows.length && (upTo[k] as number) <= start) k++;
    for (let j = k; j < windows.length; j++) {
      const w = windows[j] as StepData;
      if (w.from >= stop) break;
      if (w.to > start && order[j] !== owner[row] && (only[j] === undefined || only[j] === scenario.codes[row]))
        (lists[j] as number[]).push(row);
    }
  }
  for (let j = 0; j < windows.length; j++) (windows[j] as StepData).beside = int32(lists[j] as number[]);
}

interface Gathered {
  index: number;
  step: Step;
  /** Only rows of this phase are the step's. */
  phaseCode: number | undefined;
  rows: number[];
  firstStart: number;
  lastStart: number;
  lastEnd: number;
}

const gather = (index: number, step: Step, phaseCode: number | undefined): Gathered => ({
  index,
  step,
  phaseCode,
  rows: [],
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

/** Requests that had started, since there are later ones, and whose answers the end of the run cut off: they have no record. */
function cutOff(rows: readonly number[], index: Float64Array): number {
  const own = sortedIndexes(rows, index);
  let apart = Number.POSITIVE_INFINITY; // of an execution segment's indexes
  for (let k = 1; k < own.length; k++) apart = Math.min(apart, (own[k] as number) - (own[k - 1] as number));
  const span = (own[own.length - 1] as number) - (own[0] as number);
  return apart > 0 ? Math.max(0, Math.round(span / apart) + 1 - own.length) : 0;
}

/**
 * Requests of our own schedule that never started. They are taken in their order, so what is missing comes after the last
 * one. An execution segment has not all of them: it has its last one where the rest is no further than its requests lie apart,
 * and else of the rest as large a share as of those before, give or take one.
 */
function unstarted(step: Step, rows: readonly number[], index: Float64Array): number {
  const { requests = 0 } = step;
  const own = sortedIndexes(rows, index);
  const last = own[own.length - 1] as number;
  let apart = Math.round(requests / Math.max(1, startsByRate(step)));
  for (let k = 1; k < own.length; k++) apart = Math.max(apart, (own[k] as number) - (own[k - 1] as number));
  const rest = requests - 1 - last;
  return rest < apart ? 0 : Math.round((rest * rows.length) / (last + 1));
}

function sortedIndexes(rows: readonly number[], index: Float64Array): Float64Array {
  const own = new Float64Array(rows.length);
  for (let k = 0; k < own.length; k++) own[k] = index[rows[k] as number] as number;
  return own.sort();
}

const startsByRate = ({ load, duration = 0 }: Step): number =>
  load.kind === 'open' ? Math.round((load.rate * duration) / 1000) : 0;
