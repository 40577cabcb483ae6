import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binomialCdf, requestsToCertify, upperBound } from '../../lib/analysis/certify.ts';

/** The sum as the textbook has it. */
function exact(x: number, n: number, p: number): number {
  let sum = 0;
  for (let k = 0; k <= x; k++) {
    let term = 1;
    for (let i = 1; i <= k; i++) term *= (n - k + i) / i;
    sum += term * p ** k * (1 - p) ** (n - k);
  }
  return sum;
}

describe('binomialCdf', () => {
  it('is the textbook sum', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.nat(60), fc.nat(60), share, (x, n, p) => {
        expect(binomialCdf(x, n, p)).toBeCloseTo(exact(Math.min(x, n), n, p), 9);
      }),
    );
  });

  it.each([
    [-1, 5, 0.5, 0],
    [5, 5, 0.5, 1],
    [0, 5, 0, 1],
    [4, 5, 1, 0],
    [0, 0, 0.5, 1],
  ])('P(Bin ≤ %d) of %d at %d is %d', (x, n, p, value) => expect(binomialCdf(x, n, p)).toBe(value));

  it.each([
    // summed with 60 digits
    [900, 100_000, 0.01, 0.00066084133],
    [1000, 100_000, 0.01, 0.50840947335],
    [1100, 100_000, 0.01, 0.99917903009],
    [500_000, 1_000_000, 0.5, 0.50039894218],
    [0, 1_000_000, 0.01, 0],
  ])('does not underflow: P(Bin ≤ %d) of %d at %d is %d', (x, n, p, value) =>
    expect(binomialCdf(x, n, p)).toBeCloseTo(value, 8),
  );

  it('rises with x and falls with p', () => {
    const share = fc.double({ min: 0.001, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(fc.nat(5000), fc.integer({ min: 1, max: 5000 }), share, (x, n, p) => {
        expect(binomialCdf(x, n, p)).toBeLessThanOrEqual(binomialCdf(x + 1, n, p) + 1e-9);
        expect(binomialCdf(x, n, p)).toBeGreaterThanOrEqual(binomialCdf(x, n, Math.min(1, p * 1.1)) - 1e-9);
      }),
    );
  });
});

describe('requestsToCertify', () => {
  it.each([
    [0.5, 7, 11],
    [0.9, 44, 64],
    [0.95, 90, 130],
    [0.99, 459, 662],
    [0.999, 4603, 6636],
  ])('p%d takes %d requests, %d with one miss', (share, none, one) => {
    expect(requestsToCertify(share, 0)).toBe(none);
    expect(requestsToCertify(share, 1)).toBe(one);
  });

  it('is the smallest number that is enough', () => {
    fc.assert(
      fc.property(fc.constantFrom(0.5, 0.9, 0.95, 0.99, 0.999), fc.nat(30), (share, misses) => {
        const n = requestsToCertify(share, misses);
        expect(binomialCdf(misses, n, 1 - share)).toBeLessThanOrEqual(0.01);
        expect(binomialCdf(misses, n - 1, 1 - share)).toBeGreaterThan(0.01);
      }),
    );
  });

  it('is quick and no NaN for 900 misses of 100,000, and where half of a million miss', () => {
    expect(requestsToCertify(0.99, 900)).toBe(97_194);
    expect(requestsToCertify(0.5, 450_000)).toBeGreaterThan(900_000);
    expect(requestsToCertify(0.5, 450_000)).toBeLessThan(905_000);
  });

  it('takes less for less confidence', () => expect(requestsToCertify(0.99, 0, 0.95)).toBe(299));
});

describe('upperBound', () => {
  it.each([
    [0, 459, 0.00998],
    [0, 4603, 0.001],
    [5, 1000, 0.01306],
    [900, 100_000, 0.00972],
    [50_000, 100_000, 0.50368],
  ])('%d misses of %d: below %d', (misses, n, bound) => expect(upperBound(misses, n)).toBeCloseTo(bound, 4));

  it('is 1 where nothing or all was missed of none', () => {
    expect(upperBound(0, 0)).toBe(1);
    expect(upperBound(5, 5)).toBe(1);
  });

  it('lies above the share and is just too high to believe', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.integer({ min: 51, max: 3000 }), (misses, n) => {
        const bound = upperBound(misses, n);
        expect(bound).toBeGreaterThan(misses / n);
        expect(binomialCdf(misses, n, bound)).toBeCloseTo(0.01, 6);
      }),
    );
  });
});
