import { judgeRun } from '../../lib/analysis/analyze.ts';
import type { Run } from '../../lib/analysis/compare/compare.ts';
import { parseSlo, requestLimits } from '../../thresholds/slo.ts';
import type { Model } from './servers.ts';
import { type Phase, Simulation } from './simulation.ts';

const wanted = { stream: true, driver: 'native', ignoreEos: false, caching: false };

/** A run of its own in virtual time, as `llmload compare` reads it. */
export function runOf(name: string, model: Model, phases: readonly Phase[], seed: number, slo = ''): Run {
  const { columns, steps } = new Simulation(model, seed).run(phases);
  const terms = parseSlo(slo);
  const { measured } = judgeRun(columns, { steps, terms, wanted });
  const limits = terms.length > 0 ? requestLimits(terms) : undefined;
  return { name, steps: measured.map(({ result }) => result), records: { columns, measured, limits } };
}
