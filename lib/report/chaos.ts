import type { Extra } from '../analysis/analyze.ts';
import { judgeChaos } from '../analysis/chaos/chaos.ts';

/** What a fault did, and whether the server withstood it. */
export const judgesChaos: Extra = {
  find: () => ({}),
  judge: (columns, measured, question) => (question.faults ? { chaos: [judgeChaos(columns, measured, question)] } : {}),
  text: () => [],
};
