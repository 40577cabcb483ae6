/** Steps as the page speaks of them. */
import { loadOf } from '../lib/analysis/limit/limit.ts';
import type { Results, StepResult } from '../lib/results.ts';
import { loadText } from './format.ts';

export const unitOf = ({ load }: Pick<StepResult, 'load'>): 'req/s' | 'in flight' =>
  load.kind === 'open' ? 'req/s' : 'in flight';

/** `40 req/s` */
export const loadName = (step: StepResult): string => `${loadText(loadOf(step))} ${unitOf(step)}`;

/** What a step is called, where that is not its load: `baseline`, `ramp up`. */
export const ownName = ({ name }: StepResult): string => name.replace(/^step_[\d_]*\d(_|$)/, '').replaceAll('_', ' ');

/** `40 req/s`; of a step that is called otherwise its name too: `baseline, 2 req/s`, `ramp up, 8 in flight`. */
export const stepName = (step: StepResult): string => [ownName(step), loadName(step)].filter(Boolean).join(', ');

/** The name of a step by the name it has in the results. */
export const nameOfStep = (steps: readonly StepResult[], name: string): string => {
  const step = steps.find((s) => s.name === name);
  return step ? stepName(step) : name;
};

/** Words that have names of steps in them. */
export const inWords = (steps: readonly StepResult[], text: string): string =>
  text.replace(/\bstep_\w+/g, (name) => nameOfStep(steps, name));

const sent = (step: StepResult): boolean => step.requests + step.dropped > 0;

/** The steady steps in order of load, if there are several loads: what can be drawn against load. */
export function levels({ steps }: Results): StepResult[] {
  const steady = steps.filter((s) => s.phase === 'steady' && sent(s)).sort((a, b) => loadOf(a) - loadOf(b));
  return new Set(steady.map(loadOf)).size > 1 && new Set(steady.map(unitOf)).size === 1 ? steady : [];
}

/** The step that the run is about: the one that judged, what a fault did, else the highest that held, else the longest steady one. */
export function leadingStep({ steps, bench, limit, chaos = [] }: Results): StepResult | undefined {
  const seen = steps.filter(sent);
  const held = limit?.range[0];
  const fault = chaos.length === 1 ? chaos[0] : undefined;
  return (
    seen.find((s) => s.name === (bench?.validation ?? fault?.steps.during)) ??
    (held == null ? undefined : seen.findLast((s) => loadOf(s) === held)) ??
    seen.filter((s) => s.phase === 'steady').sort((a, b) => b.requests - a.requests)[0] ??
    seen[0]
  );
}
