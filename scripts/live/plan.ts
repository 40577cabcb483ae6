import { durationMs } from '../../lib/settings/parse.ts';
import type { Inspected } from '../commands/k6.ts';

/** A k6 scenario as far as its end can be foreseen. Times are ms from the start of the load. */
export interface Planned {
  name: string;
  start: number;
  /** Absent: only `requests` end it. */
  length?: number;
  requests?: number;
}

/** Longer than any planned run: what a count that shall end a scenario is given as its limit. */
const NO_LIMIT = 12 * 3_600_000;

const time = (text: string | null | undefined): number => durationMs(text ?? '') ?? 0;

/** When each scenario begins and ends, graceful stops left out: they are as long as a request may take, and rarely used. */
export function planOf({ scenarios }: Inspected): Planned[] {
  return Object.entries(scenarios)
    .map(([name, s]): Planned => {
      const length = s.stages
        ? s.stages.reduce((sum, stage) => sum + time(stage.duration), 0)
        : time(s.duration ?? s.maxDuration);
      return {
        name,
        start: time(s.startTime),
        ...(length > 0 && length < NO_LIMIT && { length }),
        ...(s.iterations && { requests: s.iterations }),
      };
    })
    .sort((a, b) => a.start - b.start);
}
