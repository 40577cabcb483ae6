import { LATENCIES } from '../../thresholds/slo.ts';
import { FAILURES, type Outcome } from '../completion.ts';
import { type Step, selector } from '../load/plan.ts';
import type { Group, Stats, StepResult } from '../results.ts';

/** handleSummary's `metrics`, as far as it is read. */
export type SummaryMetrics = Record<string, { values: Record<string, number> } | undefined>;

/** Trends, and counters, that each step shows; k6 keeps a sub-metric only if a threshold names it. */
const SHOWN = ['llm_requests', 'llm_errors', 'llm_output_tokens', 'llm_in_slo', 'llm_e2e', 'llm_ttft', 'llm_tpot'];

/** Empty thresholds that make k6 keep the sub-metrics of these steps, models and profiles. */
export function submetrics(
  steps: readonly Step[],
  models: readonly string[],
  profiles: readonly string[] = [],
): Record<string, string[]> {
  const parts = ['', ...models.map((m) => `,model:${m}`), ...profiles.map((p) => `,profile:${p}`)];
  const names = steps.flatMap((step) => [
    ...(step.load.kind === 'open' ? [`dropped_iterations{scenario:${step.scenario}}`] : []),
    ...parts.flatMap((part) => SHOWN.map((metric) => `${metric}{${selector(step)}${part}}`)),
  ]);
  return Object.fromEntries([...names, ...FAILURES.map((f) => `llm_requests{outcome:${f}}`)].map((name) => [name, []]));
}

const trend = (values: Record<string, number> | undefined): Partial<Stats> | undefined =>
  values?.count
    ? {
        n: values.count,
        mean: values.avg as number,
        p50: values['p(50)'] as number,
        p90: values['p(90)'] as number,
        p95: values['p(95)'] as number,
        p99: values['p(99)'] as number,
        p999: values['p(99.9)'] as number,
        max: values.max as number,
      }
    : undefined;

/**
 * Step results out of k6's own sub-metrics: what any k6 can tell without records. Windows are the plan's, as far as the run
 * went; times of tokens are there where the driver took them, ITL and TTFO where the SLO speaks of them.
 */
export function stepsOf(
  metrics: SummaryMetrics,
  steps: readonly Step[],
  models: readonly string[],
  runMs: number,
  profiles: readonly string[] = [],
): StepResult[] {
  let start = 0;
  return steps.map((step) => {
    const length = Math.max(0, Math.min(step.duration ?? Number.POSITIVE_INFINITY, runMs - start - step.offset));
    const dropped = droppedOf(metrics, step, length);
    const group = groupOf(metrics, selector(step), dropped);
    if (!step.shared) start += step.offset + (step.duration ?? 0);
    return {
      name: step.name,
      scenario: step.scenario,
      phase: step.phase,
      load: step.load,
      window: { from: 0, to: length },
      ...(step.load.kind === 'open' && { asked: step.load.rate }),
      achieved: length > 0 ? (group.requests * 1000) / length : 0,
      late: 0,
      ...group,
      dropped,
      perModel: models.map((model) => ({
        model,
        answered: {},
        ...groupOf(metrics, `${selector(step)},model:${model}`, 0),
      })),
      ...(profiles.length > 0 && {
        perProfile: profiles.map((profile) => ({
          profile,
          ...groupOf(metrics, `${selector(step)},profile:${profile}`, 0),
        })),
      }),
    };
  });
}

/** Of a scenario with several steps k6 does not say in which it dropped: what is missing in this one. */
function droppedOf(metrics: SummaryMetrics, step: Step, length: number): number {
  const dropped = metrics[`dropped_iterations{scenario:${step.scenario}}`]?.values.count ?? 0;
  if (!step.shared || step.load.kind !== 'open') return dropped;
  const sent = metrics[`llm_requests{${selector(step)}}`]?.values.count ?? 0;
  return Math.min(dropped, Math.max(0, Math.round((step.load.rate * length) / 1000) - sent));
}

function groupOf(metrics: SummaryMetrics, where: string, dropped: number): Group {
  const values = (metric: string) => metrics[`${metric}{${where}}`]?.values;
  const requests = values('llm_requests')?.count ?? 0;
  const ok = Math.round(requests * (1 - (values('llm_errors')?.rate ?? 0)));
  const asked = requests + dropped;
  const found: Group['metrics'] = {};
  for (const name of LATENCIES) {
    const s = trend(values(`llm_${name}`));
    if (s) found[name] = s;
  }
  const { passes = 0, fails = 0 } = values('llm_in_slo') ?? {};
  return {
    requests,
    ok,
    outcomes: {},
    errorRate: asked > 0 ? (asked - ok) / asked : 0,
    metrics: found,
    // Without a TTFT only failures have a sample: no share, unless every request was judged.
    ...(requests > 0 && passes + fails === requests && { inSlo: passes / asked }),
    outputTokens: values('llm_output_tokens')?.count ?? 0,
  };
}

/** How often each failure happened in the whole run. */
export const failureCounts = (metrics: SummaryMetrics): { outcome: Outcome; count: number }[] =>
  FAILURES.flatMap((outcome) => {
    const count = metrics[`llm_requests{outcome:${outcome}}`]?.values.count ?? 0;
    return count > 0 ? [{ outcome, count }] : [];
  });
