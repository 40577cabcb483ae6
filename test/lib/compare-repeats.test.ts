/** Two servers that are each run several times, in virtual time: how often a difference is shown. */
import { describe, expect, it } from 'vitest';
import { compareRuns, type Row, type Run, type RunComparison } from '../../lib/analysis/compare/compare.ts';
import { compareRepeats } from '../../lib/analysis/compare/repeats.ts';
import { createRandom, type Random } from '../../lib/random.ts';
import type { StepResult } from '../../lib/results.ts';
import { lognormal, uniform } from '../sim/draw.ts';
import { runOf } from '../sim/runs.ts';
import { flat, type Model } from '../sim/servers.ts';
import { closed, open, type Phase } from '../sim/simulation.ts';

const SECONDS = 20;
type Runs = [Run, ...Run[]];

/** A server that is another each time it starts: all its first tokens, and all its gaps, by a factor each. */
function restarted(random: Random, spread: number, by: number): Model {
  const factor = () => by * lognormal(1, spread).draw(random);
  const ttft = 150 * factor();
  return flat({ ttft: lognormal(ttft, 0.3), tokenTime: 10 * factor(), tokens: uniform(20, 60) });
}

/** As `llmload compare --repeat` has them: the same seed for both of a round. */
function pair(seed: number, repeats: number, phase: Phase, by: number, [ofA, ofB]: [number, number]): [Runs, Runs] {
  const random = createRandom(seed);
  const runs = (name: string, spread: number, factor: number) =>
    Array.from({ length: repeats }, (_, k) =>
      runOf(name, restarted(random, spread, factor), [phase], 100 * seed + k),
    ) as Runs;
  return [runs('a', ofA, 1), runs('b', ofB, by)];
}

const words = ({ rows }: RunComparison, word: Row['verdict']) => rows.filter(({ verdict }) => verdict === word);
const isSaid = (comparison: RunComparison) =>
  words(comparison, 'better').length + words(comparison, 'worse').length > 0;

const CASES: [string, Phase, [number, number]][] = [
  ['a closed loop', closed(8, SECONDS), [0.03, 0.03]],
  ['an open loop', open(15, SECONDS, { poisson: true }), [0.03, 0.03]],
  ['one that differs more from start to start', closed(8, SECONDS), [0.005, 0.04]],
];

describe.each(CASES)('%s, 5 repeats', (_, phase, spreads) => {
  const count = (pairs: number, by: number) =>
    Array.from({ length: pairs }, (_, k) => compareRepeats(...pair(k + 1, 5, phase, by, spreads))).filter(isSaid)
      .length;

  it('of the same server shows no difference', () => {
    expect(count(60, 1)).toBeLessThanOrEqual(2);
  }, 120_000);

  it('of one that is 20 % slower shows it', () => {
    expect(count(20, 1.2)).toBeGreaterThanOrEqual(18);
  }, 60_000);
});

describe('a figure of repeats', () => {
  const [a, b] = pair(1, 3, closed(8, SECONDS), 1.2, [0.01, 0.01]);
  const rowIn = ({ rows }: RunComparison, figure: Row['figure']) => rows.find((row) => row.figure === figure) as Row;
  const changed = ([first, ...others]: Runs, change: (step: StepResult, k: number) => Partial<StepResult>): Runs => {
    const run = (one: Run, k: number): Run => ({
      ...one,
      steps: one.steps.map((step) => ({ ...step, ...change(step, k) })),
    });
    return [run(first, 0), ...others.map((one, k) => run(one, k + 1))];
  };

  it('is the mean of their logarithms, with the interval of Welch', () => {
    const values = (numbers: number[]) => (step: StepResult, k: number) => ({
      metrics: { ...step.metrics, ttft: { ...step.metrics.ttft, p50: numbers[k] as number } },
    });
    const row = rowIn(
      compareRepeats(changed(a, values([100, 110, 121])), changed(b, values([121, 133.1, 146.41]))),
      'ttft.p50',
    );
    expect([row.a, row.b]).toEqual([expect.closeTo(110, 6), expect.closeTo(133.1, 6)]);
    expect(row.change).toBeCloseTo(0.21, 9);
    // ln 1.1 is the standard deviation of either: 4 degrees of freedom, t at 0.995 is 4.604.
    const half = 4.604 * Math.log(1.1) * Math.sqrt(2 / 3);
    expect(Math.log(1 + (row.high as number))).toBeCloseTo(Math.log(1.21) + half, 3);
    expect(Math.log(1 + (row.low as number))).toBeCloseTo(Math.log(1.21) - half, 3);
  });

  it('far out takes a hundred answers in each', () => {
    const few = changed(b, (_, k) => (k === 1 ? { ok: 99 } : {}));
    const comparison = compareRepeats(a, few);
    for (const figure of ['ttft.p99', 'itl.p99', 'e2e.p99'] as const)
      expect(rowIn(comparison, figure)).toMatchObject({
        verdict: 'not compared',
        why: 'a repeat has 99 answers, it takes 100',
      });
    expect(rowIn(comparison, 'ttft.p50').low).not.toBeNull();
  });

  it('of no errors at all is as sure as so many requests are', () => {
    const { low, high } = rowIn(compareRepeats(a, b), 'errors') as { low: number; high: number };
    const requests = b.reduce((sum, { steps }) => sum + (steps[0]?.requests ?? 0), 0);
    // Clopper and Pearson: 1 − 0.0025^(1/n).
    expect(high).toBeGreaterThan(4 / requests);
    expect(high).toBeLessThan(10 / requests);
    expect(low).toBeLessThan(-4 / requests);
    const bad = changed(b, () => ({ errorRate: 0.1 }));
    expect(rowIn(compareRepeats(a, bad), 'errors').verdict).toBe('worse');
    // All in one repeat: they may have come together.
    const burst = changed(b, (_, k) => ({ errorRate: k === 1 ? 0.3 : 0 }));
    expect(rowIn(compareRepeats(a, burst), 'errors').verdict).toBe('no difference shown');
  });

  it('of one each is that of two runs', () => {
    const [[one], [other]] = [a, b];
    expect(compareRepeats([one], [other])).toEqual({ ...compareRuns(one, other), repeats: 1 });
  });

  it('is missing where a repeat has no such step', () => {
    const lost = changed(b, (_, k) => (k === 2 ? { requests: 0 } : {}));
    expect(compareRepeats(a, lost)).toMatchObject({ rows: [], only: { a: ['step_8'], b: [] } });
  });
});

it('repeats know of restarts what a single run cannot', () => {
  const alone = Array.from({ length: 20 }, (_, k) => {
    const [[a], [b]] = pair(k + 1, 1, closed(8, 90), 1, [0.03, 0.03]);
    return compareRuns(a, b);
  });
  expect(alone.filter(isSaid).length).toBeGreaterThan(10);
}, 60_000);
