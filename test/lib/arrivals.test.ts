import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseArrival } from '../../lib/settings/arrival.ts';
import { arrivalTimes, peakOf, type RandomArrival } from '../../lib/workload/arrivals.ts';

const N = 20_000;
const DURATION = 2_000_000;

const arrivalOf = (text: string): RandomArrival => {
  const arrival = parseArrival(text);
  if (arrival.kind === 'constant') throw new Error('not random');
  return arrival;
};
const timesOf = (text: string, seed: number) => Array.from(arrivalTimes(arrivalOf(text), N, DURATION, seed));
/** As multiples of the mean gap. */
const gapsOf = (times: readonly number[]) => times.slice(1).map((t, k) => ((t - (times[k] as number)) * N) / DURATION);

/** Kolmogorov and Smirnov's √n·D: above 1.95 in one of a thousand samples of the distribution. */
const RARE = 1.95;
function distance(values: readonly number[], cdf: (x: number) => number): number {
  const sorted = Float64Array.from(values).sort();
  let most = 0;
  sorted.forEach((x, k) => {
    const p = cdf(x);
    most = Math.max(most, (k + 1) / sorted.length - p, p - k / sorted.length);
  });
  return most * Math.sqrt(sorted.length);
}

const exponential = (x: number) => 1 - Math.exp(-x);
/** Gamma of this shape and mean 1, by the series of the incomplete gamma function (Abramowitz and Stegun 6.5.29). */
const gammaCdf = (shape: number, gammaOfNext: number) => (mean1: number) => {
  const x = shape * mean1;
  let term = (x ** shape * Math.exp(-x)) / gammaOfNext;
  let sum = 0;
  for (let n = 1; term > 1e-12 * sum && n < 1000; n++) {
    sum += term;
    term *= x / (shape + n);
  }
  return Math.min(1, sum);
};
/** Shape → the distribution of gaps; Γ(1.5) and Γ(3). */
const GAMMA = { 0.5: gammaCdf(0.5, Math.sqrt(Math.PI) / 2), 2: gammaCdf(2, 2) };

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const cv = (values: readonly number[]) => {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((v) => (v - middle) ** 2))) / middle;
};

describe.each([1, 2, 3])('arrivals of seed %i', (seed) => {
  it('are a Poisson process: gaps exponential, times uniform, one gap tells nothing of the next', () => {
    const times = timesOf('poisson', seed);
    const gaps = gapsOf(times);
    expect(distance(gaps, exponential)).toBeLessThan(RARE);
    expect(distance(times, (t) => t / DURATION)).toBeLessThan(RARE);
    const next = mean(gaps.slice(1).map((gap, k) => (gap - 1) * ((gaps[k] as number) - 1)));
    expect(Math.abs(next)).toBeLessThan(4 / Math.sqrt(N));
  });

  it.each([0.5, 2] as const)('have gamma distributed gaps of shape %d', (shape) => {
    const gaps = gapsOf(timesOf(`gamma:${shape}`, seed));
    expect(distance(gaps, GAMMA[shape])).toBeLessThan(RARE);
    expect(cv(gaps)).toBeCloseTo(1 / Math.sqrt(shape), 1);
    // What the test above would say of gaps of another process.
    expect(distance(gaps, exponential)).toBeGreaterThan(5);
  });

  it.each([
    ['ramped:0..1', (x: number) => 2 * x],
    ['ramped:3..1', (x: number) => 1.5 - x],
    ['ramped:2..2', () => 1],
    ['spikes:2', (x: number) => (Math.abs(((3 * x) % 1) - 0.5) < 0.1 ? 2 : 1) / 1.2],
    ['spikes:0.5,2', (x: number) => (Math.abs(((2 * x) % 1) - 0.5) < 0.1 ? 0.5 : 1) / 0.9],
    ['day:0.25', (x: number) => (0.25 + (0.75 * (1 - Math.cos(2 * Math.PI * x))) / 2) / 0.625],
    ['day:0', (x: number) => 1 - Math.cos(2 * Math.PI * x)],
  ])('of %s follow its rate', (text, rate) => {
    const cells = 30_000;
    const cumulative = new Float64Array(cells + 1);
    for (let k = 0; k < cells; k++) cumulative[k + 1] = (cumulative[k] as number) + rate((k + 0.5) / cells) / cells;
    expect(cumulative[cells]).toBeCloseTo(1, 3);
    const shares = timesOf(text, seed).map((t) => t / DURATION);
    expect(distance(shares, (x) => cumulative[Math.round(x * cells)] as number)).toBeLessThan(RARE);
    const highest = Math.max(...Array.from({ length: 1000 }, (_, k) => rate((k + 0.5) / 1000)));
    expect(peakOf(arrivalOf(text))).toBeCloseTo(highest, 2);
  });
});

const anyArrival = fc.constantFrom(
  'poisson',
  'gamma:0.01',
  'gamma:0.5',
  'gamma:9',
  'ramped',
  'ramped:5..0',
  'spikes:50,9',
  'day:0',
);

describe('planned starts', () => {
  it('are as many as asked, rising, inside the step, whole microseconds', () => {
    fc.assert(
      fc.property(
        anyArrival,
        fc.nat(300),
        fc.integer({ min: 1000, max: 86_400_000 }),
        fc.nat(),
        (text, count, ms, seed) => {
          const times = arrivalTimes(arrivalOf(text), count, ms, seed);
          expect(times).toHaveLength(count);
          let before = 0;
          for (const t of times) {
            expect(t).toBeGreaterThanOrEqual(before);
            expect(Math.round(t * 1000) / 1000).toBe(t);
            before = t;
          }
          expect(before).toBeLessThan(ms);
        },
      ),
    );
  });

  it('are those of their seed', () => {
    const [a, again, other] = [7, 7, 8].map((seed) => timesOf('gamma:0.5', seed));
    expect(a).toEqual(again);
    expect(a?.filter((t, k) => t === other?.[k])).toEqual([]);
  });
});
