import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slope, tQuantile } from '../../lib/analysis/stats/interval.ts';

describe('the quantile of Student’s t', () => {
  // NIST/SEMATECH e-Handbook, 1.3.6.7.2
  it.each([
    [0.9, 1, 3.078],
    [0.975, 1, 12.706],
    [0.99, 2, 6.965],
    [0.995, 4, 4.604],
    [0.95, 10, 1.812],
    [0.999, 10, 4.144],
    [0.995, 30, 2.75],
    [0.99, 1e6, 2.3263],
    [0.9999, 1e6, 3.719],
    [0.5, 7, 0],
  ])('p = %d, df = %d', (p, df, t) => expect(tQuantile(p, df)).toBeCloseTo(t, 3));

  it('is symmetric, and rises with p', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 0.999, noNaN: true }),
        fc.double({ min: 0.5, max: 1000, noNaN: true }),
        (p, df) => {
          expect(tQuantile(1 - p, df)).toBeCloseTo(-tQuantile(p, df), 9);
          expect(tQuantile(p + 0.0005, df)).toBeGreaterThan(tQuantile(p, df));
        },
      ),
    );
  });
});

describe('a slope', () => {
  it('is that of a straight line, without doubt', () => {
    const { value, low, high } = slope([0, 1, 2, 3], [5, 7, 9, 11], 0.99);
    expect([value, low, high].map((v) => Number(v.toFixed(9)))).toEqual([2, 2, 2]);
  });

  it('has the interval of the textbook', () => {
    // Worked by hand: residuals −0.3 0.9 −0.9 0.3 → s² = 0.9, spread 5, t(0.975, 2) = 4.3027.
    const { value, low, high } = slope([0, 1, 2, 3], [0, 2.2, 1.4, 3.6], 0.95);
    expect(value).toBeCloseTo(1, 9);
    expect(high - value).toBeCloseTo(4.3027 * Math.sqrt(0.9 / 5), 3);
    expect(value - low).toBeCloseTo(high - value, 9);
  });

  it('is less sure of points that are worth fewer', () => {
    const ys = [0, 2.2, 1.4, 3.6, 4, 4.4];
    const width = (n: number) => {
      const { low, high } = slope([0, 1, 2, 3, 4, 5], ys, 0.95, n);
      return high - low;
    };
    expect(width(4)).toBeGreaterThan(width(6));
    expect(width(2)).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([
    [[], []],
    [[0], [1]],
    [
      [0, 1],
      [1, 2],
    ],
    [
      [3, 3, 3],
      [1, 2, 3],
    ],
  ])('is open over %j', (xs, ys) =>
    expect(slope(xs, ys, 0.99)).toMatchObject({ low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }),
  );
});
