/** Mulberry32: a small, fast generator, good enough for jitter and shares. Returns floats in [0, 1). */
export type Random = () => number;

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * A generator of its own for each request and purpose, so that what request 7 draws depends on the seed and on 7,
 * not on how the requests before it happened to interleave.
 */
export function requestRandom(seed: number, request: number, purpose: 'timing' | 'fault'): Random {
  const salt = purpose === 'timing' ? 0x9e3779b1 : 0x85ebca6b;
  return createRandom(Math.imul(seed | 0, 0x27d4eb2f) ^ Math.imul(request + 1, salt));
}
