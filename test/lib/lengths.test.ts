import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../lib/random.ts';
import { type Lengths, parseLengths } from '../../lib/settings/lengths.ts';
import { PROFILES } from '../../lib/settings/profiles.ts';
import { drawOf } from '../../lib/workload/lengths.ts';
import { workOf } from '../../lib/workload/work.ts';
import { settingsOf, times } from './make.ts';

const N = 20_000;
const drawn = (lengths: Lengths, n = N, seed = 1): number[] => {
  const [draw, random] = [drawOf(lengths), createRandom(seed)];
  return times(n, () => draw(random() + 2 ** -33));
};

/** P(X = k) for each whole number within the bounds, by integrating the density: what the draws must follow. */
function theory(text: string): { min: number; p: number[] } {
  const lengths = parseLengths(text);
  if (typeof lengths === 'number' || lengths.kind === 'file') throw new Error('has no density');
  const { min, max } = lengths;
  const density = (x: number): number => {
    if (lengths.kind === 'uniform') return 1;
    if (lengths.kind === 'normal') return Math.exp(-(((x - lengths.mean) / lengths.sd) ** 2) / 2);
    return Math.exp(-((Math.log(x / lengths.median) / lengths.sigma) ** 2) / 2) / x;
  };
  const parts = 20;
  const mass = times(max - min + 1, (i) => {
    let sum = 0;
    for (let j = 0; j < parts; j++) sum += density(min + i - 0.5 + (j + 0.5) / parts);
    return sum;
  });
  const all = mass.reduce((a, b) => a + b, 0);
  return { min, p: mass.map((m) => m / all) };
}

/** The greatest between two distribution functions. */
function distance({ min, p }: { min: number; p: readonly number[] }, sample: readonly number[]): number {
  const counts = Array<number>(p.length).fill(0);
  for (const x of sample) counts[x - min] = (counts[x - min] as number) + 1;
  let [cdf, seen, greatest] = [0, 0, 0];
  for (let k = 0; k < p.length; k++) {
    cdf += p[k] as number;
    seen += (counts[k] as number) / sample.length;
    greatest = Math.max(greatest, Math.abs(cdf - seen));
  }
  return greatest;
}

const TEXTS = [
  'uniform:64..512',
  'normal:256±30:200..300',
  'lognormal:256,0.8:10..4096',
  'lognormal:50,2:40..60',
  'normal:10,1000:10..40',
  'normal:5,0.1:1..9',
  ...Object.values(PROFILES).flatMap(({ input, output }) => [input, output]),
];

describe.each(TEXTS)('%s', (text) => {
  const { min, p } = theory(text);
  const sample = drawn(parseLengths(text));

  it('is distributed as it says (Kolmogorov–Smirnov)', () =>
    expect(distance({ min, p }, sample)).toBeLessThan(2.04 / Math.sqrt(N))); // p 5e-4

  it('has the mean and the standard deviation of the truncated distribution', () => {
    const mean = p.reduce((sum, q, k) => sum + q * (min + k), 0);
    const variance = p.reduce((sum, q, k) => sum + q * (min + k - mean) ** 2, 0);
    const fourth = p.reduce((sum, q, k) => sum + q * (min + k - mean) ** 4, 0);
    const found = sample.reduce((a, b) => a + b, 0) / N;
    const spread = sample.reduce((sum, x) => sum + (x - found) ** 2, 0) / N;
    expect(Math.abs(found - mean)).toBeLessThanOrEqual(4.5 * Math.sqrt(variance / N));
    expect(Math.abs(spread - variance)).toBeLessThanOrEqual(4.5 * Math.sqrt((fourth - variance ** 2) / N) + 1e-9);
  });

  it('does not pile up at its bounds', () => {
    for (const [at, q] of [
      [min, p[0] as number],
      [min + p.length - 1, p.at(-1) as number],
    ] as const) {
      const count = sample.filter((x) => x === at).length;
      expect(Math.abs(count - N * q)).toBeLessThanOrEqual(4.5 * Math.sqrt(N * q) + 5);
    }
  });
});

it('never leaves the bounds, and gives whole numbers', () => {
  const centre = fc.double({ min: 0, max: 1, noNaN: true });
  const u = fc.oneof(fc.constantFrom(2 ** -33, 1 - 2 ** -33), fc.double({ min: 1e-10, max: 1 - 1e-10, noNaN: true }));
  const spread = fc.double({ min: 0.01, max: 1e5, noNaN: true });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.nat(20_000),
      centre,
      spread,
      fc.array(u, { minLength: 20 }),
      (min, width, at, s, us) => {
        const max = min + width;
        const middle = min + at * width;
        const draws = [
          drawOf({ kind: 'uniform', min, max }),
          drawOf({ kind: 'normal', mean: middle, sd: s, min, max }),
          drawOf({ kind: 'lognormal', median: middle, sigma: s / 1e4, min, max }),
        ];
        for (const draw of draws) {
          for (const x of us.map(draw)) {
            expect(Number.isInteger(x)).toBe(true);
            expect(x).toBeGreaterThanOrEqual(min);
            expect(x).toBeLessThanOrEqual(max);
          }
        }
      },
    ),
  );
});

it('is a number where one is given, and each line of a file alike (chi-square)', () => {
  expect(new Set(drawn(64, 100))).toEqual(new Set([64]));
  const draw = drawOf({ kind: 'file', path: 'x' }, [5, 9, 5, 700, 12, 80, 81, 2]);
  const random = createRandom(3);
  const sample = times(N, () => draw(random()));
  const wanted = new Map([5, 9, 700, 12, 80, 81, 2].map((x) => [x, (N * (x === 5 ? 2 : 1)) / 8]));
  expect(new Set(sample)).toEqual(new Set(wanted.keys()));
  let chi = 0;
  for (const [x, n] of wanted) chi += (sample.filter((y) => y === x).length - n) ** 2 / n;
  expect(chi).toBeLessThan(26.1); // 6 degrees of freedom, p 2e-4
});

// What requests really ask: the lengths of a stream of work, drawn by a hash of the index.
it.each(['chat', 'code', 'summarization'] as const)('%s: prompts and answers of 20,000 requests (KS)', (profile) => {
  const work = workOf(settingsOf({ WORKLOAD: profile }), 11, 'step_1', { total: N });
  const made = times(N, (i) => work(i, { overhead: 0, wordsPerToken: { [profile]: 1e-9 } }));
  for (const [text, sample] of [
    [PROFILES[profile].input, made.map((w) => w.inputTokens as number)],
    [PROFILES[profile].output, made.map((w) => w.outputTokens)],
  ] as const) {
    expect(distance(theory(text), sample), text).toBeLessThan(2.04 / Math.sqrt(N)); // p 5e-4
  }
});
