/** How much a figure of b differs from the same figure of a, as far as blocks of time can tell. */
import { effectiveSize, rankBounds, shareBounds } from '../stats/bounds.ts';
import { type Interval, tQuantile } from '../stats/interval.ts';
import { quantile } from '../stats/quantile.ts';
import type { Part, Parts } from './parts.ts';

/** Fewer blocks tell too little of how blocks differ. */
export const LEAST_BLOCKS = 10;

export interface Estimate {
  a: number;
  b: number;
  /**
   * b − a with its two-sided interval; NaN where there are too few samples for this confidence.
   * @param margin see worth
   */
  at: (confidence: number, margin?: number) => Interval;
}

/**
 * Sectioning (Nakayama, Confidence intervals for quantiles using sectioning, ACM TOMACS 24(4), 2014): the difference of the
 * whole, with Student's t over how far the differences of the blocks lie from it. A block's difference is of the same time for
 * both, so what hits both alike cancels out. Of the whole it does not: where times drift, its p99 is that of the worst time, and
 * no block says how sure it is. So the interval reaches around the mean of the blocks' differences too.
 * Undefined below LEAST_BLOCKS with a value on either side.
 */
export function sectioned(a: Parts, b: Parts, value: (part: Part) => number): Estimate | undefined {
  const [whole, other] = [value(a.whole), value(b.whole)];
  if (Number.isNaN(whole + other)) return undefined;
  const delta = other - whole;
  const differences: number[] = [];
  for (let k = 0; k < a.blocks.length; k++) {
    const difference = value(b.blocks[k] as Part) - value(a.blocks[k] as Part);
    if (!Number.isNaN(difference)) differences.push(difference);
  }
  const n = differences.length;
  if (n < LEAST_BLOCKS) return undefined;
  let mean = 0;
  let squares = 0;
  for (let k = 0; k < n; k++) {
    mean += (differences[k] as number) / n;
    squares += ((differences[k] as number) - delta) ** 2;
  }
  return {
    a: whole,
    b: other,
    at(confidence, margin) {
      const independent = Math.max(2, n * worth(differences, margin));
      const error = Math.sqrt(squares / (n - 1) / independent);
      const half = tQuantile((1 + confidence) / 2, independent - 1) * error;
      return { value: delta, low: Math.min(delta, mean) - half, high: Math.max(delta, mean) + half };
    },
  };
}

/**
 * The share of these blocks that independent ones would be: (1 − r) / (1 + r) by the correlation of neighbours, r (Santer et
 * al., J. Geophys. Res. 105, 2000, eq. 6). From a short series r comes out too small by about (1 + 4 r) / n (Kendall 1954),
 * which is added back.
 * @param margin so many standard errors of r are added too
 */
export function worth(values: ArrayLike<number>, margin = 0): number {
  const n = values.length;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += (values[i] as number) / n;
  let squares = 0;
  let products = 0;
  for (let i = 0; i < n; i++) {
    const off = (values[i] as number) - mean;
    squares += off ** 2;
    if (i > 0) products += off * ((values[i - 1] as number) - mean);
  }
  // Below that all are the same, but for rounding.
  const found = squares > n * (1e-9 * mean) ** 2 ? products / squares : 0;
  const likely = Math.max(0, found + (1 + 4 * found) / n);
  const r = Math.min(0.99, likely + margin / Math.sqrt(n));
  return (1 - r) / (1 + r);
}

/**
 * A percentile far out, where a block has too few samples for one of its own. Of each target its order statistics (Conover),
 * with as many samples as those that fall into blocks together are worth; of the two, `between`.
 */
export function ofQuantile(a: Parts, b: Parts, q: number, values: (part: Part) => Float64Array): Estimate {
  const value = (parts: Parts) => quantile(values(parts.whole), q);
  const hits = (parts: Parts) => {
    const line = value(parts);
    return (part: Part) => values(part).filter((v) => v > line).length;
  };
  const effect = effectOf([a, b], hits, (part) => values(part).length);
  return between(
    a,
    b,
    (parts) => value(parts),
    (parts, confidence, margin) => {
      const sorted = values(parts.whole);
      const { low, high } = rankBounds(q, sorted.length / effect(margin), confidence);
      const at = (rank: number) => sorted[Math.floor(rank * sorted.length)] ?? Number.NaN;
      return { low: at(low), high: at(high) };
    },
  );
}

/** A share of all requests, by Clopper and Pearson's bounds of each target. */
export function ofShare(a: Parts, b: Parts, hits: (part: Part) => number, of: (part: Part) => number): Estimate {
  const effect = effectOf([a, b], () => hits, of);
  const value = ({ whole }: Parts) => hits(whole) / of(whole);
  return between(a, b, value, (parts, confidence, margin) =>
    shareBounds(value(parts), of(parts.whole) / effect(margin), confidence),
  );
}

/**
 * How many samples tell as much as one independent one would, where what is counted comes in bursts. Both targets take the
 * larger one of the two: the one without any burst so far cannot know how many come together.
 */
const effectOf =
  (targets: readonly Parts[], hits: (parts: Parts) => (part: Part) => number, of: (part: Part) => number) =>
  (margin: number): number =>
    Math.max(
      ...targets.map((parts) => {
        const counts = parts.blocks.map(hits(parts));
        const sizes = parts.blocks.map(of);
        const shares = counts.flatMap((count, k) => (sizes[k] ? [count / (sizes[k] as number)] : []));
        if (shares.every((share) => share === 0)) return 1;
        return of(parts.whole) / effectiveSize(counts, sizes) / worth(shares, margin);
      }),
    );

/**
 * The interval of a difference from an interval of each side (MOVER: Zou and Donner, Statistics in Medicine 27, 2008). It does
 * not know that the two were measured at the same time, and so is rather too wide.
 * @param bounds of one target, each at this one-sided confidence
 */
function between(
  a: Parts,
  b: Parts,
  value: (parts: Parts) => number,
  bounds: (parts: Parts, confidence: number, margin: number) => Bounds,
): Estimate {
  const [from, to] = [value(a), value(b)];
  return {
    a: from,
    b: to,
    at(confidence, margin = 0) {
      const [ofA, ofB] = [a, b].map((parts) => bounds(parts, (1 + confidence) / 2, margin)) as [Bounds, Bounds];
      return {
        value: to - from,
        low: to - from - Math.hypot(to - ofB.low, ofA.high - from),
        high: to - from + Math.hypot(ofB.high - to, from - ofA.low),
      };
    },
  };
}
type Bounds = Pick<Interval, 'low' | 'high'>;
