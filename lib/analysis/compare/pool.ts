/** Figures of blocks of time that are drawn at random, with replacement. */

/** Something that can be taken of any blocks of a run together. */
export interface Pool {
  blocks: number;
  /** @param times how often each block is in it */
  of: (times: ArrayLike<number>) => number;
}

/** Sums of blocks: one over another. */
export const ratio = (over: readonly number[], under: readonly number[]): Pool => ({
  blocks: over.length,
  of(times) {
    let [a, b] = [0, 0];
    for (let k = 0; k < over.length; k++) {
      a += (times[k] as number) * (over[k] as number);
      b += (times[k] as number) * (under[k] as number);
    }
    return a / b;
  },
});

/** Samples of a block, all of one weight unless these say otherwise. */
export interface Points {
  values: ArrayLike<number>;
  weights?: readonly number[];
}

/** The q-quantile of the samples of blocks. */
export function pooled(blocks: readonly Points[], q: number): Pool {
  const all = blocks.flatMap(({ values, weights }, block) =>
    Array.from(values, (value, k) => ({ value, block, weight: weights?.[k] ?? 1 })),
  );
  all.sort((a, b) => a.value - b.value);
  const value = Float64Array.from(all, (point) => point.value);
  const owner = Uint16Array.from(all, (point) => point.block);
  const weight = Float64Array.from(all, (point) => point.weight);
  const n = blocks.length;
  /** What each block has before every so many points; last: all. */
  const stops = Math.ceil(all.length / STRIDE);
  const before = new Float64Array((stops + 1) * n);
  for (let stop = 0; stop < stops; stop++) {
    before.copyWithin((stop + 1) * n, stop * n, (stop + 1) * n);
    for (let i = stop * STRIDE; i < Math.min(all.length, (stop + 1) * STRIDE); i++) {
      const at = (stop + 1) * n + (owner[i] as number);
      before[at] = (before[at] as number) + (weight[i] as number);
    }
  }
  return {
    blocks: n,
    of(times) {
      const upTo = (stop: number): number => {
        let sum = 0;
        for (let k = 0; k < n; k++) sum += (times[k] as number) * (before[stop * n + k] as number);
        return sum;
      };
      const wanted = q * upTo(stops) * (1 - 1e-12);
      if (wanted === 0) return Number.NaN;
      let [low, high] = [0, stops];
      while (high - low > 1) {
        const mid = (low + high) >> 1;
        if (upTo(mid) < wanted) low = mid;
        else high = mid;
      }
      let left = wanted - upTo(low);
      for (let i = low * STRIDE; i < value.length; i++) {
        left -= (times[owner[i] as number] as number) * (weight[i] as number);
        if (left <= 0) return value[i] as number;
      }
      return Number.NaN;
    },
  };
}

/** Points between two sums. */
const STRIDE = 64;
