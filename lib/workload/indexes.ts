/** The indexes of a stream of requests, 32 bits: iterations count up from 0, what else is asked has its own below that. */

/** Warm-up requests of VU v are −1−v, −1−v−100000, … */
const VUS = 100_000;
/** Further requests of an iteration are below those. */
const FURTHER = 2 ** 30;
/** Iterations that one scenario may have, for that. */
const MOST = 2 ** 24;
/** No request takes longer than so many others that begin meanwhile. */
const AHEAD = 100_000;

/** Warm-up request `k`, from 0, of VU `vu`, from 1. */
export const warmUpIndex = (vu: number, k: number): number => -1 - vu - k * VUS;

/** Request `n` of an iteration, from 1, after its first. */
export const furtherIndex = (iteration: number, n: number): number => -FURTHER - n * MOST - iteration;

/**
 * Whether a request can have had this index by now.
 * @param reached an iteration that is under way; below 0, where that is a warm-up request, it tells nothing
 * @param vus how many of them warm up
 * @param each indexes of an iteration, of which only the first counts
 */
export function canBe(index: number, reached: number, vus: number, each = 1): boolean {
  const most = Math.max(0, reached) + AHEAD;
  if (index >= 0) return index % each === 0 && index / each <= most;
  if (index <= -FURTHER) return (-FURTHER - index) % MOST <= most;
  const vu = (-1 - index) % VUS;
  return vu > 0 && vu <= vus;
}
