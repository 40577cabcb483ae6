/** Seeded randomness: the same seed gives the same values in every VU, on every machine, in k6 and in Node. */

/** Values in [0, 1), as Math.random gives. */
export type Random = () => number;

const TWO_32 = 2 ** 32;
/** 2^32 over the golden ratio: steps of it visit all 32-bit numbers in a spread-out order. */
export const GOLDEN = 0x9e3779b9;

/** MurmurHash3's finalizer: a bijection on 32 bits in which every input bit reaches every output bit. */
export function mix(x: number): number {
  let h = x >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Undoes `mix`: unmix(mix(x)) is x, for x of 32 bits without a sign. */
export function unmix(x: number): number {
  let h = x ^ (x >>> 16);
  h = Math.imul(h, 0x7ed1b41d); // times 0xc2b2ae35 it is 1, modulo 2^32
  h = Math.imul(h ^ (h >>> 13) ^ (h >>> 26), 0xa5cb9243); // likewise of 0x85ebca6b
  return (h ^ (h >>> 16)) >>> 0;
}

/** The upper half of a safe integer; the lower one is `x >>> 0`. No arrays here: k6's interpreter is slow at destructuring. */
const upper = (x: number): number => (x / TWO_32) >>> 0;

function check(x: number, name: string): void {
  if (!Number.isSafeInteger(x)) throw new RangeError(`${name} must be an integer within ±2^53, not ${x}`);
}

/**
 * A stream of random numbers with a resolution of 2^-32 and a period of 2^32: SplitMix32, keyed. Chosen over generators with
 * more state because k6's interpreter takes 10 µs to start a stream (sfc32: 55) and each request has one of its own.
 * @param seed any safe integer; neighbouring seeds give unrelated streams
 * @throws RangeError if the seed is no safe integer
 * @example const random = createRandom(42); random(); // the same number everywhere
 */
export function createRandom(seed: number): Random {
  check(seed, 'seed');
  const key = mix(upper(seed) ^ GOLDEN);
  let counter = mix(seed >>> 0);
  return () => {
    counter = (counter + GOLDEN) | 0;
    return mix(counter ^ key) / TWO_32;
  };
}

/**
 * A seed of its own for each index, so that content depends on (seed, index) only and not on which VU came first:
 * `createRandom(hashSeed(SEED, iterationInTest))`. No two indexes below 2^32 share a seed. Nest it for more dimensions.
 * @returns an integer in [0, 2^53)
 * @throws RangeError if an argument is no safe integer
 */
export function hashSeed(seed: number, index: number): number {
  check(seed, 'seed');
  check(index, 'index');
  const key = mix(seed ^ Math.imul(upper(seed), GOLDEN));
  const low = mix(index ^ key ^ Math.imul(upper(index), GOLDEN)); // a bijection of the index's lower half
  const high = mix(low + key) >>> 11;
  return high * TWO_32 + low;
}

/** An integer in [min, max], both included and equally likely. */
export function integerBetween(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1));
}

/** A shuffled copy (Fisher–Yates); every order is equally likely. */
export function shuffle<T>(items: readonly T[], random: Random): T[] {
  const shuffled = [...items];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = integerBetween(random, 0, i);
    [shuffled[i], shuffled[j]] = [shuffled[j] as T, shuffled[i] as T];
  }
  return shuffled;
}
