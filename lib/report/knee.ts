import type { Extra } from '../analysis/analyze.ts';
import { kneeOf } from '../analysis/limit/knee.ts';
import { fold } from './table.ts';

/** The knee of the steps, where they have one. */
export const findsKnee: Extra = {
  find(_, measured) {
    const knee = kneeOf(measured.map((m) => m.result));
    return knee ? { knee } : {};
  },
  // A client that gives out bends the curve too.
  text: ({ knee, limit }) => (knee && !limit?.client ? fold(knee.sentence) : []),
};
