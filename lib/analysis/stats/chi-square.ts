/** The χ² distribution, central and not. */

/** ln Γ(x) by Stirling's series above 10, brought up to there by Γ(x + 1) = x Γ(x). */
function logGamma(x: number): number {
  let factor = 1;
  let y = x;
  while (y < 10) factor *= y++;
  return (
    (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * y) - 1 / (360 * y ** 3) - Math.log(factor)
  );
}

/**
 * Q(a, x), the regularized incomplete gamma function's upper part: by the series of the lower one below a + 1, by the
 * continued fraction (Lentz) above (Press et al., Numerical Recipes, §6.2).
 */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let sum = 1 / a;
    let term = sum;
    for (let n = 1; term > 1e-16 * sum; n++) {
      term *= x / (a + n);
      sum += term;
    }
    return 1 - scale * sum;
  }
  let b = x + 1 - a;
  let c = Number.POSITIVE_INFINITY;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < 1000; n++) {
    const by = -n * (n - a);
    b += 2;
    d = 1 / (by * d + b);
    c = b + by / c;
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return scale * fraction;
}

/** P(χ² ≥ x) with so many degrees of freedom. */
export const chiSquareTail = (x: number, df: number): number => upperGamma(df / 2, x / 2);

/**
 * P(χ'² ≥ x) of the noncentral χ²: central ones of df + 2j degrees of freedom, mixed by Poisson(λ/2)
 * (Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions 2, §29.3).
 */
function noncentralTail(x: number, df: number, lambda: number): number {
  let a = df / 2;
  let tail = upperGamma(a, x / 2);
  /** Q(a + 1, x) − Q(a, x). */
  let more = Math.exp(a * Math.log(x / 2) - x / 2 - logGamma(a + 1));
  let share = Math.exp(-lambda / 2);
  let sum = share * tail;
  for (let j = 1; j < lambda / 2 + 40 * Math.sqrt(lambda + 1); j++) {
    tail += more;
    more *= x / 2 / ++a;
    share *= lambda / 2 / j;
    sum += share * tail;
  }
  return sum;
}

/** The noncentrality λ at which a χ² test at this level finds what is wrong with this probability. */
export function noncentrality(df: number, level: number, power: number): number {
  const key = `${df} ${level} ${power}`;
  let found = FOUND.get(key);
  if (found === undefined) {
    const critical = least((x) => chiSquareTail(x, df) <= level);
    found = least((lambda) => noncentralTail(critical, df, lambda) >= power);
    FOUND.set(key, found);
  }
  return found;
}

/** One takes milliseconds in k6, and all models of a run ask for the same. */
const FOUND = new Map<string, number>();

/** The least x from which on it holds. */
function least(holds: (x: number) => boolean): number {
  let low = 0;
  let high = 1;
  while (!holds(high)) {
    low = high;
    high *= 2;
  }
  for (let i = 0; i < 40; i++) {
    const mid = (low + high) / 2;
    if (holds(mid)) high = mid;
    else low = mid;
  }
  return high;
}
