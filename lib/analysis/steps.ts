import type { RequestLimits } from '../../thresholds/slo.ts';
import { LATE_MS } from '../load/plan.ts';
import type { StepResult } from '../results.ts';
import type { Columns } from './columns/columns.ts';
import { measureGroup, type Sorted } from './group.ts';
import type { StepData } from './measure.ts';
import { scheduleOf } from './schedule.ts';

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
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const start = t[row] as number;
    const stop = start + (end[row] || 0);
    inFlight += inside(start, stop);
    if (stop <= to) endedInside++;
    if ((lag[row] as number) > LATE_MS) late++;
  }
  for (const row of beside) inFlight += inside(t[row] as number, (t[row] as number) + (end[row] || 0));
  const { group, sorted } = measureGroup(columns, data, rows, beside, limits, dropped);
  const answers = columns.category('answered');
  /** The rows of each value of a category, and their figures. */
  const parts = <T>({ values, codes }: { values: readonly T[]; codes: Int32Array }) => {
    const owns = rowsByCode(rows, codes, values.length);
    const besides = rowsByCode(beside, codes, values.length);
    return values.flatMap((value, code) => {
      const own = owns[code] as Int32Array;
      if (own.length === 0) return [];
      if (own.length === rows.length) return [{ value, own, group }];
      return [{ value, own, group: measureGroup(columns, data, own, besides[code] as Int32Array, limits, 0).group }];
    });
  };
  const perModel = parts(columns.category('model')).map(({ value: model, own, group: ofModel }) => {
    const answered: Record<string, number> = {};
    const times = new Int32Array(answers.values.length);
    for (let i = 0; i < own.length; i++) {
      const answer = answers.codes[own[i] as number] as number;
      if (answer >= 0) times[answer] = (times[answer] as number) + 1;
    }
    answers.values.forEach((name, answer) => {
      if (times[answer]) answered[name] = times[answer];
    });
    return { model, answered, ...ofModel };
  });
  const perProfile = parts(columns.category('profile')).map(({ value, group: ofProfile }) => ({
    profile: value,
    ...ofProfile,
  }));
  const perTurn = parts(turnsOf(columns)).map(({ value: turn, group: ofTurn }) => ({ turn, ...ofTurn }));
  const schedule = scheduleOf(columns, rows, dropped);
  const { load } = step;
  const started = load.kind === 'open' ? (data.started ?? rows.length) : endedInside;
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
    ...(perProfile.length > 0 && { perProfile }),
    ...(perTurn.length > 0 && { perTurn }),
    ...(schedule && { schedule }),
  };
  return { data, result, sorted };
}

/** The rows of each code below n, in one pass over them: a conversation may have hundreds of turns. */
function rowsByCode(rows: Int32Array, codes: Int32Array, n: number): Int32Array[] {
  const counts = new Int32Array(n);
  for (let i = 0; i < rows.length; i++) {
    const code = codes[rows[i] as number] as number;
    if (code >= 0) counts[code] = (counts[code] as number) + 1;
  }
  const lists = Array.from(counts, (count) => new Int32Array(count));
  counts.fill(0);
  for (let i = 0; i < rows.length; i++) {
    const code = codes[rows[i] as number] as number;
    if (code < 0) continue;
    const at = counts[code] as number;
    (lists[code] as Int32Array)[at] = rows[i] as number;
    counts[code] = at + 1;
  }
  return lists;
}

interface Turns {
  values: number[];
  codes: Int32Array;
}

/** Every step asks for the turns of all rows. */
const TURNS = new WeakMap<Columns, Turns>();

/** The turns of conversations as a category: 1, 2, … */
function turnsOf(columns: Columns): Turns {
  const known = TURNS.get(columns);
  if (known) return known;
  const turn = columns.number('turn');
  const codes = new Int32Array(columns.n);
  let most = 0;
  for (let row = 0; row < columns.n; row++) {
    const value = turn[row] || 0;
    codes[row] = value - 1;
    if (value > most) most = value;
  }
  const turns = { values: Array.from({ length: most }, (_, k) => k + 1), codes };
  TURNS.set(columns, turns);
  return turns;
}
