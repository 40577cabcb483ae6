import type { Term } from '../thresholds/slo.ts';
import { ALWAYS, sloThresholds } from '../thresholds/thresholds.ts';
import { submetrics } from './analysis/submetrics.ts';
import type { Plan } from './load/plan.ts';

/** Every threshold of a test: the SLO's, the guards, and empty ones that make k6 keep a sub-metric. */
export function testThresholds(
  plan: Plan,
  terms: readonly Term[],
  models: readonly string[],
  routing: boolean,
): Record<string, string[]> {
  const result: Record<string, string[]> = {};
  for (const part of [submetrics(plan.steps, models), sloThresholds(terms, plan.steps, routing), ALWAYS]) {
    for (const [name, list] of Object.entries(part)) result[name] = [...(result[name] ?? []), ...list];
  }
  return result;
}
