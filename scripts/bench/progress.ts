/** Where a bench is: the status line that is shown while it runs. */
import { clock, type Live } from '../live/live.ts';
import type { LineOf } from '../saturate/parts.ts';

export const PHASES = ['warm-up', 'baseline', 'search', 'validation'] as const;
export type Phase = (typeof PHASES)[number];

/** @param doing what it does at the moment: `16 req/s` @param endsAt epoch ms at which all of it will be over, about */
export function lineOf(phase: Phase, doing: string, endsAt: number, now: () => number = Date.now): LineOf {
  const head = `${PHASES.indexOf(phase) + 1}/${PHASES.length} ${phase} · ${doing}`;
  return (live: Pick<Live, 'brief'>) => {
    const left = Math.round((endsAt - now()) / 1000);
    return [head, left > 0 ? `${clock(left)} left` : 'finishing', live.brief()].filter(Boolean).join(' · ');
  };
}
