import { asking } from './asking.ts';
import { stepAt } from './load/plan.ts';
import type { Place } from './record.ts';
import type { Run, SetupData } from './run.ts';

/** What a VU does in one iteration. */
export interface Iterations {
  /** One measured request, or conversation; in a closed loop, after unmeasured requests while its warm-up lasts. */
  request: (data: SetupData) => void;
  /** One unmeasured request. */
  warmup: (data: SetupData) => void;
}

/** One request an iteration. */
export function iterations(run: Run): Iterations {
  const { now } = run;
  const { stand, ask, measure, warmUp, warmup, counting } = asking(run);
  return {
    request(data) {
      const at = stand();
      const { scenario, startTime, index: i, requests, first, step } = at;
      const place: Place = { i, scenario, step, phase: first.phase, warm: false };
      counting(place, data, () => {
        warmUp(data, at);
        if (requests.steps.length > 1) place.phase = (stepAt(requests.steps, now() - startTime) ?? first).phase;
        const due = requests.due?.(i);
        if (due !== undefined) place.due = due;
        measure(ask(data, requests, place, due === undefined ? undefined : startTime + due));
      });
    },
    warmup,
  };
}
