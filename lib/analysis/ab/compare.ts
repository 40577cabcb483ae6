/** Two targets under the same load at the same time: what the second adds to the first, figure by figure. */
import type { Comparison, Difference } from '../../results.ts';
import type { Columns } from '../columns/columns.ts';
import { quantile } from '../stats/quantile.ts';
import type { Measured } from '../steps.ts';
import { type Estimate, LEAST_BLOCKS, ofQuantile, ofShare, sectioned } from './intervals.ts';
import { type Parts, partsOf } from './parts.ts';
import { sentenceOf } from './sentence.ts';

/** Of the intervals shown. */
const CONFIDENCE = 0.99;
/** False alarms of all figures of a run together. */
const FALSE_ALARMS = 0.0005;
/**
 * For a difference to be shown, neighbours count as more alike than they seem by so many standard errors: what wanders slowly
 * would else be taken for one.
 */
const MARGIN = 1;
/** Less is how numbers are rounded, as a share of the figure. */
const NOTHING = 1e-9;

const MOST_BLOCKS = 30;
/** Requests of each target in a block, about. A block is no shorter than a median answer either: its neighbours would be in it. */
const REQUESTS = 8;
/** Gaps in a block that has a 99th percentile of its own. */
const LEAST_GAPS = 200;

/** What is compared, in the order of the table; undefined where it was not measured. */
const figuresOf = (columns: Columns, loop: 'closed' | 'behind' | 'open'): Figures => ({
  'ttft.p50': (a, b) => sectioned(a, b, ({ ttft }) => quantile(ttft, 0.5)),
  'ttft.p99': (a, b) => ofQuantile(a, b, 0.99, ({ ttft }) => ttft),
  'itl.mean': (a, b) => sectioned(a, b, ({ gaps, gapsSum }) => gapsSum / gaps),
  'itl.p99': (a, b) =>
    sectioned(a, b, ({ gaps, rows }) =>
      gaps < LEAST_GAPS ? Number.NaN : (columns.gapQuantiles(rows, [0.99])[0] as number),
    ),
  'e2e.p50': (a, b) => sectioned(a, b, ({ e2e }) => quantile(e2e, 0.5)),
  // Arrivals that the servers keep up with are our own doing, and so is what comes of them.
  'req/s': (a, b) => (loop === 'open' ? undefined : sectioned(a, b, ({ ended, ms }) => (1000 * ended) / ms)),
  'tok/s': (a, b) => (loop === 'open' ? undefined : sectioned(a, b, ({ tokens, ms }) => (1000 * tokens) / ms)),
  cached: (a, b) =>
    a.whole.cached + b.whole.cached > 0 ? sectioned(a, b, ({ cached, input }) => cached / input) : undefined,
  errors: (a, b) =>
    a.whole.failed + b.whole.failed > 0
      ? ofShare(
          a,
          b,
          (part) => part.failed,
          (part) => part.asked,
        )
      : undefined,
});
type Figures = Record<Difference['figure'], (a: Parts, b: Parts) => Estimate | undefined>;

/** Undefined where no two targets were loaded. */
export function compare(columns: Columns, measured: readonly Measured[]): Comparison | undefined {
  const [a, b] = measured.filter((m) => m.data.step.target !== undefined);
  if (!a || !b) return undefined;
  const names = { a: a.result.name, b: b.result.name };
  const from = Math.max(a.data.from, b.data.from);
  const to = Math.min(a.data.to, b.data.to);
  const silent = [a, b].find((m) => m.result.ok === 0);
  if (silent) return notCompared(names, `no request to ${silent.result.name} succeeded`);
  const answer = Math.max(quantile(a.sorted.e2e, 0.5), quantile(b.sorted.e2e, 0.5));
  const least = Math.min(a.result.ok, b.result.ok);
  const blocks = Math.min(MOST_BLOCKS, Math.floor((to - from) / answer), Math.floor(least / REQUESTS));
  if (blocks < LEAST_BLOCKS)
    return notCompared(
      names,
      least < REQUESTS * LEAST_BLOCKS
        ? `${least} answers of one target are too few, it takes ${REQUESTS * LEAST_BLOCKS}: a longer DURATION`
        : `answers of ${(answer / 1000).toFixed(1)} s take a DURATION of ${Math.ceil((LEAST_BLOCKS * answer) / 1000)} s or more`,
    );

  const window = { from, to, blocks };
  const [ofA, ofB] = [partsOf(columns, a, window), partsOf(columns, b, window)];
  const behind = [a, b].some(({ result }) => result.dropped > 0 || result.late > 0);
  const figures = figuresOf(columns, a.result.load.kind === 'closed' ? 'closed' : behind ? 'behind' : 'open');
  const differences = (Object.keys(figures) as Difference['figure'][]).flatMap((figure, _, all) => {
    const estimate = figures[figure](ofA, ofB);
    return estimate ? difference(figure, estimate, 1 - FALSE_ALARMS / all.length) : [];
  });
  return {
    ...names,
    blocks,
    blockMs: (to - from) / blocks,
    differences,
    sentence: sentenceOf(names.b, differences, tooFew(differences)),
  };
}

/** Percentiles far out that have no interval, although the answers have such times. */
function tooFew(differences: readonly Difference[]): Difference['figure'][] {
  const has = (figure: Difference['figure']) => differences.some((d) => d.figure === figure);
  return [
    ...(has('ttft.p50') && !has('ttft.p99') ? (['ttft.p99'] as const) : []),
    ...(has('itl.mean') && !has('itl.p99') ? (['itl.p99'] as const) : []),
  ];
}

const notCompared = (names: { a: string; b: string }, why: string): Comparison => ({
  ...names,
  blocks: 0,
  blockMs: 0,
  differences: [],
  sentence: `not compared: ${why}`,
});

/** None where there are too few samples for an interval. */
function difference(figure: Difference['figure'], { a, b, at }: Estimate, surely: number): Difference[] {
  const { value: delta, low, high } = at(CONFIDENCE);
  if (Number.isNaN(low + high)) return [];
  const sure = at(surely, MARGIN);
  const noise = NOTHING * Math.max(Math.abs(a), Math.abs(b));
  const shown = sure.low > noise || sure.high < -noise;
  return [{ figure, a, b, delta, low, high, confidence: CONFIDENCE, shown }];
}
