/** How many requests a verdict on a percentile needs. MEASURING.md, "Phases and statistics". */

/** P(Bin(n, p) ≤ x), summed in logs so that large n do not underflow. */
export function binomialCdf(x: number, n: number, p: number): number {
  if (x < 0) return 0;
  if (x >= n) return 1;
  if (p >= 1) return 0;
  let term = n * Math.log1p(-p);
  const ratio = Math.log(p) - Math.log1p(-p);
  let sum = Math.exp(term);
  for (let k = 1; k <= x; k++) {
    term += Math.log((n - k + 1) / k) + ratio;
    sum += Math.exp(term);
  }
  return Math.min(1, sum);
}

/**
 * The fewest requests of which `misses` may be over the limit so that the percentile is certified:
 * the smallest n with P(Bin(n, 1−q) ≤ misses) ≤ 1 − confidence. p99 with no miss: 459.
 * @param q the percentile as a share, 0.99 for p99
 */
export function requestsToCertify(q: number, misses: number, confidence = 0.99): number {
  const enough = (n: number) => binomialCdf(misses, n, 1 - q) <= 1 - confidence;
  let high = misses + 1;
  while (!enough(high)) high *= 2;
  let low = Math.floor(high / 2);
  while (high - low > 1) {
    const mid = (low + high) >> 1;
    if (enough(mid)) high = mid;
    else low = mid;
  }
  return high;
}

/** One-sided upper bound of a share at this confidence (Clopper–Pearson), by bisection. */
export function upperBound(misses: number, n: number, confidence = 0.99): number {
  if (n === 0 || misses >= n) return 1;
  let low = misses / n;
  let high = 1;
  for (let i = 0; i < 60; i++) {
    const mid = (low + high) / 2;
    if (binomialCdf(misses, n, mid) > 1 - confidence) low = mid;
    else high = mid;
  }
  return high;
}
