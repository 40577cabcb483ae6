import { stepData } from '../../lib/analysis/measure.ts';
import { measureStep } from '../../lib/analysis/steps.ts';
import type { Phase, Simulation } from './simulation.ts';

/** What the last of some phases came to. */
export function measureLast(sim: Simulation, phases: readonly Phase[]) {
  const { columns, steps } = sim.run(phases);
  const data = stepData(columns, steps).at(-1);
  if (!data) throw new Error('no step');
  return { columns, result: measureStep(columns, data, undefined).result };
}
