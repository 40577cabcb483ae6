import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { largestRemainder, mixer } from '../../lib/workload/mix.ts';

const weights = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 5 });
const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
const drawn = (pick: (i: number) => number, n: number) => Array.from({ length: n }, (_, i) => pick(i));
/** How often each of so many was drawn. */
const counted = (list: readonly number[], of: number) =>
  Array.from({ length: of }, (_, k) => list.filter((x) => x === k).length);

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
    expect(counted(drawn(mixer([0.7, 0.3], 1, 900), 900), 2)).toEqual([630, 270]));

  it('draws the exact shares of any count', () => {
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 3000 }), fc.nat(), (w, total, seed) => {
        expect(counted(drawn(mixer(w, seed, total), total), w.length)).toEqual(largestRemainder(w, total));
      }),
    );
  });

  it.each([
    [[7, 3], 25_000],
    [[97, 3, 5], 20_001],
  ])('is exact over a long run: %j of %d', (w, total) =>
    expect(counted(drawn(mixer(w, 5, total), total), w.length)).toEqual(largestRemainder(w, total)),
  );

  it('is near its shares at any point of a long run: within the interval of draws without replacement', () => {
    const n = 50_000;
    const list = drawn(mixer([7, 3], 9, n), n);
    for (let k = 10_000; k < n; k += 2000) {
      const sd = Math.sqrt((k * 0.7 * 0.3 * (n - k)) / (n - 1));
      expect(Math.abs(list.slice(0, k).filter((x) => x === 0).length - 0.7 * k)).toBeLessThan(4.5 * sd);
    }
  });

  it('is exact in each block of 10,000 where time ends the run', () => {
    const pick = mixer([7, 3], 1);
    expect(
      counted(
        drawn((i) => pick(i + 10_000), 10_000),
        2,
      ),
    ).toEqual([7000, 3000]);
    expect(drawn(pick, 100)).not.toEqual(drawn((i) => pick(i + 10_000), 100));
  });

  it('depends on seed and index only, in whatever order indexes come, below 0 too', () => {
    const list = drawn(mixer([1, 1], 7), 20_100);
    const again = mixer([1, 1], 7);
    for (const i of [20_050, 3, 10_001, 20_051, 4]) expect(again(i)).toBe(list[i]);
    expect(drawn(mixer([1, 1], 8), 100)).not.toEqual(list.slice(0, 100));
    expect([0, 1]).toContain(again(-100_003));
  });

  it('mixes the order: no long run of one', () => {
    const text = drawn(mixer([1, 1], 3, 1000), 1000).join('');
    expect(text).not.toMatch(/0{30}|1{30}/);
  });

  // Where the first two of a run, and its last two, come to stand: chi-square over 30,000 seeds.
  it.each([2, 3, 5, 10, 63, 64])('shuffles %d as chance does', (n) => {
    const seeds = 30_000;
    const cells = n * (n - 1);
    for (const at of [0, n - 2]) {
      const counts = new Map<number, number>();
      for (let seed = 0; seed < seeds; seed++) {
        const slot = mixer(Array<number>(n).fill(1), seed, n);
        const pair = slot(at) * n + slot(at + 1);
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
      const wanted = seeds / cells;
      let chi = (cells - counts.size) * wanted;
      for (const count of counts.values()) chi += (count - wanted) ** 2 / wanted;
      const df = cells - 1;
      expect(chi).toBeLessThan(df + 4.5 * Math.sqrt(2 * df) + 8); // p < 1e-4
    }
  });

  // How often what follows is the same, against its mean and its spread in a shuffle.
  it.each([1, 2, 3, 4, 16, 64])('has no pattern %d apart in a long run', (lag) => {
    const [n, runs] = [1000, 100];
    const p = (n / 2 - 1) / (n - 1);
    let [sum, squares] = [0, 0];
    for (let seed = 0; seed < runs; seed++) {
      const list = drawn(mixer([1, 1], seed, n), n);
      const same = list.filter((x, i) => i >= lag && x === list[i - lag]).length;
      const z = (same - (n - lag) * p) / Math.sqrt((n - lag) / 4);
      sum += z;
      squares += z * z;
    }
    expect(Math.abs(sum) / Math.sqrt(runs)).toBeLessThan(4);
    expect(squares / runs).toBeLessThan(1.7);
    expect(squares / runs).toBeGreaterThan(0.5);
  });
});
