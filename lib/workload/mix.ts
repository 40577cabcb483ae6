import { GOLDEN, hashSeed, mix } from '../random.ts';

/** Where time ends a run, each block of so many requests is exact. */
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
 * Which of the weights request `index` belongs to: shares drawn exactly over the run, in an order shuffled by the seed. The
 * order is computed, not kept: a shuffled list costs each VU 0.1 s in k6's JavaScript.
 * @param total requests of the run; undefined where time ends it
 */
export function mixer(weights: readonly number[], seed: number, total = BLOCK): (index: number) => number {
  let end = 0;
  const ends = largestRemainder(weights, total).map((count) => {
    end += count;
    return end;
  });
  const key = hashSeed(seed, total) >>> 0;
  const width = Math.ceil(Math.sqrt(total));
  return (index) => {
    const at = Math.abs(index);
    const slot = permuted(at % total, total, width, mix(key + Math.floor(at / total)));
    let k = 0;
    while (slot >= (ends[k] as number)) k++;
    return k;
  };
}

/**
 * Where index i of n goes in a shuffle: a generalized Feistel network over a grid that holds n cells, walked on while it lands
 * in a cell beyond them (Black and Rogaway, Ciphers with Arbitrary Finite Domains, 2002).
 * @param width of the grid, about the root of n
 * @param key 32 bits
 */
function permuted(i: number, n: number, width: number, key: number): number {
  const height = Math.ceil(n / width);
  const rounds = n < 64 ? 8 : 3; // few cells mix slowly
  let at = i;
  do {
    let x = at % width;
    let y = (at - x) / width;
    for (let round = 0; round < rounds; round++) {
      x = (x + mix(key + y + 2 * round * GOLDEN)) % width;
      y = (y + mix(key + x + (2 * round + 1) * GOLDEN)) % height;
    }
    at = y * width + x;
  } while (at >= n);
  return at;
}
