/** Runs of servers that are alike, or not, in virtual time: how often a difference is shown. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareRuns, type Run } from '../../lib/analysis/compare/compare.ts';
import type { FigureName } from '../../lib/analysis/compare/figures.ts';
import { judgeRegressions, parseFailOn } from '../../lib/analysis/compare/regression.ts';
import { exponential, lognormal, uniform } from '../sim/draw.ts';
import { runOf } from '../sim/runs.ts';
import { drifting, flat, type Model, type Service, slots } from '../sim/servers.ts';
import { closed, open, type Phase } from '../sim/simulation.ts';

const SECONDS = 180;
/** All times `by` as long, and 5 % longer in the end. */
const drift = (model: Model, by = 1) => drifting(model, (at) => by * (1 + (0.05 * at) / (1000 * SECONDS)));
const service = (parts: Partial<Service>): Service => ({ ttft: 200, tokenTime: 10, tokens: uniform(20, 60), ...parts });
const chat = flat(service({ ttft: lognormal(200, 0.3) }));
const queue = slots({ slots: 8, ...service({ ttft: lognormal(100, 0.5) }) });

const PAIRS = 20;
/** No difference shown in 13 pairs says as much as one at most in 20: in less than 21 % of all at 95 % (0.79^13 < 0.05). */
const ALIKE = 13;
const CASES: [string, Model, Phase][] = [
  ['a closed loop', chat, closed(16, SECONDS)],
  ['an open loop', chat, open(25, SECONDS)],
  ['random arrivals', chat, open(25, SECONDS, { poisson: true })],
  ['exponential times', flat(service({ ttft: exponential(100), tokens: exponential(40) })), closed(16, SECONDS)],
  ['a queue at 85 %', queue, open(13.8, SECONDS, { poisson: true })],
];

type Runs = readonly Run[];
const SEEDS = Array.from({ length: PAIRS }, (_, k) => k + 1);
/** What others are compared with. */
const runsOf = (model: Model, phase: Phase): Runs => SEEDS.map((seed) => runOf('a', model, [phase], seed));

/** In how many of the pairs something is shown to be better or worse; and each figure to be worse. */
function shownIn(first: Runs, second: Model, phase: Phase) {
  let any = 0;
  const worse: Partial<Record<FigureName, number>> = {};
  const gate = { PASS: 0, FAIL: 0, INCONCLUSIVE: 0 };
  for (const [k, a] of first.entries()) {
    const comparison = compareRuns(a, runOf('b', second, [phase], 1001 + k));
    expect(comparison.rows.length).toBeGreaterThanOrEqual(8);
    if (comparison.rows.some(({ verdict }) => verdict === 'better' || verdict === 'worse')) any++;
    for (const { figure, verdict } of comparison.rows)
      if (verdict === 'worse') worse[figure] = (worse[figure] ?? 0) + 1;
    for (const { verdict } of judgeRegressions(comparison, parseFailOn('regression=e2e.p50:10%'))) gate[verdict]++;
  }
  return { any, worse, gate };
}

describe.each(CASES)('%s, with a drift of 5 %', (_, model, phase) => {
  let first: Runs = [];
  beforeAll(() => {
    first = runsOf(drift(model), phase);
  }, 60_000);
  afterAll(() => {
    first = [];
  });

  it('of the same server shows no difference', () => {
    const { any, gate } = shownIn(first.slice(0, ALIKE), drift(model), phase);
    expect(any).toBe(0);
    expect(gate.FAIL).toBe(0);
  }, 60_000);

  it('of one that is 20 % slower shows it', () => {
    const { worse, gate } = shownIn(first, drift(model, 1.2), phase);
    expect(worse['tpot.p50']).toBeGreaterThanOrEqual(18);
    if (model !== chat) return;
    expect(worse['ttft.p99']).toBeGreaterThanOrEqual(18);
    expect(worse['e2e.p50']).toBeGreaterThanOrEqual(18);
    if (phase.load.kind === 'closed') expect(gate.FAIL, 'stopped by a gate at 10 %').toBeGreaterThanOrEqual(18);
  }, 60_000);

  // One load tells it: the gate looks at the same interval as the verdict above.
  if (model === chat && phase.load.kind === 'closed')
    it('of one that is 3 % slower passes a gate at 10 %', () => {
      const { gate } = shownIn(first, drift(model, 1.03), phase);
      expect(gate).toMatchObject({ FAIL: 0, INCONCLUSIVE: 0 });
    }, 60_000);
});
