import type { Lengths } from '../settings/lengths.ts';

/** The length in tokens at quantile u, 0 < u < 1. */
export type Draw = (u: number) => number;

/**
 * Draws by the inverse of the distribution function, within the bounds: what lies outside is drawn again, in effect, and does
 * not pile up at them. Each whole number has the probability of the half on either side of it.
 * @param stored the lengths of a `file`
 */
export function drawOf(lengths: Lengths, stored: ArrayLike<number> = []): Draw {
  if (typeof lengths === 'number') return () => lengths;
  switch (lengths.kind) {
    case 'uniform': {
      const { min, max } = lengths;
      return (u) => min + Math.floor(u * (max - min + 1));
    }
    case 'normal': {
      const { mean, sd, min, max } = lengths;
      const x = truncatedNormal(mean, sd, min - 0.5, max + 0.5);
      return (u) => within(x(u), min, max);
    }
    case 'lognormal': {
      const { median, sigma, min, max } = lengths;
      const x = truncatedNormal(Math.log(median), sigma, Math.log(min - 0.5), Math.log(max + 0.5));
      return (u) => within(Math.exp(x(u)), min, max);
    }
    case 'file':
      return (u) => stored[Math.floor(u * stored.length)] as number;
    default:
      return lengths satisfies never;
  }
}

/** Rounded; a bound itself, plus or minus a half, may round past it. */
const within = (x: number, min: number, max: number): number => Math.min(max, Math.max(min, Math.round(x)));

function truncatedNormal(mean: number, sd: number, low: number, high: number): Draw {
  const from = normalCdf((low - mean) / sd);
  const share = normalCdf((high - mean) / sd) - from;
  return (u) => mean + sd * normalQuantile(from + u * share);
}

/** Good to 7.5e-8 (Abramowitz and Stegun, 26.2.17). */
function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly;
  return z < 0 ? tail : 1 - tail;
}

/** Good to 1.15e-9 of its value (Acklam, An algorithm for computing the inverse normal cumulative distribution function). */
function normalQuantile(p: number): number {
  if (p < 0.02425) return normalTail(p);
  if (p > 0.97575) return -normalTail(1 - p);
  const q = p - 0.5;
  const r = q * q;
  return (
    (q *
      (((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r -
        30.66479806614716) *
        r +
        2.506628277459239)) /
    (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r -
      13.28068155288572) *
      r +
      1)
  );
}

function normalTail(p: number): number {
  const q = Math.sqrt(-2 * Math.log(Math.max(p, 1e-12)));
  return (
    (((((-0.007784894002430293 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) * q +
      4.374664141464968) *
      q +
      2.938163982698783) /
    ((((0.007784695709041462 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1)
  );
}
