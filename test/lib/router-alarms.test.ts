import { describe, expect, it } from 'vitest';
import { judgeShares } from '../../lib/analysis/router/router.ts';
import type { ModelShares } from '../../lib/analysis/router/shares.ts';
import { createRandom, type Random } from '../../lib/random.ts';
import { times } from './make.ts';

/** One model's requests, each sent to a backend by these shares, whatever is busy. */
function drawn(weights: readonly number[], shares: readonly number[], n: number, random: Random): ModelShares {
  const counts = weights.map(() => 0);
  for (let i = 0; i < n; i++) {
    let at = random();
    let k = 0;
    while (k < shares.length - 1 && at >= (shares[k] as number)) at -= shares[k++] as number;
    counts[k] = (counts[k] as number) + 1;
  }
  const all = weights.reduce((a, b) => a + b, 0);
  return {
    model: 'm',
    requests: n,
    backends: weights.map((w, k) => {
      const count = counts[k] as number;
      return { name: `b${k}`, due: w / all, requests: count, count, busy: 200 * count, ttftP50: 50 };
    }),
    weights: [...weights],
    unit: 'requests',
    count: n,
    unknown: 0,
    inFlight: 1e6,
    talks: 0,
    moved: 0,
  };
}
const dues = (weights: readonly number[]) => weights.map((w) => w / weights.reduce((a, b) => a + b, 0));
const alarms = (shares: readonly ModelShares[]): boolean => judgeShares(shares).some((v) => v.verdict === 'FAIL');

describe('verdicts on honest routers that draw lots', () => {
  const random = createRandom(1);
  // P(more than 5) is 0.001 at 0.0005 a run.
  it.each([
    [1, [3, 1], 1500],
    [2, [9, 1], 1000],
    [2, [4, 2, 1], 500],
    [4, [8, 1, 1], 420],
    [2, [1, 1, 1, 1], 300],
  ])('alarm in at most 0.0005 of the runs: %d models, %j, %d requests each', (models, weights, n) => {
    const run = () => alarms(times(models, () => drawn(weights, dues(weights), n, random)));
    expect(times(4000, run).filter(Boolean).length).toBeLessThanOrEqual(5);
  });
});

describe('the shift that a split says it would have seen', () => {
  const random = createRandom(2);
  it.each([
    [[1, 1], 1500],
    [[3, 1], 1500],
    [[3, 1], 600],
    [[9, 1], 1500],
    [[4, 2, 1], 1500],
    [[8, 1, 1], 1000],
  ])('is seen in about 9 of 10 runs: %j, %d requests', (weights, n) => {
    const due = dues(weights);
    const [split] = judgeShares([drawn(weights, due, n, random)]);
    const shift = split?.power as number;
    const spread = due.map((d) => d * (1 - d));
    const b = spread.indexOf(Math.max(...spread));
    const own = due[b] as number;
    const towards = own > 0.5 ? own - shift : own + shift;
    const shares = due.map((d, k) => (k === b ? towards : (d * (1 - towards)) / (1 - own)));
    const seen = times(1000, () => alarms([drawn(weights, shares, n, random)])).filter(Boolean).length;
    // Exact tests are a little more careful than their level.
    expect(seen).toBeGreaterThan(830);
    expect(shift).toBeLessThan(0.1);
  });
});
