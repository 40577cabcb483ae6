import type { Phase } from '../../load/plan.ts';
import { quantile } from '../stats/quantile.ts';
import type { Measured } from '../steps.ts';
import type { Requests } from './requests.ts';
import type { FaultNote } from './result.ts';

/** Epoch ms at which something was asked for, and by which it was done by the injector's own word: it took effect between them. */
export interface Done {
  asked: number;
  at: number;
}

/** When a fault was made and undone; null: never, or it could not be. */
export interface Times {
  name: string;
  injected: Done | null;
  restored: Done | null;
  /** Why the injector could not do its work. */
  error?: string;
}

/** The steps before, while and after. */
export type Phases = Partial<Record<'pre' | 'during' | 'post', Measured>>;

export function phasesOf(measured: readonly Measured[]): Phases {
  const of = (phase: Phase) => measured.find((m) => m.data.step.phase === phase);
  const [pre, during, post] = [of('pre'), of('during'), of('post')];
  return { ...(pre && { pre }), ...(during && { during }), ...(post && { post }) };
}

/** By what was noted; where nothing is and the load itself jumps, the jump is the fault. */
export function timesOf(faults: readonly FaultNote[], { pre, during, post }: Phases): Times {
  const done = faults.filter((f) => f.error === undefined);
  const inject = done.find((f) => f.did === 'inject');
  const restore = done.findLast((f) => f.did === 'restore');
  const error = faults.findLast((f) => f.error !== undefined && !(f.did === 'restore' && restore))?.error;
  if (faults.length === 0 && pre && during && rateOf(during) > rateOf(pre)) {
    const begin = ({ data }: Measured) => (data.rows.length > 0 ? { asked: data.from, at: data.from } : null);
    const times = Number((rateOf(during) / rateOf(pre)).toPrecision(3));
    return { name: `${times}× load`, injected: begin(during), restored: post ? begin(post) : null };
  }
  return {
    name: (inject ?? faults[0])?.name ?? 'fault',
    injected: inject ? doneOf(inject) : null,
    restored: inject && restore ? doneOf(restore) : null,
    ...(error !== undefined && { error }),
  };
}

/** An injector whose clock is behind ours may say that it was done before it was asked. */
const doneOf = ({ asked, at = asked }: FaultNote): Done => ({ asked: Math.min(asked, at), at });

const rateOf = ({ data: { step } }: Measured): number => (step.load.kind === 'open' ? step.load.rate : 0);

/** ms from one request to the next before the fault. */
export const spacingOf = (pre: Measured): number => 1000 / (rateOf(pre) || pre.result.achieved);

/** Epoch ms: answers that the load has just begun with fill the server up, until then less is under way than later. */
export function settledFrom({ n, start, end }: Requests, from: number, injected: number): number {
  const ends: number[] = [];
  for (let k = 0; k < n; k++) if ((start[k] as number) < injected) ends.push(end[k] as number);
  const fills = quantile(Float64Array.from(ends).sort(), 0.9) || 0;
  return from + Math.min(fills, (injected - from) / 2);
}
