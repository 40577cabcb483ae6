import type { RouterVerdict } from '../../results.ts';
import { binomialCdf } from '../stats/certify.ts';
import { chiSquareTail, noncentrality } from '../stats/chi-square.ts';
import type { BackendShare, ModelShares } from './shares.ts';

const POWER = 0.9;
/** Its quantile of the standard normal distribution. */
const Z = 1.2816;
/** A shift of this much of a model's requests is to be found, or there were too few of them. */
const SHIFT = 0.1;
/**
 * Least expected count of each of three backends or more: from there on χ² exceeds its 0.0001 quantile at most 1.5 times as
 * often as it should (a million draws; with 10 expected at 8:1:1 three times).
 */
const LEAST_EXPECTED = 40;

/**
 * Whether a model's backends, of which there are several, get what their weights say: the exact binomial test for two,
 * Pearson's χ² for more. A router that balances load splits what is in flight by its weights, in whole requests, and what is
 * sent follows from that: so a split that is off fails only where requests and time in flight both are, by more than one
 * request in flight.
 */
export function judgeSplit(shares: ModelShares, level: number): RouterVerdict[] {
  const { model, weights, unit, unknown } = shares;
  if (!weights) return [];
  const backends = shares.backends.filter((b) => b.due > 0);
  const known = backends.reduce((sum, b) => sum + b.count, 0);
  const n = known + unknown;
  const lost = unknown / n;
  if (known === 0 || lost >= SHIFT) {
    const why = `the backend of ${unknown} of ${shares.count} ${unit} is not known`;
    return [{ check: 'split', model, verdict: 'NOT_MEASURED', value: null, why }];
  }
  const p = pValue(favoured(backends, n, unknown), backends, n);
  const root = Math.sqrt(noncentrality(backends.length - 1, level, POWER));
  const spread = (shift: number) => Math.max(...backends.map((b) => spreadOf(b.due, shift, root)));
  let found = 0;
  for (let i = 0; i < 5; i++) found = spread(found) / Math.sqrt(n);
  const power = found + lost;
  const expected = backends.length > 2 ? LEAST_EXPECTED / Math.min(...backends.map((b) => b.due)) : 0;
  const needed = Math.ceil(Math.max((spread(SHIFT - lost) / (SHIFT - lost)) ** 2, expected));

  const told = `${weights.join(':')} asked, ${parts(backends.map((b) => b.count))} of ${known} ${unit}`;
  const verdict = (name: RouterVerdict['verdict'], why: string): RouterVerdict[] => [
    { check: 'split', model, verdict: name, value: p, power, why: `${told}; ${why}` },
  ];
  if (n < expected || (p > level && n < needed))
    return verdict('INCONCLUSIVE', `it takes ${needed} to see a shift of ${100 * SHIFT} points`);
  if (p > level) return verdict('PASS', `a shift of ${(100 * power).toFixed(1)} points would have been seen`);
  const one = 1 / shares.inFlight;
  const inFlight = `in flight ${parts(backends.map((b) => b.busy))}`;
  if (!balanced(backends, n, unknown, one, level)) return verdict('FAIL', `${inFlight}; ${chance(p)}`);
  return one > SHIFT
    ? verdict(
        'INCONCLUSIVE',
        `with ${shares.inFlight.toFixed(1)} in flight it may come of whole requests: ${1 / SHIFT} would tell`,
      )
    : verdict('PASS', `${inFlight}, as near to it as whole requests are`);
}

/**
 * √n times the shift of one backend's share that is found, the others making up for it by their weights: of noncentral χ²,
 * λ = n δ² / (due (1 − due)) (Cohen 1988, §7.2), with the share's own spread after a shift that widens it (Fleiss 2003, §2.4).
 * @param root of λ
 */
function spreadOf(due: number, shift: number, root: number): number {
  const to = due < 0.5 ? Math.min(0.5, due + shift) : Math.max(0.5, due - shift);
  return (root - Z) * Math.sqrt(due * (1 - due)) + Z * Math.sqrt(to * (1 - to));
}

/** The counts with those of unknown backend where they are missing: failures must not make a split look wrong. */
function favoured(backends: readonly BackendShare[], n: number, unknown: number): number[] {
  const missing = backends.map((b) => Math.max(0, n * b.due - b.count));
  const all = missing.reduce((sum, m) => sum + m, 0);
  return backends.map((b, k) => b.count + (all > 0 ? ((missing[k] as number) * unknown) / all : 0));
}

function pValue(counts: readonly number[], backends: readonly BackendShare[], n: number): number {
  const dues = backends.map((b) => b.due);
  if (counts.length === 2) return Math.min(1, 2 * Math.min(...tails(counts[0] as number, n, dues[0] as number)));
  let sum = 0;
  for (let k = 0; k < counts.length; k++) {
    const expected = n * (dues[k] as number);
    sum += ((counts[k] as number) - expected) ** 2 / expected;
  }
  return chiSquareTail(sum, counts.length - 1);
}

/** P(Bin(n, p) ≤ x) and P(Bin(n, p) ≥ x). */
const tails = (x: number, n: number, p: number): [number, number] => [
  binomialCdf(Math.round(x), n, p),
  binomialCdf(n - Math.round(x), n, 1 - p),
];

/** No backend is shown to be off by more than this share, both in requests and in its time in flight, as good as counts. */
function balanced(backends: readonly BackendShare[], n: number, unknown: number, off: number, level: number): boolean {
  const busy = backends.reduce((sum, b) => sum + b.busy, 0);
  // Of two backends one is as far off as the other.
  const tail = level / (backends.length > 2 ? 2 * backends.length : 2);
  return backends.every(({ count, busy: own, due }) => {
    const few = (x: number) => due > off && tails(x, n, due - off)[0] <= tail;
    const many = (x: number) => due + off < 1 && tails(x, n, due + off)[1] <= tail;
    const inFlight = (n * own) / busy;
    return !(few(count + unknown) && few(inFlight)) && !(many(count) && many(inFlight));
  });
}

function parts(counts: readonly number[]): string {
  const all = counts.reduce((sum, x) => sum + x, 0);
  return counts.map((x) => `${((100 * x) / all).toFixed(1)} %`).join(' : ');
}

const chance = (p: number): string =>
  p < 1e-9 ? 'by chance in less than one of 10⁹ runs' : `by chance in one of ${Math.round(1 / p)} runs`;
