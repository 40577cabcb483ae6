/** How strongly observations speak against "as before", and where they do so together. Scores are natural logarithms of odds. */
import { worth } from '../ab/intervals.ts';
import { quantile } from '../stats/quantile.ts';

/** What was observed, in the order of time. */
export interface Series {
  n: number;
  value: Float64Array;
  /** Epoch ms at which it could be known of each. */
  known: Float64Array;
  /** Epoch ms up to which it shows what was wrong: a slow answer that it began slowly, not how long it went on. */
  until: Float64Array;
}

/** The score of a value; above 0 it speaks against "as before". Its odds are 1 on average while all is as before. */
export type Chart = (value: number) => number;

/** Shares of the requests that a fault hits, by which charts are made: a few, a good part, nearly all. */
const HIT = [0.1, 0.3, 0.8];
/** Half of the values get worse than all but 30 % were; Lehmann's alternative. */
const SHIFT = 0.3;
/** What was not seen before may be so much more frequent than it seems. */
const CAUTION = 2;
/** No value counts for more than one so many times the line. */
const MOST = 1000;
/** One in so many values before may lie over the line, so that one strange answer does not hide the rest. */
const STRANGE = 400;
const LEAST = 50;
const MOST_PARTS = 64;

/** Of yes (1) and no (0), where yes has been rarer than `share` so far. */
const ofShare = (share: number, hit: number): Chart => {
  const yes = Math.log(hit / share);
  const no = Math.log((1 - hit) / (1 - share));
  return (value) => (value > 0 ? yes : no);
};

/** Charts of something that befell `hits` of n before. */
export function shareCharts(hits: number, n: number): Chart[] {
  const share = (CAUTION * (hits + 1)) / (n + 2);
  return HIT.filter((hit) => hit > share).map((hit) => ofShare(share, hit));
}

/** A chart of what befell at least the share `usual` before, and now a tenth of it; 1 is that it did not. */
export const silenceChart = (usual: number): Chart[] => (usual > 0 ? [ofShare(1 - usual, 1 - usual / 10)] : []);

/** Of times between arrivals, of which there are half as many more (the likelihood ratio of Poisson processes). */
export const arrivalChart = (mean: number): Chart => {
  const more = Math.log(1.5);
  return (value) => more - value / (2 * mean);
};

/** What was usual: the sorted values before, and the line that hardly any of them was above. */
export interface Usual {
  sorted: Float64Array;
  line: number;
}

export function usualOf(values: Float64Array): Usual {
  const sorted = values.slice().sort();
  return { sorted, line: sorted[sorted.length - 1 - strange(sorted.length)] ?? Number.NaN };
}

const strange = (n: number): number => (n < LEAST ? 0 : 1 + Math.floor(n / STRANGE));

/**
 * Charts of values that are worse the larger they are. Beyond the line one counts the more the further it lies: all that is
 * assumed of the tail there is that twice as far is four times as rare. The last chart goes by ranks, and so sees what has become
 * of all of them: the alternative is that of Lehmann (Ann. Math. Stat. 24, 1953), 1 − G = (1 − F)^θ.
 */
export function valueCharts({ sorted, line }: Usual): Chart[] {
  const n = sorted.length;
  const beyond = (CAUTION * (strange(n) + 1)) / (n + 1);
  const tails = HIT.map((hit): Chart => {
    const low = Math.log(1 - hit);
    return (value) => (value > line ? Math.log(1 - hit + (hit * Math.min(value / line, MOST)) / (2 * beyond)) : low);
  });
  return [...tails, rankChart(sorted)];
}

/** By the part of the range of the values before, of parts that were equally frequent; a search in a few of them is quick in k6. */
function rankChart(sorted: Float64Array): Chart {
  const n = sorted.length;
  const parts = Math.min(MOST_PARTS, n + 1);
  const cuts = new Float64Array(parts - 1);
  for (let k = 0; k < parts - 1; k++) cuts[k] = sorted[Math.floor(((k + 1) * (n + 1)) / parts) - 1] as number;
  const scores = new Float64Array(parts);
  for (let k = 0; k < parts; k++)
    scores[k] = Math.log(parts * ((1 - k / parts) ** SHIFT - (1 - (k + 1) / parts) ** SHIFT));
  return (value) => {
    let low = 0;
    let high = parts - 1;
    while (low < high) {
      const mid = (low + high) >> 1;
      if ((cuts[mid] as number) < value) low = mid + 1;
      else high = mid;
    }
    return scores[low] as number;
  };
}

/** Observations in a row, by their first and their last number, that speak together as strongly as `score`. */
export interface Cluster {
  first: number;
  last: number;
  score: number;
}

