/** What certifying a percentile takes: the binomial rule. MEASURING.md, "Phases and statistics". */

/** ln n!, by Stirling's series above 15. */
function logFactorial(n: number): number {
  if (n > 15) return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * n) - 1 / (360 * n ** 3);
  let product = 1;
  for (let k = 2; k <= n; k++) product *= k;
  return Math.log(product);
}

/**
 * P(Bin(n, p) ≤ x): the shorter tail, summed from x outwards until nothing is added. About √n terms, since k6's
 * interpreter takes seconds for a hundred thousand.
 */
export function binomialCdf(x: number, n: number, p: number): number {
  if (x < 0) return 0;
  if (x >= n || p <= 0) return 1;
  if (p >= 1) return 0;
  const below = x < n * p;
  const odds = p / (1 - p);
  let k = below ? x : x + 1;
  const log = logFactorial(n) - logFactorial(k) - logFactorial(n - k) + k * Math.log(p) + (n - k) * Math.log1p(-p);
  let sum = 0;
  for (let term = Math.exp(log); term > 1e-17 * sum; k += below ? -1 : 1) {
    sum += term;
    term *= below ? k / ((n - k + 1) * odds) : ((n - k) * odds) / (k + 1);
  }
  return below ? Math.min(1, sum) : Math.max(0, 1 - sum);
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

/** Nobody waits for more requests than these. */
const MOST_REQUESTS = 10_000_000;

/**
 * How many more requests certify the percentile if the same share of them misses; undefined where that share leaves no room,
 * or so little that ten million would not do.
 */
export function moreToCertify(q: number, n: number, misses: number, confidence: number): number | undefined {
  const share = misses / n;
  if (share >= 1 - q) return undefined;
  const enough = (size: number) => binomialCdf(Math.ceil(share * size - 1e-9), size, 1 - q) <= 1 - confidence;
  let low = n;
  let high = 2 * n;
  while (!enough(high)) {
    if (high > MOST_REQUESTS) return undefined;
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const mid = (low + high) >> 1;
    if (enough(mid)) high = mid;
    else low = mid;
  }
  return high - n;
}

/**
 * The binomial rule: with `misses` of n requests over the limit, is the percentile below it, or above, at this confidence?
 * PASS iff P(Bin(n, 1−q) ≤ misses) ≤ 1 − confidence, FAIL iff P(Bin(n, 1−q) ≥ misses) ≤ 1 − confidence.
 */
export function certified(q: number, n: number, misses: number, confidence: number): 'PASS' | 'FAIL' | 'INCONCLUSIVE' {
  if (binomialCdf(misses, n, 1 - q) <= 1 - confidence) return 'PASS';
  return 1 - binomialCdf(misses - 1, n, 1 - q) <= 1 - confidence ? 'FAIL' : 'INCONCLUSIVE';
}

/** The most of n requests that may miss where the percentile is certified; undefined where n is too few for any. */
export function missesToCertify(q: number, n: number, confidence: number): number | undefined {
  const enough = (misses: number) => binomialCdf(misses, n, 1 - q) <= 1 - confidence;
  if (!enough(0)) return undefined;
  let low = 0;
  let high = Math.ceil(n * (1 - q));
  while (high - low > 1) {
    const mid = (low + high) >> 1;
    if (enough(mid)) low = mid;
    else high = mid;
  }
  return low;
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
