import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  binomialCdf,
  certified,
  missesToCertify,
  moreToCertify,
  requestsToCertify,
  upperBound,
} from '../../lib/analysis/stats/certify.ts';
import { createRandom } from '../../lib/random.ts';

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

describe('certified', () => {
  const FLOORS = [
    [0.5, 7],
    [0.9, 44],
    [0.95, 90],
    [0.99, 459],
    [0.999, 4603],
  ] as const;

  it.each(FLOORS)('p%d never passes below its floor of %d requests', (q, floor) => {
    expect(certified(q, floor, 0, 0.99)).toBe('PASS');
    for (let n = 1; n < floor; n++) expect(certified(q, n, 0, 0.99)).not.toBe('PASS');
  });

  it.each([
    // 0.99 ** 458 = 0.01002; P(Bin(1000, 0.01) ≤ 3) = 0.0101, ≤ 2 = 0.0027, ≥ 18 = 0.0143, ≥ 19 = 0.0069
    [1000, 2, 'PASS'],
    [1000, 3, 'INCONCLUSIVE'],
    [1000, 18, 'INCONCLUSIVE'],
    [1000, 19, 'FAIL'],
  ])('p99 of %d requests with %d misses: %s', (n, misses, verdict) =>
    expect(certified(0.99, n, misses, 0.99)).toBe(verdict),
  );

  it('only fails with more misses, and only passes with fewer', () => {
    const ORDER = ['PASS', 'INCONCLUSIVE', 'FAIL'];
    const share = fc.constantFrom(0.5, 0.9, 0.99);
    fc.assert(
      fc.property(share, fc.integer({ min: 1, max: 5000 }), fc.nat(5000), (q, n, x) => {
        const misses = Math.min(x, n - 1);
        const rank = (m: number) => ORDER.indexOf(certified(q, n, m, 0.99));
        expect(rank(misses)).toBeLessThanOrEqual(rank(misses + 1));
      }),
    );
  });

  /** Verdicts on p99 of seeded servers of which this share of requests misses. */
  const passes = (n: number, share: number, runs: number): number => {
    let found = 0;
    for (let seed = 1; seed <= runs; seed++) {
      const next = createRandom(seed);
      let misses = 0;
      for (let i = 0; i < n; i++) if (next() < share) misses++;
      if (certified(0.99, n, misses, 0.99) === 'PASS') found++;
    }
    return found;
  };

  it.each([459, 662, 1000, 2000, 9000])('1.5 misses in 100 pass p99 at most once in 100 runs of %d requests', (n) =>
    expect(passes(n, 0.015, 100)).toBeLessThanOrEqual(1),
  );

  it('a server right at the limit passes in 1 % of runs, as the confidence says', () =>
    expect(passes(1500, 0.01, 2000)).toBeLessThanOrEqual(30));

  it('a good server passes', () => expect(passes(9000, 0.006, 100)).toBeGreaterThanOrEqual(95));
});

describe('missesToCertify', () => {
  it.each([
    [0.99, 458, undefined],
    [0.99, 459, 0],
    [0.99, 661, 0],
    [0.99, 662, 1],
    [0.5, 7, 0],
    [0.5, 11, 1],
  ])('p%d of %d: %s', (q, n, misses) => expect(missesToCertify(q, n, 0.99)).toBe(misses));

  it('is the most that passes', () => {
    fc.assert(
      fc.property(fc.constantFrom(0.5, 0.95, 0.99), fc.integer({ min: 500, max: 50_000 }), (q, n) => {
        const most = missesToCertify(q, n, 0.99) ?? Number.NaN;
        expect(certified(q, n, most, 0.99)).toBe('PASS');
        expect(certified(q, n, most + 1, 0.99)).not.toBe('PASS');
      }),
    );
  });
});

describe('moreToCertify', () => {
  it.each([
    [0.99, 147, 0, 312],
    [0.5, 1, 0, 6],
    // Too near the limit, on it, and over it.
    [0.99, 1_000_000, 9999, undefined],
    [0.99, 1000, 10, undefined],
    [0.5, 10, 9, undefined],
  ])('p%d of %d with %d misses: %s more', (q, n, misses, more) => expect(moreToCertify(q, n, misses, 0.99)).toBe(more));

  it('is a number that passes at this share of misses', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 3000 }), fc.nat(20), (n, misses) => {
        fc.pre(certified(0.99, n, misses, 0.99) === 'INCONCLUSIVE');
        const more = moreToCertify(0.99, n, misses, 0.99);
        fc.pre(more !== undefined);
        const all = n + (more ?? 0);
        expect(all).toBeGreaterThan(n);
        expect(certified(0.99, all, Math.ceil((misses / n) * all - 1e-9), 0.99)).toBe('PASS');
      }),
    );
  });
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
