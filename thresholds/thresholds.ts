import type { Step } from '../lib/load/plan.ts';
import { selector } from '../lib/load/plan.ts';
import { allowedOf, type Term } from './slo.ts';

type Thresholds = Record<string, string[]>;

const AGGREGATION = {
  p50: 'p(50)',
  p90: 'p(90)',
  p95: 'p(95)',
  p99: 'p(99)',
  'p99.9': 'p(99.9)',
  max: 'max',
  mean: 'avg',
} as const;

/**
 * An SLO as k6 thresholds on the judged steps. Each is guarded by a count, because k6 passes a threshold on a metric
 * without samples. `routing`: an answer by another model fails the run, and so does a model that never answered; `echo`: an
 * answer to another request does. Terms that
 * need a division by a step's time (goodput, throughput) have none: they are judged from the records, in teardown, which
 * speaks through llm_slo_failed and llm_verdicts.
 */
export function sloThresholds(
  terms: readonly Term[],
  steps: readonly Step[],
  routing = false,
  echo = false,
): Thresholds {
  const thresholds: Thresholds = {};
  const add = (metric: string, expression: string) => {
    thresholds[metric] = [...(thresholds[metric] ?? []), expression];
  };
  if (routing) add('llm_requests{outcome:wrong_model}', 'count<1');
  if (echo) add('llm_requests{outcome:swapped}', 'count<1');
  if (terms.length === 0 && !routing) return thresholds;
  Object.assign(thresholds, gateThresholds());
  for (const step of steps.filter((s) => s.judged && !ofFault(s) && terms.length > 0)) {
    const where = `{${selector(step)}}`;
    add(`llm_requests${where}`, 'count>=1');
    if (terms.some((t) => ['ttft', 'ttfo', 'tpot', 'itl', 'in_slo', 'goodput'].includes(t.metric)))
      add(`llm_ttft_samples${where}`, 'count>=1');
    if (terms.some((t) => t.metric === 'e2e')) add(`llm_requests{${selector(step)},outcome:ok}`, 'count>=1');
    for (const term of terms) {
      if ('stat' in term) add(`llm_${term.metric}${where}`, `${AGGREGATION[term.stat]}${term.op}${term.limit}`);
      else if (term.metric === 'in_slo') add(`llm_in_slo${where}`, `rate${term.op}${term.limit}`);
      else if (term.metric === 'errors') {
        add(`llm_errors${where}`, `rate${term.op}${term.limit}`);
        const planned = step.load.kind === 'open' && step.duration ? (step.load.rate * step.duration) / 1000 : 0;
        if (planned) add(`dropped_iterations{scenario:${step.scenario}}`, `count<=${allowedOf(planned, term)}`);
      }
    }
  }
  return thresholds;
}

/** Only records tell which requests of these phases a fault hit, and in which of them k6 dropped some. */
const ofFault = ({ phase }: Step): boolean => phase === 'pre' || phase === 'during' || phase === 'post';

/** What teardown says of the records: nothing failed, and that it has judged. */
export const gateThresholds = (): Thresholds => ({ llm_slo_failed: ['count<1'], llm_verdicts: ['count>=1'] });

/** Whatever the SLO, an exception in a scenario never passes: k6 itself would exit with 0. */
export const ALWAYS: Thresholds = { 'llm_requests{outcome:exception}': ['count<1'] };
