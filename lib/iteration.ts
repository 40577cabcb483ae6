import { asking, loadTag, type OwnWork } from './asking.ts';
import type { Completion } from './completion.ts';
import { stepAt } from './load/plan.ts';
import type { Place } from './record.ts';
import type { Requests, Run, SetupData } from './run.ts';
import { after, type Soon } from './soon.ts';
import { furtherIndex } from './workload/indexes.ts';

/** What a VU does in one iteration. */
export interface Iterations {
  /** One measured request, or conversation; in a closed loop, after unmeasured requests while its warm-up lasts. */
  request: (data: SetupData) => Soon<unknown>;
  /** One unmeasured request. */
  warmup: (data: SetupData) => Soon<unknown>;
}

/**
 * `request` for iterations of one's own, which may ask more than once and read the answer. The tcp driver, which only
 * dist/cloud has, gives a promise of it.
 */
export type Ask = (data: SetupData, own?: OwnWork) => Completion;

/** One request an iteration. */
export function iterations(run: Run): Iterations & { ask: Ask } {
  const { now } = run;
  const { stand, ask, measure, warmUp, warmup, counting } = asking(run);

  let last: Requests | undefined;
  let lastIndex = 0;
  let further = 0;

  function measured(data: SetupData, own?: OwnWork): Soon<Completion> {
    const at = stand();
    const { scenario, startTime, index: i, requests, first, step, due, plannedAt } = at;
    further = requests === last && i === lastIndex ? further + 1 : 0;
    last = requests;
    lastIndex = i;
    const place: Place = { i, scenario, step, phase: first.phase, warm: false };
    const once = () => {
      if (requests.steps.length > 1) {
        const current = stepAt(requests.steps, now() - startTime) ?? first;
        place.phase = current.phase;
        place.step = loadTag(current);
      }
      if (further > 0) return ask(data, requests, place, { own, index: furtherIndex(i, further) });
      if (plannedAt === undefined) return ask(data, requests, place, own && { own });
      if (due !== undefined) place.due = due;
      return ask(data, requests, place, { own, plannedAt });
    };
    return counting(place, data, () => after(after(warmUp(data, at), once), measure));
  }
  return { request: measured, ask: measured as Ask, warmup };
}