/**
 * Runs of observations whose scores add up to `bar` and more (Page's CUSUM; where a run begins and ends is the change as likelihood
 * has it). While all is as before the odds that any of n observations ends one are below n × e^−bar (Shin, Ramdas and Rinaldo,
 * E-detectors, 2022).
 */
export function clustersOf(scores: Float64Array, bar: number): Cluster[] {
  const found: Cluster[] = [];
  let first = 0;
  let sum = 0;
  let peak = 0;
  let last = 0;
  for (let k = 0; k < scores.length; k++) {
    if (sum === 0) first = k;
    sum += scores[k] as number;
    if (sum > peak) {
      peak = sum;
      last = k;
    } else if (sum <= 0 || (peak >= bar && sum < peak - bar)) {
      if (peak >= bar) found.push({ first, last, score: peak });
      sum = 0;
      peak = 0;
    }
  }
  if (peak > 0 && peak >= bar) found.push({ first, last, score: peak });
  return found;
}

/** What one sign showed. */
export interface Shown {
  clusters: Cluster[];
  scores: Float64Array;
  series: Series;
  /** Share of the observations before that spoke against "as before" by chance. */
  usual: number;
  /** What one observation counts for, since neighbours are alike. */
  alone: number;
}

/**
 * The clusters of what was observed since, by the chart that speaks most strongly; undefined without any.
 * @param before the same while all was well: scores count less where neighbours are alike, and a cluster must be twice what there was
 * @param bar least score of a cluster
 */
export function shownIn(before: Series, since: Series, charts: readonly Chart[], bar: number): Shown | undefined {
  if (before.n === 0) return undefined;
  const alone = worth(logs(before.value), 1);
  let best: Shown | undefined;
  let most = 0;
  for (const chart of charts) {
    const own = scored(before, chart, alone);
    let least = bar;
    for (const { score } of clustersOf(own, 0)) least = Math.max(least, 2 * score);
    const scores = scored(since, chart, alone);
    const clusters = clustersOf(scores, least);
    let score = 0;
    for (const cluster of clusters) score = Math.max(score, cluster.score);
    if (score <= most) continue;
    most = score;
    const usual = (badIn(own, 0, before.n) + 1) / (before.n + 2);
    best = { clusters, scores, series: since, usual, alone };
  }
  return best;
}

function scored({ n, value }: Series, chart: Chart, by: number): Float64Array {
  const scores = new Float64Array(n);
  for (let k = 0; k < n; k++) scores[k] = by * chart(value[k] as number);
  return scores;
}

/** Far-off values have less of a say in how alike neighbours are. */
function logs(values: Float64Array): Float64Array {
  const list = new Float64Array(values.length);
  for (let k = 0; k < list.length; k++) list[k] = Math.log(1 + Math.min(values[k] as number, 1e9));
  return list;
}

/** Odds of 1000 to 1 that all is as before again. */
const SURE = Math.log(1000);
/** However sure a fault was to hit, a few requests are to be good. */
const SUREST = 0.8;

/**
 * Whether observations after the last cluster, those known before a moment, speak that clearly for "as before": against as large a
 * share that speaks against it as there was in the cluster.
 */
export function overBy({ clusters, scores, series, usual, alone }: Shown, moment: number): boolean {
  const { first, last } = clusters.at(-1) as Cluster;
  const hit = Math.min(SUREST, badIn(scores, first, last + 1) / (last + 1 - first));
  if (hit <= usual) return false;
  const [bad, good] = [Math.log(usual / hit), Math.log((1 - usual) / (1 - hit))];
  let sum = 0;
  for (let k = last + 1; k < scores.length && sum < SURE; k++)
    if ((series.known[k] as number) < moment) sum += alone * ((scores[k] as number) > 0 ? bad : good);
  return sum >= SURE;
}

/** Observations that speak against "as before". */
function badIn(scores: Float64Array, from: number, to: number): number {
  let count = 0;
  for (let k = from; k < to; k++) if ((scores[k] as number) > 0) count++;
  return count;
}

/** Epoch ms up to which the last cluster goes. */
export const lastOf = ({ clusters, series }: Shown): number => series.until[clusters.at(-1)?.last ?? 0] as number;

/** ms from one observation that speaks against "as before" to the next in the first cluster: nine in ten are no further apart. */
export function apartOf({ clusters, scores, series }: Shown): number {
  const { first, last } = clusters[0] as Cluster;
  const apart = new Float64Array(Math.max(0, badIn(scores, first, last + 1) - 1));
  let n = 0;
  let before = first;
  for (let k = first + 1; k <= last; k++) {
    if (!((scores[k] as number) > 0)) continue;
    apart[n++] = (series.known[k] as number) - (series.known[before] as number);
    before = k;
  }
  return quantile(apart.sort(), 0.9) || 0;
}
