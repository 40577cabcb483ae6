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
  const all = points(blocks);
  const order = Uint32Array.from(all.value.keys()).sort((a, b) => (all.value[a] as number) - (all.value[b] as number));
  const value = new Float64Array(order.length);
  const owner = new Uint16Array(order.length);
  const weight = new Float64Array(order.length);
  for (let i = 0; i < order.length; i++) {
    const k = order[i] as number;
    value[i] = all.value[k] as number;
    owner[i] = all.owner[k] as number;
    weight[i] = all.weight[k] as number;
  }
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

/** Those of all blocks, one after the other. */
function points(blocks: readonly Points[]) {
  const n = blocks.reduce((sum, { values }) => sum + values.length, 0);
  const [value, owner, weight] = [new Float64Array(n), new Uint16Array(n), new Float64Array(n)];
  let i = 0;
  blocks.forEach(({ values, weights }, block) => {
    for (let k = 0; k < values.length; k++) {
      value[i] = values[k] as number;
      owner[i] = block;
      weight[i++] = weights?.[k] ?? 1;
    }
  });
  return { value, owner, weight };
}

/** Points between two sums. */
const STRIDE = 64;
