import type { RequestLimits } from '../../../thresholds/slo.ts';
import { type Part, type Parts, partsOf } from '../ab/parts.ts';
import type { Columns } from '../columns/columns.ts';
import { shareBounds } from '../stats/bounds.ts';
import { quantile } from '../stats/quantile.ts';
import type { Measured } from '../steps.ts';
import type { FigureName } from './figures.ts';
import { type Points, pooled, ratio } from './pool.ts';
import { bootstrapped, effectOf, farOut, LOGARITHMIC, PLAIN, type Side } from './side.ts';

/** The requests of a step, in blocks of time. */
export interface Evidence extends Parts {
  columns: Columns;
  limits: RequestLimits | undefined;
}

const MOST_BLOCKS = 30;
/** Fewer tell too little of how blocks differ. */
const LEAST_BLOCKS = 10;
/** Requests in a block, about. A block is no shorter than a median answer either: its neighbours would be in it. */
const REQUESTS = 8;

/** What a step tells; or why it tells too little. */
export function evidenceOf(columns: Columns, step: Measured, limits: RequestLimits | undefined): Evidence | string {
  const { data, result, sorted } = step;
  const { from, to } = data;
  if (result.ok === 0) return 'no request succeeded';
  const answer = quantile(sorted.e2e, 0.5);
  const blocks = Math.min(MOST_BLOCKS, Math.floor((to - from) / answer), Math.floor(result.ok / REQUESTS));
  if (blocks >= LEAST_BLOCKS) {
    const { whole, blocks: parts } = partsOf(columns, step, { from, to, blocks });
    return { columns, limits, whole, blocks: withUnsent(parts, step) };
  }
  return result.ok < REQUESTS * LEAST_BLOCKS
    ? `${result.ok} answers are too few, it takes ${REQUESTS * LEAST_BLOCKS}`
    : `answers of ${(answer / 1000).toFixed(1)} s take ${Math.ceil((LEAST_BLOCKS * answer) / 1000)} s or more`;
}

/**
 * Evenly spaced requests that were never sent are missed where fewer were sent than planned; `partsOf` has them in the last
 * block, as one burst that tells nothing. Of a schedule of our own the rest is at the end.
 */
function withUnsent(blocks: Part[], { data: { step, dropped } }: Measured): Part[] {
  if (dropped === 0 || step.load.kind !== 'open' || step.requests !== undefined) return blocks;
  const last = blocks.length - 1;
  const sent = blocks.map(({ asked }, k) => (k === last ? asked - dropped : asked));
  const { rate } = step.load;
  const missed = blocks.map(({ ms }, k) => Math.max(0, (rate * ms) / 1000 - (sent[k] as number)));
  const all = missed.reduce((sum, count) => sum + count, 0);
  return blocks.map((part, k) => {
    const more = all > 0 ? (dropped * (missed[k] as number)) / all : 0;
    const failed = part.failed - (k === last ? dropped : 0) + more;
    return { ...part, failed, asked: (sent[k] as number) + more };
  });
}

/** A figure of both runs, by their blocks; undefined where those cannot tell it. */
export function sidesOf(figure: FigureName, [a, b]: Pair, values: readonly [number, number]): [Side, Side] | undefined {
  if (figure === 'errors') return errorSides([a, b]);
  const of = SIDES[figure];
  const sides = [of(a, values[0]), of(b, values[1])];
  return sides.every((side) => side !== undefined) ? (sides as [Side, Side]) : undefined;
}
type Pair = readonly [Evidence, Evidence];
type SideOf = (evidence: Evidence, value: number) => Side | undefined;

const median =
  (samples: (evidence: Evidence, part: Part) => Float64Array): SideOf =>
  (evidence, value) =>
    bootstrapped(
      value,
      pooled(
        evidence.blocks.map((part) => ({ values: samples(evidence, part) })),
        0.5,
      ),
      LOGARITHMIC,
    );
const perSecond =
  (count: (evidence: Evidence, part: Part) => number): SideOf =>
  (evidence, value) =>
    quotient(evidence, value, count, (_, part) => part.ms / 1000);
