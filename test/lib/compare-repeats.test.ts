/** Two servers that are each run several times, in virtual time: how often a difference is shown. */
import { describe, expect, it } from 'vitest';
import { compareRuns, type Row, type Run, type RunComparison } from '../../lib/analysis/compare/compare.ts';
import { compareRepeats } from '../../lib/analysis/compare/repeats.ts';
import { createRandom, type Random } from '../../lib/random.ts';
import { lognormal, uniform } from '../sim/draw.ts';
import { runOf } from '../sim/runs.ts';
import { flat, type Model } from '../sim/servers.ts';
import { closed, open, type Phase } from '../sim/simulation.ts';

const SECONDS = 30;
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
    expect(count(100, 1)).toBeLessThanOrEqual(3);
  }, 120_000);

  it('of one that is 20 % slower shows it', () => {
    expect(count(20, 1.2)).toBeGreaterThanOrEqual(18);
  }, 60_000);
});

it('repeats know of restarts what a single run cannot', () => {
  const alone = Array.from({ length: 20 }, (_, k) => {
    const [[a], [b]] = pair(k + 1, 1, closed(8, 90), 1, [0.03, 0.03]);
    return compareRuns(a, b);
  });
  expect(alone.filter(isSaid).length).toBeGreaterThan(10);
}, 60_000);
