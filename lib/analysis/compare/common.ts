/** Which steps of runs can be compared: they go by their names. */
import { loadText } from '../../load/plan.ts';
import type { StepResult } from '../../results.ts';
import type { Run, RunComparison } from './compare.ts';

/** A step of all runs of one kind, and of all of the other. */
type Both = readonly [a: [StepResult, ...StepResult[]], b: [StepResult, ...StepResult[]]];

export function inCommon(
  a: readonly Run[],
  b: readonly Run[],
): Pick<RunComparison, 'only' | 'loads' | 'searched'> & { both: Both[] } {
  const [ofA, ofB] = [stepsOf(a), stepsOf(b)];
  const named = [...ofA].flatMap(([name, steps]): Both[] => {
    const others = ofB.get(name);
    return others ? [[steps, others]] : [];
  });
  const [[x], [y]] = [a, b].map((runs) => runs.map(({ searched }) => searched)) as [
    [Run['searched']],
    [Run['searched']],
  ];
  // A search that took another load in one of them did not measure the same; of runs as planned it is told with the settings.
  const searches = x !== undefined || y !== undefined;
  const alike = ([[one], [other]]: Both) =>
    searches ? JSON.stringify(one.load) === JSON.stringify(other.load) : one.load.kind === other.load.kind;
  const missing = (from: Map<string, unknown>, there: Map<string, unknown>) =>
    [...from.keys()].filter((name) => !there.has(name));
  return {
    both: named.filter(alike),
    only: { a: missing(ofA, ofB), b: missing(ofB, ofA) },
    loads: named
      .filter((pair) => !alike(pair))
      .map(([[one], [other]]) => ({ step: one.name, a: loadText(one.load), b: loadText(other.load) })),
    ...(searches && { searched: { ...(x && { a: x }), ...(y && { b: y }) } }),
  };
}

/** The steps that all of these runs have, each of all runs. */
function stepsOf(runs: readonly Run[]): Map<string, [StepResult, ...StepResult[]]> {
  const [first = [], ...others] = runs.map(({ steps }) => steps.filter(isCompared));
  return new Map(
    first.flatMap((step) => {
      const repeats = others.flatMap((steps) => steps.find(({ name }) => name === step.name) ?? []);
      return repeats.length === others.length ? [[step.name, [step, ...repeats]]] : [];
    }),
  );
}

/** While load rises or falls nothing stands still long enough. */
const isCompared = ({ phase, requests }: StepResult): boolean =>
  requests > 0 && phase !== 'ramp_up' && phase !== 'ramp_down';
