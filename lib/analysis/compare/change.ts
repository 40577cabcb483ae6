/** The interval of the change from one of each to the other: a share of the first, or the difference of two shares. */
import { tQuantile } from '../stats/interval.ts';
import type { Bounds, Scale, Side } from './side.ts';

/** At a two-sided confidence; NaN where there are too few samples. */
export type Change = (confidence: number) => Bounds;

/** Of two runs, by the bounds of each (MOVER: Zou and Donner, Statistics in Medicine 27, 2008). */
export function betweenSides([a, b]: readonly [Side, Side], { to, from }: Scale): Change {
  const delta = to(b.value) - to(a.value);
  const of = (off: number) => from(delta + off) - from(0);
  return (confidence) => {
    const [ofA, ofB] = [a, b].map((side) => side.at((1 + confidence) / 2)) as [Bounds, Bounds];
    const down = Math.hypot(to(b.value) - to(ofB.low), to(ofA.high) - to(a.value));
    const up = Math.hypot(to(ofB.high) - to(b.value), to(a.value) - to(ofA.low));
    return { low: of(-down), high: of(up) };
  };
}

/**
 * Of two that were each run several times: a run is one measurement, and what differs between the runs of one is all that is
 * known of chance (Welch, Biometrika 34, 1947). Pairs of neighbours would say less: they have half as many degrees of freedom.
 */
export function betweenRepeats(a: readonly number[], b: readonly number[], { to, from }: Scale): Change {
  const [x, y] = [a, b].map((values) => spreadOf(values.map(to))) as [Spread, Spread];
  const all = x.variance + y.variance;
  const df = all ** 2 / (x.variance ** 2 / (a.length - 1) + y.variance ** 2 / (b.length - 1));
  return (confidence) => {
    const half = all > 0 ? tQuantile((1 + confidence) / 2, df) * Math.sqrt(all) : 0;
    return { low: from(y.mean - x.mean - half) - from(0), high: from(y.mean - x.mean + half) - from(0) };
  };
}

/** The mean, and its variance. */
interface Spread {
  mean: number;
  variance: number;
}

function spreadOf(values: readonly number[]): Spread {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, variance: squares / (n - 1) / n };
}

/** As wide as the wider of the two at either end. */
export const wider =
  (one: Change, other: Change): Change =>
  (confidence) => {
    const [x, y] = [one(confidence), other(confidence)];
    return { low: Math.min(x.low, y.low), high: Math.max(x.high, y.high) };
  };
