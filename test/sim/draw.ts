import type { Random } from '../../lib/random.ts';

/** A distribution to draw from, and its mean. */
export interface Draw {
  mean: number;
  draw: (random: Random) => number;
}

/** A number stands for itself. */
export const drawOf = (value: number | Draw): Draw =>
  typeof value === 'number' ? { mean: value, draw: () => value } : value;

export const uniform = (low: number, high: number): Draw => ({
  mean: (low + high) / 2,
  draw: (random) => low + (high - low) * random(),
});

/** Uniform within ± this share of the value. */
export const jitter = (value: number, share: number): Draw => uniform(value * (1 - share), value * (1 + share));

/** @param sigma of the logarithm; the mean is median × exp(σ²/2) */
export const lognormal = (median: number, sigma: number): Draw => ({
  mean: median * Math.exp(sigma ** 2 / 2),
  draw: (random) => median * Math.exp(sigma * normal(random)),
});

export const exponential = (mean: number): Draw => ({ mean, draw: (random) => -mean * Math.log(1 - random()) });

/** Over `limit` with the probability `share`, else not: below it evenly from half of it, above it up to its double. */
export const missing = (limit: number, share: number): Draw => ({
  mean: limit * (0.75 * (1 - share) + 1.5 * share),
  draw: (random) => (random() < share ? limit * (2 - random()) : limit * (1 - random() / 2)),
});

/** Box–Muller; 1 − u, since u may be 0 but never 1. */
const normal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
