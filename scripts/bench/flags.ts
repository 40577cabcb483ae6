/** What a bench does, by its flags. */
import type { Command } from 'commander';
import type { Search } from '../../lib/analysis/limit/search-types.ts';
import { bad, precisionOf, START, secondsOf } from '../saturate/search.ts';

/** As commander has them: text, or absent. */
export interface PhaseFlags {
  quick?: boolean;
  warmupTime?: string;
  warmupRate?: string;
  baselineTime?: string;
  precision?: string;
  budget?: string;
  staircase?: string;
  validationTime?: string;
}

/** How long each phase takes, and how it searches. Times in s. */
export interface Phases {
  quick: boolean;
  /** 0: none. */
  warmup: { rate: number; seconds: number };
  baselineSeconds: number;
  precision: number;
  /** Of the search alone; absent: as long as it takes. */
  budget?: number;
  staircase?: NonNullable<Search['staircase']>;
  validationSeconds: number;
}

/** What is not said by a flag. */
export const DEFAULTS = {
  full: { warmupTime: '1m', baselineTime: '2m', precision: '5%', budget: undefined, validationTime: '30m' },
  quick: { warmupTime: '5s', baselineTime: '12s', precision: '10%', budget: '80s', validationTime: '15s' },
} as const;
const WARMUP_RATE = '5';

export function addPhases(command: Command): void {
  const head = 'Phases:';
  const { full, quick } = DEFAULTS;
  const options: [string, string][] = [
    ['--quick', 'all of it in about two minutes: a wider range, and a verdict that is observed, not certified'],
    [
      '--warmup-time <duration>',
      `a load that is sent before anything is measured; 0s: none (${full.warmupTime}, quick ${quick.warmupTime}). --warmup is what each k6 run sends before it measures`,
    ],
    ['--warmup-rate <number>', `its req/s (${WARMUP_RATE})`],
    [
      '--baseline-time <duration>',
      `how long --baseline is run, which all loads are compared with (${full.baselineTime}, quick ${quick.baselineTime})`,
    ],
    ['--precision <share>', `how near what broke shall be to what held (${full.precision}, quick ${quick.precision})`],
    ['--budget <duration>', `time that the search may take after the baseline (any, quick ${quick.budget})`],
    ['--staircase <from:to:by:time>', 'these loads one after the other in place of the search: 5:100:5:60s'],
    [
      '--validation-time <duration>',
      `how long the recommended load is run, and judged by --slo (${full.validationTime}, quick ${quick.validationTime})`,
    ],
  ];
  for (const [flags, help] of options) command.addOption(command.createOption(flags, help).helpGroup(head));
}

/** @throws CommandError 107 */
export function phasesOf(flags: PhaseFlags): Phases {
  const { quick = false, warmupRate = WARMUP_RATE, staircase } = flags;
  for (const name of ['precision', 'budget'] as const)
    if (staircase !== undefined && flags[name] !== undefined)
      throw bad(`--${name} ${flags[name]}`, 'a staircase says itself which loads there are', 'one of the two');
  const usual = DEFAULTS[quick ? 'quick' : 'full'];
  const { warmupTime = usual.warmupTime, baselineTime = usual.baselineTime, precision = usual.precision } = flags;
  const { validationTime = usual.validationTime, budget = staircase === undefined ? usual.budget : undefined } = flags;
  const rate = Number(warmupRate);
  if (!(rate > 0 && rate <= 1e5)) throw bad(`--warmup-rate ${warmupRate}`, 'not a rate', 'req/s above 0');
  return {
    quick,
    warmup: { rate, seconds: /^0+m?s?$/.test(warmupTime) ? 0 : timeOf('--warmup-time', warmupTime) },
    baselineSeconds: timeOf('--baseline-time', baselineTime),
    precision: precisionOf(precision),
    ...(budget !== undefined && { budget: timeOf('--budget', budget) }),
    ...(staircase !== undefined && { staircase: staircaseOf(staircase) }),
    validationSeconds: timeOf('--validation-time', validationTime),
  };
}

/** k6 takes no time below a second. */
function timeOf(flag: string, text: string): number {
  const seconds = secondsOf(flag, text);
  if (seconds < 1) throw bad(`${flag} ${text}`, 'too short', 'a second or more');
  return seconds;
}

const MOST_LOADS = 1000;

/** `5:100:5:60s` → 5, 10, … 100 req/s, a minute each. */
function staircaseOf(text: string): NonNullable<Search['staircase']> {
  const refuse = (wrong: string) =>
    bad(`--staircase ${text}`, wrong, 'from:to:by:time, rates in req/s and rising, as in 5:100:5:60s');
  const parts = text.split(':');
  const [from = Number.NaN, to = Number.NaN, by = Number.NaN] = parts.slice(0, 3).map((part) => Number(part || 'no'));
  if (parts.length !== 4) throw refuse(`${parts.length} parts, not 4`);
  if (!(from > 0 && by > 0 && to >= from && to < Number.POSITIVE_INFINITY)) throw refuse('not rising rates');
  if ((to - from) / by >= MOST_LOADS) throw refuse('more than 1000 rates');
  const loads: number[] = [];
  for (let k = 0; from + k * by <= to + by * 1e-9; k++) loads.push(Number((from + k * by).toFixed(6)));
  return { loads, seconds: timeOf('--staircase time', parts[3] as string) };
}

/** The search that is part of a bench: by the rules, since the SLO is judged by the validation. */
export const searchIn = (search: Search, { quick, baselineSeconds, budget, staircase }: Phases): Search => ({
  ...search,
  terms: [],
  baselineSeconds,
  ...(staircase ? { staircase } : quick && { quick: true as const }),
  ...(budget !== undefined && { budget: budget + baselineSeconds + START }),
});