const quotient = (evidence: Evidence, value: number, over: Count, under: Count, scale = LOGARITHMIC): Side =>
  bootstrapped(
    value,
    ratio(
      evidence.blocks.map((part) => over(evidence, part)),
      evidence.blocks.map((part) => under(evidence, part)),
    ),
    scale,
  );
type Count = (evidence: Evidence, part: Part) => number;

const SIDES: Record<Exclude<FigureName, 'errors'>, SideOf> = {
  'ttft.p50': median((_, { ttft }) => ttft),
  'ttft.p99': ({ blocks }) =>
    farOut(
      blocks.map(({ ttft }) => ttft),
      0.99,
    ),
  'itl.mean': (evidence, value) =>
    quotient(
      evidence,
      value,
      (_, { gapsSum }) => gapsSum,
      (_, { gaps }) => gaps,
    ),
  'itl.p99': gapSide,
  'tpot.p50': median(tpots),
  'e2e.p50': median((_, { e2e }) => e2e),
  'e2e.p99': ({ blocks }) =>
    farOut(
      blocks.map(({ e2e }) => e2e),
      0.99,
    ),
  'req/s': perSecond((_, { ended }) => ended),
  'tok/s': perSecond((_, { tokens }) => tokens),
  goodput: perSecond(inSlo),
  cached: (evidence, value) =>
    quotient(
      evidence,
      value,
      (_, { cached }) => cached,
      (_, { input }) => input,
      PLAIN,
    ),
};

/** Gaps of a block that has a 99th percentile of its own. */
const LEAST_GAPS = 200;
/** Where the upper tenth of a block's gaps lies; the rest is below. */
const TAIL = Array.from({ length: 40 }, (_, k) => 0.9 + (k + 0.5) / 400);

function gapSide({ columns, blocks }: Evidence, value: number): Side | undefined {
  if (blocks.some(({ gaps }) => gaps < LEAST_GAPS)) return undefined;
  const points = blocks.map(({ rows, gaps }): Points => {
    const values = columns.gapQuantiles(rows, [0.9, ...TAIL]);
    return { values, weights: values.map((_, k) => (k === 0 ? 0.9 * gaps : gaps / 400)) };
  });
  return bootstrapped(value, pooled(points, 0.99), LOGARITHMIC);
}

/** TPOT of a row, ms; NaN where it has none. See measureGroup. */
function tpot(columns: Columns, row: number): number {
  const first = columns.number('ttft')[row] as number;
  const out = columns.number('out')[row] as number;
  const hidden = (columns.number('reasoning')[row] as number) > 0 && columns.number('ttfo')[row] === first;
  if (!(first >= 0 && out > 1 && (columns.number('frames')[row] as number) > 1) || hidden) return Number.NaN;
  return ((columns.number('e2e')[row] as number) - first) / (out - 1);
}

function tpots({ columns }: Evidence, { rows }: Part): Float64Array {
  return Float64Array.from(Array.from(rows, (row) => tpot(columns, row)).filter((value) => value >= 0)).sort();
}

function inSlo({ columns, limits }: Evidence, { rows }: Part): number {
  const ttft = columns.number('ttft');
  const lag = columns.number('lag');
  return rows.filter(
    (row) =>
      !((ttft[row] as number) + Math.max(0, lag[row] || 0) > (limits?.ttft ?? Infinity)) &&
      !(tpot(columns, row) > (limits?.tpot ?? Infinity)),
  ).length;
}

/** By Clopper and Pearson. The run without any burst of errors so far cannot know how many come together: both take the larger. */
function errorSides(pair: Pair): [Side, Side] {
  const effect = Math.max(
    ...pair.map(({ blocks }) =>
      effectOf(
        blocks.map(({ failed }) => failed),
        blocks.map(({ asked }) => asked),
      ),
    ),
  );
  return pair.map(({ whole: { failed, asked } }): Side => {
    const value = failed / asked;
    return { value, at: (confidence) => shareBounds(value, asked / effect, confidence) };
  }) as [Side, Side];
}
