import { createRandom, hashSeed, shuffle } from '../random.ts';
import type { MixShare } from '../settings/parse.ts';

/** Longest list of draws that a VU keeps; longer runs repeat blocks of this length, each exact. */
const BLOCK = 10_000;

/**
 * How many of `total` each weight gets, exactly: largest remainder (Hamilton). 0.7/0.3 of 900 → 630/270.
 */
export function largestRemainder(weights: readonly number[], total: number): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  const exact = weights.map((w) => (w / sum) * total);
  // 0.7 × 900 is 629.9999… in floating point.
  const counts = exact.map((x) => Math.floor(x + 1e-9));
  const rest = total - counts.reduce((a, b) => a + b, 0);
  const byRemainder = exact
    .map((x, i) => ({ i, rest: x - (counts[i] as number) }))
    .sort((a, b) => b.rest - a.rest || a.i - b.i);
  for (const { i } of byRemainder.slice(0, rest)) (counts[i] as number)++;
  return counts;
}

/**
 * Which model request `index` asks for: shares drawn exactly over the run, in an order shuffled by the seed.
 * @param total requests of the run; undefined where time ends it: blocks of 10,000, each exact
 */
export function mixer(shares: readonly MixShare[], seed: number, total: number | undefined): (index: number) => string {
  const length = Math.min(total ?? BLOCK, BLOCK);
  const blocks = new Map<number, string[]>();
  const weights = shares.map((s) => s.weight);
  const draw = (block: number, size: number): string[] => {
    const done = block * length;
    // Rounded against the running total, so that a long run is exact as a whole too.
    const before = largestRemainder(weights, done);
    const after = largestRemainder(weights, done + size);
    const list = shares.flatMap((s, i) =>
      Array<string>(Math.max(0, (after[i] as number) - (before[i] as number))).fill(s.model),
    );
    return shuffle(list, createRandom(hashSeed(seed, block)));
  };
  return (at) => {
    const index = total === undefined ? at : at % total;
    const block = Math.floor(index / length);
    let list = blocks.get(block);
    if (!list) {
      list = draw(block, total === undefined ? length : Math.max(1, Math.min(length, total - block * length)));
      blocks.clear(); // indexes rise
      blocks.set(block, list);
    }
    return list[index % length] ?? (shares[0] as MixShare).model;
  };
}
