import { baselineSeconds } from '../../lib/analysis/limit/search-time.ts';
import type { Search } from '../../lib/analysis/limit/search-types.ts';
import { steady } from '../../lib/load/steady.ts';
import { timeText } from '../../lib/report/table.ts';
import { durationMs } from '../../lib/settings/parse.ts';
import { parseSettings } from '../../lib/settings/settings.ts';
import { flagOf } from '../../lib/settings/table.ts';
import { parseSlo } from '../../thresholds/slo.ts';
import { CommandError, EXIT } from '../commands/exit.ts';
import { LOADS, READS } from './settings.ts';

/** s that k6 and the request that finds the server idle take. */
export const START = 2;

/** A flag that cannot be used. */
export const bad = (what: string, wrong: string, allowed: string): CommandError =>
  new CommandError(`${what}: ${wrong}; allowed: ${allowed}`, EXIT.badSetting);

/** @param others flags that say how much is searched @throws CommandError 107 where a load is asked for */
export function refuseLoads(flags: Readonly<Record<string, unknown>>, others: string): void {
  for (const name of LOADS) {
    const flag = flagOf(name);
    if (flags[flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())] !== undefined)
      throw bad(`--${flag}`, 'the search sets the load itself', others);
  }
}

/** `5%` or `0.05`. @throws CommandError 107 */
export function precisionOf(text: string): number {
  const share = /%$/.test(text) ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (share >= 0.005 && share <= 1) return share;
  throw bad(`--precision ${text}`, 'not a share', '0.5% to 100%');
}

/** s. @throws CommandError 107 */
export function secondsOf(flag: string, text: string): number {
  const ms = durationMs(text);
  if (ms === undefined) throw bad(`${flag} ${text}`, 'not a duration', 'as in 90s, 15m, 1h');
  return ms / 1000;
}

/**
 * The search that flags and settings ask for; how long an answer takes is not known yet.
 * @throws CommandError 107
 */
export function searchOf(by: string, precision: number, set: NodeJS.ProcessEnv): Search {
  if (by !== 'rate' && by !== 'concurrency') throw bad(`--by ${by}`, 'unknown', 'rate, concurrency');
  const { arrival, baseline, slo, confidence, driver } = parseSettings(set, READS);
  const terms = parseSlo(slo);
  if (by === 'concurrency' && !Number.isInteger(baseline))
    throw bad(`BASELINE="${baseline}"`, 'not a whole number', 'requests in flight, with --by concurrency');
  if (by === 'concurrency' && set.ARRIVAL)
    throw bad(`ARRIVAL="${set.ARRIVAL}"`, 'in a closed loop answers say when requests start', '--by rate');
  if (driver === 'http') throw bad('DRIVER="http"', 'a search needs the records that bin/k6 keeps', 'auto, native');
  const random = by === 'rate' && steady(arrival).kind !== 'constant';
  return { by, random, baseline, precision, terms, confidence, alone: 0, overhead: START };
}

/** The same within a time. @throws CommandError 107 where it is too short */
export function within(search: Search, budget: string): Search {
  const seconds = secondsOf('--budget', budget);
  const least = baselineSeconds(search) + START;
  if (seconds < least) throw bad(`--budget ${budget}`, 'too short', `the baseline alone takes ${timeText(least)}`);
  return { ...search, budget: seconds };
}
