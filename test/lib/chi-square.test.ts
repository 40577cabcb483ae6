import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chiSquareTail, noncentrality, upperGamma } from '../../lib/analysis/stats/chi-square.ts';

describe('the tail of χ²', () => {
  it.each([
    // NIST/SEMATECH e-Handbook, 1.3.6.7.4.
    [3.841, 1, 0.05],
    [5.991, 2, 0.05],
    [10.828, 1, 0.001],
    [29.588, 10, 0.001],
    [149.449, 100, 0.001],
  ])('beyond %d with %d degrees of freedom is %d', (x, df, tail) =>
    expect(chiSquareTail(x, df) / tail).toBeCloseTo(1, 3),
  );

  it('is e^(−x/2) with two degrees of freedom', () =>
    fc.assert(
      fc.property(fc.double({ min: 0, max: 200, noNaN: true }), (x) => {
        expect(chiSquareTail(x, 2) / Math.exp(-x / 2)).toBeCloseTo(1, 6);
      }),
    ));

  it('falls from 1, and its two ways to count meet', () => {
    expect(upperGamma(2.5, 0)).toBe(1);
    for (const a of [0.5, 1, 4.5, 40]) {
      expect(upperGamma(a, a + 1 - 1e-9)).toBeCloseTo(upperGamma(a, a + 1 + 1e-9), 7);
      expect(upperGamma(a, 2 * a)).toBeLessThan(upperGamma(a, a));
    }
  });
});

describe('the noncentrality that is found', () => {
  // By sums of central tails in closed form; the first are those of Haynam, Govindarajulu & Leone's tables (1970).
  it.each([
    [1, 0.05, 10.507],
    [2, 0.05, 12.654],
    [3, 0.05, 14.171],
    [1, 0.01, 14.879],
    [5, 0.01, 22.028],
    [1, 0.00025, 24.441],
    [2, 0.0001, 29.918],
  ])('with %d degrees of freedom at a level of %d is %d', (df, level, lambda) =>
    expect(noncentrality(df, level, 0.9)).toBeCloseTo(lambda, 2),
  );
});
