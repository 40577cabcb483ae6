/** One-sided bounds of shares and quantiles from samples that come in blocks of time. */
import { binomialCdf } from './certify.ts';

/**
 * How many independent samples `n` are worth when what is counted comes in bursts: n divided by the variance of the counts
 * between blocks over the variance that independence would give (the design effect of cluster samples, Kish 1965, §8.2).
 * @param hits counted events of each block
 * @param sizes samples of each block
 */
export function effectiveSize(hits: ArrayLike<number>, sizes: ArrayLike<number>): number {
  let n = 0;
  let all = 0;
  for (let b = 0; b < sizes.length; b++) {
    n += sizes[b] as number;
    all += hits[b] as number;
  }
  const share = all / n;
  if (!(share > 0 && share < 1)) return n;
  let squares = 0;
  let used = 0;
  for (let b = 0; b < sizes.length; b++) {
    if (sizes[b] === 0) continue;
    used++;
    squares += ((hits[b] as number) - share * (sizes[b] as number)) ** 2;
  }
  if (used < 2) return n;
  const effect = ((used / (used - 1)) * squares) / (n * share * (1 - share));
  return Math.max(1, n / Math.max(1, effect));
}

/**
 * Bounds of a share (Clopper–Pearson), each at this one-sided confidence.
 * @param n samples; may be an effective size
 */
export function shareBounds(share: number, n: number, confidence: number): { low: number; high: number } {
  const size = Math.max(1, Math.round(n));
  const hits = Math.round(share * size);
  const tail = 1 - confidence;
  return {
    low: hits === 0 ? 0 : bisect(0, share, (p) => 1 - binomialCdf(hits - 1, size, p) > tail),
    high: hits >= size ? 1 : bisect(share, 1, (p) => binomialCdf(hits, size, p) <= tail),
  };
}

/** The p in [low, high] from which on `beyond` holds. */
function bisect(low: number, high: number, beyond: (p: number) => boolean): number {
  let [a, b] = [low, high];
  for (let i = 0; i < 50; i++) {
    const mid = (a + b) / 2;
    if (beyond(mid)) b = mid;
    else a = mid;
  }
  return b;
}

/**
 * Ranks, as shares of n, between which the q-quantile lies: order statistics by the binomial distribution, free of any
 * assumption on the distribution (Conover, Practical Nonparametric Statistics, §3.2). NaN where no sample is far enough out.
 */
export function rankBounds(q: number, n: number, confidence: number): { low: number; high: number } {
  const size = Math.max(1, Math.round(n));
  const tail = 1 - confidence;
  // P(Bin(n, q) ≤ k) rises with k: the k-th smallest is below the quantile for sure as long as that is within the tail.
  let low = -1;
  for (let step = size; step >= 1; step = step === 1 ? 0 : Math.ceil(step / 2))
    while (low + step < size && binomialCdf(low + step, size, q) <= tail) low += step;
  let high = size;
  for (let step = size; step >= 1; step = step === 1 ? 0 : Math.ceil(step / 2))
    while (high - step >= 0 && binomialCdf(high - step, size, q) >= confidence) high -= step;
  return { low: low < 0 ? Number.NaN : low / size, high: high >= size ? Number.NaN : high / size };
}

/**
 * What a share q of a lognormal population stays below, by a sample of it: the one-sided tolerance bound, Natrella's
 * approximation (NIST/SEMATECH e-Handbook, 7.2.6.3). Needs about ten samples. For tails of which too few samples tell.
 * @param zq the standard normal quantile of q
 * @param z that of the confidence
 */
export function toleranceBound(values: ArrayLike<number>, zq: number, z: number): number {
  const n = values.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += Math.log(Math.max(1e-3, values[i] as number));
  const mean = sum / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (Math.log(Math.max(1e-3, values[i] as number)) - mean) ** 2;
  const a = 1 - z ** 2 / (2 * (n - 1));
  if (!(a > 0)) return Number.POSITIVE_INFINITY;
  const b = zq ** 2 - z ** 2 / n;
  const k = (zq + Math.sqrt(zq ** 2 - a * b)) / a;
  return Math.exp(mean + k * Math.sqrt(squares / (n - 1)));
}
