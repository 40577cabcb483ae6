import { loadText } from '../../load/plan.ts';
import type { Results, StepResult } from '../../results.ts';
import { loadOf } from '../limit/limit.ts';
import type { Config } from './cost.ts';

/** The GPUs that a run loaded, and what they cost. */
export interface Priced {
  name: string;
  gpus: number;
  dollarsPerGpuHour: number;
}

/** The throughputs that a run measured, and what should be known of them. */
export interface Measured {
  configs: Config[];
  notes: string[];
}

/**
 * Where a limit was looked for: saturation and knee, if a rule broke; else the highest load that held. Where no limit
 * was looked for: the knee and every steady step. Empty where no output tok/s were measured, as under the http driver.
 */
export function measuredConfigs(results: Results, priced: Priced): Measured {
  const { limit, knee } = results;
  const steps = results.steps.filter((s) => s.phase === 'steady' && s.ok > 0 && (s.throughput ?? 0) > 0);
  const config = (basis: Config['basis'], step: StepResult): Config => ({
    ...priced,
    tokensPerSecond: (basis === 'saturation' ? limit?.throughput?.tokensPerSecond : step.throughput) as number,
    basis,
    measured: true,
    load: loadText(step.load),
    ...(step.inputTokens && { inputPerRequest: step.inputTokens / step.ok }),
    ...(step.outputTokens && { outputPerRequest: step.outputTokens / step.ok }),
  });

  const broke = limit?.range[1] != null;
  const saturated = broke && limit.rule !== 'slo';
  const most = steps.findLast((s) => loadOf(s) === limit?.throughput?.load);
  const held = steps.findLast((s) => loadOf(s) === limit?.range[0]);
  const bend = steps.find((s) => s.name === knee?.step);
  const used: [Config['basis'], StepResult | undefined][] = [
    ['saturation', saturated ? most : undefined],
    ['knee', limit?.client || limit?.rule === 'slo' ? undefined : bend],
    ...(limit ? [held] : steps).map((s): [Config['basis'], typeof s] => ['run', saturated ? undefined : s]),
  ];
  const found = used.flatMap(([basis, step]) => (step ? [{ basis, step }] : []));
  return {
    configs: found.map(({ basis, step }) => config(basis, step)),
    notes: [
      ...(limit && !saturated ? [broke ? SLO_FIRST : NOT_BROKEN] : []),
      ...failedSlo(
        results,
        found.flatMap(({ basis, step }) => (basis === 'run' ? [step] : [])),
      ),
      ...doubts(
        results,
        found.map(({ step }) => step),
      ),
    ],
  };
}

const NOT_BROKEN =
  'no load broke the server: the highest that held is taken as a run, as it is; at saturation tokens would cost less';
const SLO_FIRST =
  'the highest load at which the SLO held is taken as a run, as it is; what lies beyond it is no service';

function failedSlo({ slo }: Results, runs: readonly StepResult[]): string[] {
  const failed = runs
    .filter((s) => slo.some((v) => v.step === s.name && v.verdict === 'FAIL'))
    .map(({ load }) => loadText(load));
  return failed.length > 0 ? [`the SLO failed at ${failed.join(', ')}: production cannot have that load`] : [];
}

/** What the audit found wrong with these steps, or with the run as a whole. */
function doubts({ audit }: Results, steps: readonly StepResult[]): string[] {
  const wrong = audit.filter(
    ({ check, ok }) => !ok && (!check.includes('.') || steps.some((s) => check.endsWith(`.${s.name}`))),
  );
  return wrong.length > 0 ? [`the run doubts its own figures: ${wrong.map((c) => c.check).join(', ')}`] : [];
}
