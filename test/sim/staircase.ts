import type { Columns } from '../../lib/analysis/columns/columns.ts';
import { evidenceOf } from '../../lib/analysis/limit/evidence.ts';
import { judgeSteps, limitOf, loadOf } from '../../lib/analysis/limit/limit.ts';
import { stepData } from '../../lib/analysis/measure.ts';
import { type Measured, measureStep } from '../../lib/analysis/steps.ts';
import type { StepResult } from '../../lib/results.ts';
import { closed, open, type Phase, type Simulation } from './simulation.ts';

/** 5 to 100 in steps of 5, as RATES=5..100:5 has them. */
export const RATES = Array.from({ length: 20 }, (_, k) => 5 * (k + 1));

/** What `saturation` finds on a simulated server: a baseline at 1 req/s, then a step a rate. Its figures are left out. */
export function staircase(sim: Simulation, rates = RATES, seconds = 60, more: Partial<Phase> = {}) {
  const { poisson = false } = more;
  const phases = [open(1, 2 * seconds, { name: 'baseline', poisson }), ...rates.map((r) => open(r, seconds, more))];
  const { columns, steps } = sim.run(phases);
  return limitIn(
    columns,
    'rate',
    stepData(columns, steps).map((data) => ({ data, result: {} as StepResult })),
  );
}

/** The same with requests in flight, and with figures. */
export function levels(sim: Simulation, values: readonly number[], seconds = 60) {
  const phases = [closed(1, 2 * seconds, { name: 'baseline' }), ...values.map((c) => closed(c, seconds))];
  const { columns, steps } = sim.run(phases);
  return limitIn(
    columns,
    'concurrency',
    stepData(columns, steps).map((data) => measureStep(columns, data, undefined)),
  );
}

function limitIn(columns: Columns, by: 'rate' | 'concurrency', measured: Pick<Measured, 'data' | 'result'>[]) {
  const [baseline, ...rest] = measured.map((m) => evidenceOf(columns, m));
  const found = judgeSteps(rest, baseline);
  return { ...found, limit: limitOf(found.judged, by, baseline && loadOf(baseline)), measured };
}
