/** How sure one run is of one of its figures, from blocks of its time. */
import { createRandom } from '../../random.ts';
import { worth } from '../ab/intervals.ts';
import { effectiveSize, rankBounds } from '../stats/bounds.ts';
import { line, tQuantile } from '../stats/interval.ts';
import { quantile } from '../stats/quantile.ts';
import type { Pool } from './pool.ts';

export interface Bounds {
  low: number;
  high: number;
}

/** A figure of one run. */
export interface Side {
  value: number;
  /** Bounds, each at this one-sided confidence; NaN where there are too few samples. */
  at: (confidence: number) => Bounds;
  /** Where it is a percentile far out: the samples that it takes for such bounds, of those that there are. */
  takes?: (confidence: number) => { samples: number; of: number };
}

/** Differences of times and rates are shares of them: those are taken between logarithms. Shares are taken as they are. */
export interface Scale {
  to: (value: number) => number;
  from: (value: number) => number;
}
export const LOGARITHMIC: Scale = { to: Math.log, from: Math.exp };
export const PLAIN: Scale = { to: (value) => value, from: (value) => value };

const RESAMPLES = 2000;
const SEED = 1;

/**
 * Bootstrap over blocks of time (Efron & Tibshirani, An Introduction to the Bootstrap, §8.5): blocks are drawn with replacement and
 * the figure is taken of all their samples. Of what comes out only the standard error is used, with Student's t: so few
 * blocks have no percentiles as far out as a comparison of many figures asks for, neither basic nor BCa.
 * A trend within the run counts as a difference between blocks, but not as a likeness of neighbours: it would else be taken for
 * blocks that say nothing. What no trend explains counts for less the more neighbours are alike.
 * @param value of the whole run
 */
export function bootstrapped(value: number, pool: Pool, { to, from }: Scale): Side {
  const { blocks } = pool;
  const times = new Uint16Array(blocks);
  const alone = Array.from(times, (_, k) => pool.of(times.fill(0).fill(1, k, k + 1)));
  const series = alone.map(to).filter(Number.isFinite);
  const residuals = withoutTrend(series);
  /** Of the differences between blocks, what no trend explains. */
  const untold = spread(series) > 0 ? spread(residuals) / spread(series) : 1;
  const draws = drawsOf(blocks);
  let [n, mean, squares] = [0, 0, 0];
  for (let i = 0; i < RESAMPLES; i++) {
    const drawn = to(pool.of(draws.subarray(i * blocks, (i + 1) * blocks)));
    if (!Number.isFinite(drawn)) continue;
    const off = drawn - mean;
    mean += off / ++n;
    squares += off * (drawn - mean);
  }
  const variance = ((squares / (n - 1)) * blocks) / (blocks - 1);
  return {
    value,
    at(confidence) {
      const share = worth(residuals);
      const parts = [
        { variance: variance * (1 - untold), df: blocks - 1 },
        { variance: (variance * untold) / share, df: Math.max(1, blocks * share - 1) },
      ];
      const all = parts.reduce((sum, part) => sum + part.variance, 0);
      // Satterthwaite's degrees of freedom of a sum of variances.
      const df = all > 0 ? all ** 2 / parts.reduce((sum, part) => sum + part.variance ** 2 / part.df, 0) : blocks - 1;
      const half = tQuantile(confidence, df) * Math.sqrt(all);
      return { low: from(to(value) - half), high: from(to(value) + half) };
    },
  };
}

/** How often each of so many blocks is in each of the samples: the same ones for every figure. */
function drawsOf(blocks: number): Uint16Array {
  const known = DRAWS.get(blocks);
  if (known) return known;
  const draws = new Uint16Array(RESAMPLES * blocks);
  const random = createRandom(SEED);
  for (let i = 0; i < draws.length; i++) {
    const at = i - (i % blocks) + Math.floor(random() * blocks);
    draws[at] = (draws[at] as number) + 1;
  }
  DRAWS.set(blocks, draws);
  return draws;
}
const DRAWS = new Map<number, Uint16Array>();

/**
 * A percentile far out, by order statistics (Conover): free of any assumption on how values are distributed. There are so many
 * samples as those beyond it are worth, once the trend of the blocks' medians is taken out: samples that a trend alone tells
 * apart are independent, and the binomial bounds of such are rather too wide (Hoeffding, Ann. Math. Stat. 27, 1956).
 * Above 99.5 % there may be no sample far enough out: the bounds at 99.5 % are widened as a lognormal's would be.
 * @param blocks samples of each block, sorted
 */
export function farOut(blocks: readonly Float64Array[], q: number): Side {
  const filled = blocks.filter((values) => values.length > 0);
  const sorted = together(filled);
  const medians = filled.map((values) => quantile(values, 0.5));
  const trend = medians.map((median, k) => median - (residualsOf(medians)[k] as number));
  const level = filled.map((values, k) => values.map((value) => value / (trend[k] as number)));
  const limit = quantile(together(level), q);
  const hits = level.map((values) => values.filter((value) => value > limit).length);
  const sizes = filled.map((values) => values.length);
  const effect = effectOf(hits, sizes);
  const value = quantile(sorted, q);
  const bounds = (confidence: number): Bounds => {
    const { low, high } = rankBounds(q, sorted.length / effect, confidence);
    const at = (rank: number) => sorted[Math.floor(rank * sorted.length)] ?? Number.NaN;
    return { low: at(low), high: at(high) };
  };
  return {
    value,
    at(confidence) {
      const { low, high } = bounds(confidence);
      if (!Number.isNaN(low + high) || confidence <= SURE) return { low, high };
      const known = bounds(SURE);
      const by = tQuantile(confidence, NORMAL) / tQuantile(SURE, NORMAL);
      return { low: value * (known.low / value) ** by, high: value * (known.high / value) ** by };
    },
    takes: (confidence) => ({
      samples: Math.ceil((effect * Math.log(1 - confidence)) / Math.log(q)),
      of: sorted.length,
    }),
  };
}
/** One-sided. */
const SURE = 0.995;
/** So many degrees of freedom are those of the normal distribution. */
const NORMAL = 1e6;

function together(lists: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return all.sort();
}

/** How many samples tell as much as one independent one would, where what is counted comes in bursts. */
export function effectOf(hits: readonly number[], sizes: readonly number[]): number {
  const n = sizes.reduce((sum, size) => sum + size, 0);
  const shares = hits.flatMap((count, k) => (sizes[k] ? [count / (sizes[k] as number)] : []));
  if (shares.every((share) => share === shares[0])) return 1;
  return n / effectiveSize(hits, sizes) / worth(withoutTrend(shares));
}

const residualsOf = (values: readonly number[]): Float64Array =>
  line(
    values.map((_, k) => k),
    values,
  ).residuals;

const spread = (values: readonly number[]): number => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
};

/** What lies off the straight line through values; about their mean, as `worth` judges rounding by it. */
export function withoutTrend(values: readonly number[]): number[] {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Array.from(residualsOf(values), (off) => off + mean);
}
