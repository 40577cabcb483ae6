import { type Plan, talks } from './load/plan.ts';
import { nonceIndex } from './workload/identity.ts';
import { canBe } from './workload/indexes.ts';
import { MOST_TURNS } from './workload/talk.ts';

/**
 * Whether a nonce is that of a request which the run has made, as far as its index tells, in whichever of its scenarios.
 * Nothing is computed before it is asked for: most runs never do.
 */
export function noncesOf({ scenarios, steps }: Plan, seed: number, runId: string) {
  return (nonce: string, reached: number): boolean => {
    const vus = steps.reduce((sum, { load }) => sum + (load.kind === 'closed' ? load.concurrency : 0), 0);
    return Object.keys(scenarios).some((name) => {
      const index = nonceIndex(seed, runId, name)(nonce);
      const talking = steps.some((step) => step.scenario === name && talks(step.load));
      return index !== undefined && canBe(index, reached, vus, talking ? MOST_TURNS : 1);
    });
  };
}
