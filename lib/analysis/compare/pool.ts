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
  const { value, owner, weight } = points(blocks);
  const n = blocks.length;
  /** What each block has before every so many points; last: all. */
  const stops = Math.ceil(value.length / STRIDE);
  const before = new Float64Array((stops + 1) * n);
  for (let stop = 0; stop < stops; stop++) {
    before.copyWithin((stop + 1) * n, stop * n, (stop + 1) * n);
    for (let i = stop * STRIDE; i < Math.min(value.length, (stop + 1) * STRIDE); i++) {
      const at = (stop + 1) * n + (owner[i] as number);
      before[at] = (before[at] as number) + (weight[i] as number);
    }
  }
  /** Where the quantile was found last: draws of the same blocks lie close together. */
  let near = stops >> 1;
  return {
    blocks: n,
    of(times) {
      const upTo = (stop: number): number => {
        const row = stop * n;
        let sum = 0;
        for (let k = 0; k < n; k++) sum += (times[k] as number) * (before[row + k] as number);
        return sum;
      };
      const wanted = q * upTo(stops) * (1 - 1e-12);
      if (wanted === 0) return Number.NaN;
      let [low, high] = [near, near + 1];
      for (let step = 1; low > 0 && upTo(low) >= wanted; step *= 2) {
        high = low;
        low = Math.max(0, low - step);
      }
      for (let step = 1; high < stops && upTo(high) < wanted; step *= 2) {
        low = high;
        high = Math.min(stops, high + step);
      }
      while (high - low > 1) {
        const mid = (low + high) >> 1;
        if (upTo(mid) < wanted) low = mid;
        else high = mid;
      }
      near = low;
      let left = wanted - upTo(low);
      for (let i = low * STRIDE; i < value.length; i++) {
        left -= (times[owner[i] as number] as number) * (weight[i] as number);
        if (left <= 0) return value[i] as number;
      }
      return Number.NaN;
    },
  };
}

/** Those of all blocks in the order of their values: sorted without a comparator, each finds its place among them. */
function points(blocks: readonly Points[]) {
  const n = blocks.reduce((sum, { values }) => sum + values.length, 0);
  const [value, owner, weight] = [new Float64Array(n), new Uint16Array(n), new Float64Array(n)];
  let from = 0;
  for (const { values } of blocks) {
    value.set(values, from);
    from += values.length;
  }
  value.sort();
  /** By the first place of a value: how many have it already. */
  const alike = new Uint32Array(n);
  blocks.forEach(({ values, weights }, block) => {
    for (let k = 0; k < values.length; k++) {
      const first = placeOf(values[k] as number, value);
      const at = first + (alike[first] as number);
      alike[first] = (alike[first] as number) + 1;
      owner[at] = block;
      weight[at] = weights?.[k] ?? 1;
    }
  });
  return { value, owner, weight };
}

function placeOf(value: number, sorted: Float64Array): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const mid = (low + high) >> 1;
    if ((sorted[mid] as number) < value) low = mid + 1;
    else high = mid;
  }
  return low;
}

/** Points between two sums. */
const STRIDE = 32;
