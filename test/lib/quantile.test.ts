import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantile, stats } from '../../lib/analysis/stats/quantile.ts';
import { times } from './make.ts';

const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 });
const share = fc.double({ min: 0, max: 1, noNaN: true });

describe('quantile', () => {
  it.each([
    [[1, 2, 3, 4], 0.5, 2.5],
    [[1, 2, 3, 4], 0.9, 3.7],
    [[5], 0.99, 5],
    [[1, 2], 0, 1],
    [[1, 2], 1, 2],
    [times(101, (i) => i), 0.99, 99],
  ])('%j at %d is %d, as NumPy has it', (sorted, q, value) => expect(quantile(sorted, q)).toBeCloseTo(value, 9));

  it('is NaN without values', () => expect(quantile([], 0.5)).toBeNaN());

  it('lies between the ends, rises with q, and is a value at each rank', () => {
    fc.assert(
      fc.property(values, share, share, (list, a, b) => {
        const sorted = Float64Array.from(list).sort();
        const [low, high] = [quantile(sorted, Math.min(a, b)), quantile(sorted, Math.max(a, b))];
        expect(low).toBeGreaterThanOrEqual(sorted[0] as number);
        expect(high).toBeLessThanOrEqual(sorted.at(-1) as number);
        expect(low).toBeLessThanOrEqual(high + 1e-9);
      }),
    );
  });
});

/** NumPy's `linear` in whole numbers: the rank q·(n − 1) of q = a/b is a quotient and a remainder, so nothing is rounded. */
function reference(values: readonly number[], a: number, b: number): number {
  const sorted = [...values].sort((x, y) => x - y);
  const rank = a * (sorted.length - 1);
  const [low, high] = [sorted[(rank - (rank % b)) / b] as number, sorted[Math.ceil(rank / b)] as number];
  return (low * (b - (rank % b)) + high * (rank % b)) / b;
}

const integers = fc.array(fc.integer({ min: -1000, max: 100_000 }), { minLength: 1, maxLength: 300 });

it('a quantile is that of the reference', () => {
  fc.assert(
    fc.property(integers, fc.nat(1000), (list, a) => {
      expect(quantile(Float64Array.from(list).sort(), a / 1000)).toBeCloseTo(reference(list, a, 1000), 6);
    }),
  );
});

describe('stats', () => {
  it('are those of the reference, in any order', () => {
    fc.assert(
      fc.property(integers, (list) => {
        const at = (a: number) => expect.closeTo(reference(list, a, 1000), 6);
        expect(stats(Float64Array.from(list).sort())).toEqual({
          n: list.length,
          mean: expect.closeTo(list.reduce((x, y) => x + y, 0) / list.length, 6),
          p50: at(500),
          p90: at(900),
          p95: at(950),
          p99: at(990),
          p999: at(999),
          max: Math.max(...list),
        });
      }),
    );
  });

  it('are those of the sorted values', () => {
    const list = Float64Array.from({ length: 1001 }, (_, i) => i);
    expect(stats(list)).toEqual({ n: 1001, mean: 500, p50: 500, p90: 900, p95: 950, p99: 990, p999: 999, max: 1000 });
  });
  it('are absent without values', () => expect(stats(new Float64Array(0))).toBeUndefined());
});
