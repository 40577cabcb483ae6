import type { Knee, StepResult } from '../../results.ts';

/** Sensitivity S of the paper: how many mean steps of x the curve must fall below its peak. */
const S = 1;

/** Fewer have no shape. */
const FEWEST = 4;

/**
 * The knee of a curve: Satopaa, Albrecht, Irwin, Raghavan, "Finding a 'Kneedle' in a Haystack" (ICDCS Workshops 2011),
 * offline and without its smoothing. In the unit square a knee is a peak of the distance from the diagonal after which the
 * distance falls by more than S mean steps of x before it peaks again. Of several the one furthest from the diagonal.
 * Points may be parametric: in the order of a third quantity, in which x need not rise all the way.
 * @returns its index; undefined where the curve has none, has fewer than 4 points or does not extend both ways
 */
export function kneedle(
  points: readonly { x: number; y: number }[],
  shape: 'convex increasing' | 'concave increasing',
): number | undefined {
  const n = points.length;
  const xs = points.map((p) => p.x);
  const ys = points.map((p) => p.y);
  const left = Math.min(...xs);
  const width = Math.max(...xs) - left;
  const bottom = Math.min(...ys);
  const height = Math.max(...ys) - bottom;
  if (n < FEWEST || !(width > 0 && height > 0)) return undefined;
  const sign = shape === 'convex increasing' ? 1 : -1;
  const distance = points.map(({ x, y }) => sign * ((x - left) / width - (y - bottom) / height));
  const at = (i: number) => distance[i] as number;
  const isPeak = (i: number) => at(i) >= at(i - 1) && at(i) > at(i + 1);

  let knee: number | undefined;
  for (let i = 1; i < n - 1; i++) {
    if (!isPeak(i) || (knee !== undefined && at(i) <= at(knee))) continue;
    const threshold = at(i) - S / (n - 1);
    let j = i + 1;
    while (j < n - 1 && at(j) >= threshold && !isPeak(j)) j++;
    if (at(j) < threshold) knee = i;
  }
  return knee;
}

interface Point {
  step: StepResult;
  load: number;
  throughput: number;
  latency: number;
}

/**
 * The knee of the latency–throughput curve (the hockey stick), a point a load. Latency is the E2E median: a queue anywhere
 * delays the end of an answer, whereas a server that shares its token rate keeps TTFT as it is; and a median does not wander
 * as a p99 of some hundred requests does. Past saturation throughput stays where it is while latency climbs over decades, so
 * its logarithm is taken: the height of the wall, which only tells for how long the server was overloaded, would hide where
 * it begins.
 *
 * Kneedle finds the bend of noise too, if there is nothing else. So the highest load must really get less throughput, of
 * what it asks for, than the knee does: a server that just goes on has no knee, however its latency scatters.
 * @returns undefined where there is none: a flat server, a straight line, fewer than 4 loads that were answered
 */
export function kneeOf(steps: readonly StepResult[]): Knee | undefined {
  const kind = steps.at(-1)?.load.kind;
  const measured = steps.filter((s) => s.load.kind === kind && s.phase === 'steady' && s.ok > 0);
  const x = measured.every((s) => (s.throughput ?? 0) > 0) ? 'throughput' : 'achieved';
  const points = measured
    .map((step): Point => {
      const { load, metrics } = step;
      return {
        step,
        load: load.kind === 'open' ? load.rate : load.concurrency,
        throughput: step[x] ?? 0,
        latency: metrics.e2e?.p50 ?? 0,
      };
    })
    .filter((p) => p.latency > 0)
    .sort((a, b) => a.load - b.load);

  const index = kneedle(
    points.map((p) => ({ x: p.throughput, y: Math.log(p.latency) })),
    'convex increasing',
  );
  const knee = points[index ?? -1];
  const highest = points.at(-1);
  if (!knee || !highest || !fallsBehind(knee, highest)) return undefined;
  const by = kind === 'open' ? 'rate' : 'concurrency';
  const { load, step, throughput, latency } = knee;
  return { by, load, step: step.name, throughput, latency, x, y: 'e2e.p50', sentence: sentenceOf(knee, by, x) };
}

/** The share of the knee's throughput per load above which a higher load still gets what it asks for. */
const KEEPS_UP = 0.9;

const fallsBehind = (knee: Point, highest: Point): boolean =>
  highest.throughput / highest.load < (KEEPS_UP * knee.throughput) / knee.load;

function sentenceOf({ load, throughput, latency }: Point, by: Knee['by'], x: Knee['x']): string {
  const asked = by === 'rate' ? `${load} req/s` : `${load} in flight`;
  const got = x === 'throughput' ? `${throughput.toFixed(0)} tok/s` : `${Number(throughput.toPrecision(3))} req/s`;
  return `knee at ${asked} (${got}, E2E p50 ${latency.toFixed(0)} ms): beyond it more load gives latency instead of throughput (Kneedle)`;
}
