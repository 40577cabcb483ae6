/** Two that were each run several times, in turns. */
import type { StepResult } from '../../results.ts';
import { effectiveSize, shareBounds } from '../stats/bounds.ts';
import { betweenRepeats, betweenSides, type Change, wider } from './change.ts';
import { inCommon } from './common.ts';
import { compareRuns, figuresOf, type Run, type RunComparison, rowOf } from './compare.ts';
import { FIGURES, type FigureName, isShare } from './figures.ts';
import { LOGARITHMIC, PLAIN, type Scale, type Side } from './side.ts';
import { CONFIDENCE, giveWords, type Open } from './words.ts';

/** Answers of a repeat, the least of which one is beyond its 99th percentile. */
const LEAST_FOR_P99 = 100;

/**
 * Each repeat is one measurement of each figure: what differs between the repeats of one (restarts, caches, neighbours) is more
 * than what differs within one of them. A figure of all is the mean of its repeats, between logarithms but for shares.
 */
export function compareRepeats(a: readonly [Run, ...Run[]], b: readonly [Run, ...Run[]]): RunComparison {
  const repeats = Math.min(a.length, b.length);
  if (repeats === 1) return { ...compareRuns(a[0], b[0]), repeats };
  const { both, ...common } = inCommon(a, b);
  const open = both.flatMap(([ofA, ofB]) =>
    figuresOf([...a, ...b], [...ofA, ...ofB]).map((figure) => opened(figure, ofA, ofB)),
  );
  giveWords(open);
  return { a: a[0].name, b: b[0].name, repeats, ...common, rows: open.map(({ row }) => row) };
}

function opened(figure: FigureName, a: readonly [StepResult, ...StepResult[]], b: readonly StepResult[]): Open {
  const scale = isShare(figure) ? PLAIN : LOGARITHMIC;
  const [ofA, ofB] = [a, b].map((steps) => steps.map(FIGURES[figure].value) as number[]) as [number[], number[]];
  const row = rowOf(a[0].name, figure, meanOf(ofA, scale), meanOf(ofB, scale));
  if (!isShare(figure) && [...ofA, ...ofB].some((value) => value <= 0))
    return { row: { ...row, why: 'one of them is 0' } };
  const least = Math.min(...[...a, ...b].map(({ ok }) => ok));
  if (figure.endsWith('.p99') && least < LEAST_FOR_P99)
    return { row: { ...row, why: `a repeat has ${least} answers, it takes ${LEAST_FOR_P99}` } };
  const between = betweenRepeats(ofA, ofB, scale);
  // Where no repeat has an error they do not differ, and there may be some all the same.
  const at = figure === 'errors' ? wider(between, errorsOf([a, b])) : between;
  return { row: { ...row, ...at(CONFIDENCE) }, at };
}

const meanOf = (values: readonly number[], { to, from }: Scale): number =>
  from(values.reduce((sum, value) => sum + to(value), 0) / values.length);

/** By Clopper and Pearson, of all requests. Errors that come in some repeats and not in others count for less. */
function errorsOf(both: readonly (readonly StepResult[])[]): Change {
  const counts = both.map((steps) => {
    const asked = steps.map(({ requests, dropped }) => requests + dropped);
    const failed = steps.map(({ errorRate }, k) => errorRate * (asked[k] as number));
    const [all, bad] = [asked, failed].map((list) => list.reduce((sum, count) => sum + count, 0)) as [number, number];
    return { value: bad / all, all, effect: all / effectiveSize(failed, asked) };
  });
  const effect = Math.max(...counts.map((count) => count.effect));
  const sides = counts.map(
    ({ value, all }): Side => ({ value, at: (confidence) => shareBounds(value, all / effect, confidence) }),
  );
  return betweenSides(sides as [Side, Side], PLAIN);
}
