/** Two targets that are alike, in virtual time: how often a difference is shown, and how often an interval misses zero. */
import { describe, expect, it } from 'vitest';
import { compare } from '../../lib/analysis/ab/compare.ts';
import { judgeRun } from '../../lib/analysis/analyze.ts';
import type { Comparison } from '../../lib/results.ts';
import { exponential, jitter, lognormal, uniform } from '../sim/draw.ts';
import { drifting, flat, type Model, type Service, slots, slowing } from '../sim/servers.ts';
import { closed, open, type Phase, Simulation } from '../sim/simulation.ts';

const wanted = { stream: true, driver: 'native', ignoreEos: false, caching: false };

function run(models: readonly [Model, ...Model[]], phase: Phase, seed: number): Comparison {
  const phases = ['a', 'b'].map((name) => ({ ...phase, name }));
  const { columns, steps } = new Simulation(models[0], seed).together(phases, models);
  const { measured } = judgeRun(columns, { steps, terms: [], wanted });
  return compare(columns, measured) ?? expect.fail('no comparison');
}

const service = (parts: Partial<Service>): Service => ({ ttft: 200, tokenTime: 10, tokens: uniform(20, 60), ...parts });
const alike = (model: Model): [Model, Model] => [model, model];
const steady = flat(service({ ttft: jitter(200, 0.1) }));
const eight = slots({ slots: 8, ...service({ ttft: lognormal(100, 0.5) }) });

const RUNS = 50;
const CASES: [string, [Model, ...Model[]], Phase][] = [
  ['TTFT ± 10 %', alike(steady), closed(8, 60)],
  ['lognormal TTFT', alike(flat(service({ ttft: lognormal(200, 0.8) }))), closed(8, 60)],
  ['random arrivals', alike(flat(service({ ttft: lognormal(200, 1) }))), open(20, 60, { poisson: true })],
  ['exponential times', alike(flat(service({ ttft: exponential(100), tokens: exponential(40) }))), closed(8, 60)],
  ['all times 5 % longer in the end', alike(drifting(steady, (at) => 1 + (0.05 * at) / 60_000)), closed(8, 60)],
  ['one backend that both saturate', [eight], closed(8, 60)],
  ['one backend that both slow down', [slowing({ tokenRate: 500, batch: 12, ...service({}) })], closed(8, 60)],
  ['queues of their own at 85 %', alike(eight), open(13.8, 60, { poisson: true })],
  [
    'answers of 3 s',
    alike(flat(service({ ttft: lognormal(300, 0.5), tokens: uniform(80, 180), tokenTime: 20 }))),
    closed(8, 60),
  ],
];

describe('no difference between targets that are alike', () => {
  /** Figures, and those whose interval leaves zero out. */
  let [figures, missed] = [0, 0];

  it.each(CASES)(
    '%s',
    (_, models, phase) => {
      for (let seed = 1; seed <= RUNS; seed++) {
        const { differences, sentence } = run(models, phase, seed);
        expect(differences.length, sentence).toBeGreaterThan(0);
        expect(
          differences.filter((d) => d.shown).map((d) => d.figure),
          `seed ${seed}`,
        ).toEqual([]);
        figures += differences.length;
        // Where nothing varies rounding alone is left.
        missed += differences.filter((d) => d.low > 1e-9 || d.high < -1e-9).length;
      }
    },
    60_000,
  );

  it('99 % intervals hold zero 99 times in 100', () => {
    expect(figures).toBeGreaterThan(2000);
    expect(missed / figures).toBeLessThan(0.01);
  });
});

describe('a difference is found', () => {
  const shownIn = (by: number, share: number): number => {
    const models = [200, 200 * by].map((ttft) => flat(service({ ttft: jitter(ttft, share), tokens: uniform(20, 36) })));
    let shown = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const found = run(models as [Model, Model], closed(8, 60), seed).differences.find((d) => d.figure === 'ttft.p50');
      if (found?.shown) shown++;
    }
    return shown;
  };

  // About 1,000 requests to each.
  it.each([
    ['+5 % of TTFT ± 10 %', 1.05, 0.1],
    ['+1 % of TTFT ± 2 %', 1.01, 0.02],
  ])('%s, in 4 of 5 runs', (_, by, share) => expect(shownIn(by, share)).toBeGreaterThanOrEqual(32), 60_000);
});
