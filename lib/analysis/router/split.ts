import type { RouterVerdict } from '../../results.ts';
import { binomialCdf } from '../stats/certify.ts';
import { chiSquareTail, noncentrality } from '../stats/chi-square.ts';
import type { BackendShare, ModelShares } from './shares.ts';

const POWER = 0.9;
/** A shift of this much of a model's requests is to be found, or there were too few of them. */
const SHIFT = 0.1;
/**
 * Least expected count of a backend of three or more: from there on, χ² exceeds its 0.0001 quantile at most 1.5 times as often
 * as it should (two million draws; at 8:1:1 and 10 expected, three times).
 */
const LEAST_EXPECTED = 40;

/** Whether a model's backends, of which there are several, get what their weights say: the exact binomial test for two, Pearson's χ² for more. */
export function judgeSplit(shares: ModelShares, level: number): RouterVerdict[] {
  const { model, weights, unit } = shares;
  if (!weights) return [];
  const backends = shares.backends.filter((b) => b.due > 0);
  const known = backends.reduce((sum, b) => sum + b.count, 0);
  const n = known + shares.unknown;
  const lost = shares.unknown / n;
  const verdict = (
    name: RouterVerdict['verdict'],
    why: string,
    value: number | null,
    power?: number,
  ): RouterVerdict[] => [{ check: 'split', model, verdict: name, value, ...(power !== undefined && { power }), why }];
  if (known === 0 || lost >= SHIFT)
    return verdict('NOT_MEASURED', `the backend of ${shares.unknown} of ${shares.count} ${unit} is not known`, null);

  const counts = favoured(backends, n, shares.unknown);
  const p = pValue(counts, backends, n);
  // Of one backend, the others making up for it by their weights: λ = n δ² / (due (1 − due)) (Cohen 1988, §7.2).
  const lambda = noncentrality(backends.length - 1, level, POWER);
  const spread = Math.max(...backends.map((b) => b.due * (1 - b.due)));
  const shift = Math.sqrt((lambda * spread) / n) + lost;
  const expected = backends.length > 2 ? LEAST_EXPECTED / Math.min(...backends.map((b) => b.due)) : 0;
  const needed = Math.ceil(Math.max((lambda * spread) / (SHIFT - lost) ** 2, expected));
  const parts = backends.map((b) => (100 * b.count) / known);
  const told = `${weights.join(':')} asked, ${parts.map((x) => `${x.toFixed(1)} %`).join(' : ')} of ${known} ${unit}`;
  if (n >= expected && p <= level) return verdict('FAIL', `${told}; by chance in ${chance(p)}`, p, shift);
  if (n < needed)
    return verdict('INCONCLUSIVE', `${told}; it takes ${needed} to see a shift of ${100 * SHIFT} points`, p, shift);
  return verdict('PASS', `${told}; a shift of ${(100 * shift).toFixed(1)} points would have been seen`, p, shift);
}

/** The counts with those of unknown backend where they are missing: failures must not make a split look wrong. */
function favoured(backends: readonly BackendShare[], n: number, unknown: number): number[] {
  const missing = backends.map((b) => Math.max(0, n * b.due - b.count));
  const all = missing.reduce((sum, m) => sum + m, 0);
  return backends.map((b, k) => b.count + (all > 0 ? ((missing[k] as number) * unknown) / all : 0));
}

function pValue(counts: readonly number[], backends: readonly BackendShare[], n: number): number {
  if (counts.length === 2) {
    const [x, due] = [Math.round(counts[0] as number), (backends[0] as BackendShare).due];
    return Math.min(1, 2 * Math.min(binomialCdf(x, n, due), binomialCdf(n - x, n, 1 - due)));
  }
  let sum = 0;
  for (let k = 0; k < counts.length; k++) {
    const expected = n * (backends[k] as BackendShare).due;
    sum += ((counts[k] as number) - expected) ** 2 / expected;
  }
  return chiSquareTail(sum, counts.length - 1);
}

const chance = (p: number): string => (p < 1e-9 ? 'less than one of 10⁹ runs' : `one of ${Math.round(1 / p)} runs`);
