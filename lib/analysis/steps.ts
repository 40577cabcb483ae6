import type { RequestLimits } from '../../thresholds/slo.ts';
import type { StepResult } from '../results.ts';
import type { Columns } from './columns/columns.ts';
import { measureGroup, type Sorted } from './group.ts';
import type { StepData } from './measure.ts';
import { scheduleOf } from './schedule.ts';

const LATE_MS = 100;

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
  const parts = ({ values, codes }: ReturnType<Columns['category']>) =>
    values.flatMap((value, code) => {
      const own = rows.filter((row) => codes[row] === code);
      if (own.length === 0) return [];
      if (own.length === rows.length) return [{ value, own, group }];
      const ownBeside = beside.filter((row) => codes[row] === code);
      return [{ value, own, group: measureGroup(columns, data, own, ownBeside, limits, 0).group }];
    });
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
  const schedule = scheduleOf(columns, rows, dropped);
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
    ...(perProfile.length > 0 && { perProfile }),
    ...(schedule && { schedule }),
  };
  return { data, result, sorted };
}
