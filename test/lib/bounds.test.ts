import { describe, expect, it } from 'vitest';
import { effectiveSize, rankBounds, shareBounds, toleranceBound } from '../../lib/analysis/stats/bounds.ts';
import { binomialCdf } from '../../lib/analysis/stats/certify.ts';
import { createRandom } from '../../lib/random.ts';
import { lognormal } from '../sim/draw.ts';
import { times } from './make.ts';

describe('how many samples bursts are worth', () => {
  it('is all of them where nothing or everything is hit', () => {
    expect(effectiveSize([0, 0, 0], [10, 10, 10])).toBe(30);
    expect(effectiveSize([10, 10, 10], [10, 10, 10])).toBe(30);
  });
  it('is never more than there are', () => expect(effectiveSize([1, 1, 1, 1], [10, 10, 10, 10])).toBe(40));
  it('is one where a single block holds all of them, whole', () =>
    expect(effectiveSize([10, 0, 0, 0], [10, 10, 10, 10])).toBeLessThan(4));
});

describe('bounds of a share', () => {
  it.each([
    [0, 100],
    [1, 100],
    [3, 600],
    [50, 100],
    [100, 100],
  ])('%i of %i: each end has the tail that was asked for', (hits, n) => {
    const { low, high } = shareBounds(hits / n, n, 0.99);
    expect(low).toBeLessThanOrEqual(hits / n);
    expect(high).toBeGreaterThanOrEqual(hits / n);
    if (hits > 0) expect(1 - binomialCdf(hits - 1, n, low)).toBeCloseTo(0.01, 6);
    else expect(low).toBe(0);
    if (hits < n) expect(binomialCdf(hits, n, high)).toBeCloseTo(0.01, 6);
    else expect(high).toBe(1);
  });
});

describe('ranks between which a quantile lies', () => {
  it('have no upper end below 459 samples for a p99 at 99 %', () => {
    expect(rankBounds(0.99, 458, 0.99).high).toBeNaN();
    expect(rankBounds(0.99, 459, 0.99).high).toBe(458 / 459);
  });
  it.each([100, 1000, 6000])('of %i samples: the furthest in that still hold', (n) => {
    const { low, high } = rankBounds(0.99, n, 0.99);
    const rank = Math.round(low * n);
    expect(binomialCdf(rank, n, 0.99)).toBeLessThanOrEqual(0.01);
    expect(binomialCdf(rank + 1, n, 0.99)).toBeGreaterThan(0.01);
    if (Number.isNaN(high)) return;
    expect(binomialCdf(Math.round(high * n), n, 0.99)).toBeGreaterThanOrEqual(0.99);
    expect(binomialCdf(Math.round(high * n) - 1, n, 0.99)).toBeLessThan(0.99);
  });
});

describe('the tolerance bound of a lognormal', () => {
  const Z99 = 2.3263;
  it.each([12, 60, 120])('of %i samples misses the true p99 about once in a hundred times', (n) => {
    const random = createRandom(n);
    const { draw } = lognormal(200, 1);
    const p99 = 200 * Math.exp(Z99);
    const missed = times(
      2000,
      () =>
        toleranceBound(
          times(n, () => draw(random)),
          Z99,
          Z99,
        ) < p99,
    ).filter(Boolean);
    expect(missed.length / 2000).toBeLessThan(0.02);
    expect(missed.length / 2000).toBeGreaterThan(0.002);
  });
  it('is the value itself where all are alike, and open for too few', () => {
    expect(toleranceBound(Array(20).fill(200), Z99, Z99)).toBeCloseTo(200, 6);
    expect(toleranceBound([1, 2, 3], Z99, Z99)).toBe(Number.POSITIVE_INFINITY);
  });
});
