import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { largestRemainder, mixer } from '../../lib/workload/mix.ts';

const weights = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 5 });
const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
const sharesOf = (list: readonly number[]) => list.map((weight, i) => ({ model: `m${i}`, weight }));
const counted = (models: readonly string[]) => {
  const counts: Record<string, number> = {};
  for (const model of models) counts[model] = (counts[model] ?? 0) + 1;
  return counts;
};
const drawn = (pick: (i: number) => string, n: number) => Array.from({ length: n }, (_, i) => pick(i));

describe('largestRemainder', () => {
  it.each([
    [[0.7, 0.3], 900, [630, 270]],
    [[0.7, 0.3], 10, [7, 3]],
    [[1, 1, 1], 10, [4, 3, 3]],
    [[5, 3, 2], 1, [1, 0, 0]],
    [[2, 1], 0, [0, 0]],
  ])('%j of %d', (w, total, counts) => expect(largestRemainder(w, total)).toEqual(counts));

  it('gives all away, each within one of its exact share', () => {
    fc.assert(
      fc.property(weights, fc.nat(100_000), (w, total) => {
        const counts = largestRemainder(w, total);
        expect(sum(counts)).toBe(total);
        for (const [i, n] of counts.entries()) {
          expect(Math.abs(n - ((w[i] as number) / sum(w)) * total)).toBeLessThan(1.000001);
        }
      }),
    );
  });
});

describe('mixer', () => {
  it('draws 0.7/0.3 of 900 as 630 and 270', () =>
    expect(
      counted(
        drawn(
          mixer(
            [
              { model: 'a', weight: 0.7 },
              { model: 'b', weight: 0.3 },
            ],
            1,
            900,
          ),
          900,
        ),
      ),
    ).toEqual({
      a: 630,
      b: 270,
    }));

  it('draws the exact shares of any count', () => {
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 3000 }), fc.nat(), (w, total, seed) => {
        const counts = counted(drawn(mixer(sharesOf(w), seed, total), total));
        expect(w.map((_, i) => counts[`m${i}`] ?? 0)).toEqual(largestRemainder(w, total));
      }),
    );
  });

  it.each([
    [[7, 3], 25_000],
    [[97, 3, 5], 20_001],
  ])('is exact over more than one block: %j of %d', (w, total) => {
    const counts = counted(drawn(mixer(sharesOf(w), 5, total), total));
    expect(w.map((_, i) => counts[`m${i}`])).toEqual(largestRemainder(w, total));
  });

  it('is exact in each block of 10,000 where time ends the run', () => {
    const pick = mixer(sharesOf([7, 3]), 1, undefined);
    expect(counted(drawn((i) => pick(i + 10_000), 10_000))).toEqual({ m0: 7000, m1: 3000 });
  });

  it('depends on seed and index only, in whatever order indexes come', () => {
    const list = drawn(mixer(sharesOf([1, 1]), 7, undefined), 20_100);
    const again = mixer(sharesOf([1, 1]), 7, undefined);
    for (const i of [20_050, 3, 10_001, 20_051, 4]) expect(again(i)).toBe(list[i]);
    expect(drawn(mixer(sharesOf([1, 1]), 8, undefined), 100)).not.toEqual(list.slice(0, 100));
  });

  it('mixes the order: no long run of one model', () => {
    const text = drawn(mixer(sharesOf([1, 1]), 3, 1000), 1000).join('');
    expect(text).not.toMatch(/(m0){30}|(m1){30}/);
  });
});
