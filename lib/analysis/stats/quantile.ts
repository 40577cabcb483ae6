import type { Stats } from '../../results.ts';

/**
 * The q-quantile of sorted values, linear between ranks: value at q·(n−1). It is what k6's thresholds and NumPy's default
 * compute (Hyndman & Fan 1996, type 7), so that our verdicts and theirs agree. NaN without values.
 */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const n = sorted.length;
  if (n === 0) return Number.NaN;
  const at = q * (n - 1);
  const low = Math.floor(at);
  const a = sorted[low] as number;
  const b = sorted[Math.min(low + 1, n - 1)] as number;
  return a === b ? a : a + (b - a) * (at - low);
}

/** Statistics of sorted values; undefined without values. */
export function stats(sorted: Float64Array): Stats | undefined {
  const n = sorted.length;
  if (n === 0) return undefined;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += sorted[i] as number;
  return {
    n,
    mean: sum / n,
    p50: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    p95: quantile(sorted, 0.95),
    p99: quantile(sorted, 0.99),
    p999: quantile(sorted, 0.999),
    max: sorted[n - 1] as number,
  };
}
