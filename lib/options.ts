import { ALWAYS, gateThresholds, sloThresholds } from '../thresholds/thresholds.ts';
import { submetrics } from './analysis/submetrics.ts';
import type { Plan } from './load/plan.ts';
import { isGated } from './question.ts';
import type { Run } from './run.ts';

/** Every threshold of a test: the SLO's, the guards, and empty ones that make k6 keep a sub-metric. */
export function testThresholds(
  plan: Plan,
  run: Pick<Run, 'terms' | 'models' | 'profiles' | 'routing' | 'router' | 'chaos' | 'echo'>,
): Record<string, string[]> {
  const { terms, models, profiles, routing, echo } = run;
  const result: Record<string, string[]> = {};
  const judging = sloThresholds(terms, plan.steps, routing, echo);
  for (const part of [submetrics(plan.steps, models, profiles), judging, ALWAYS]) {
    for (const [name, list] of Object.entries(part)) result[name] = [...(result[name] ?? []), ...list];
  }
  return isGated(run) ? { ...result, ...gateThresholds() } : result;
}
