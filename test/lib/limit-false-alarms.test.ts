import { describe, expect, it } from 'vitest';
import { jitter, lognormal, uniform } from '../sim/draw.ts';
import { flat, type Service } from '../sim/servers.ts';
import { Simulation } from '../sim/simulation.ts';
import { RATES, staircase } from '../sim/staircase.ts';

const scattered = (sigma: number): Service => ({ ttft: lognormal(200, sigma), tokenTime: 20, tokens: uniform(31, 51) });

/**
 * None of 63 runs broken says as much as at most one of 100 (below 4.7 % of all runs at 95 %: 0.953^63 = 0.05 = 0.953^100 +
 * 100 · 0.047 · 0.953^99), and none of 13 as much as at most one of 20 (below 21 %). A σ below 1 is the easier case.
 */
describe('a server without a limit breaks nothing in runs of 20 steps', () => {
  it.each<[string, Service, boolean, number]>([
    ['random arrivals, lognormal TTFT, σ 1', scattered(1), true, 63],
    ['even arrivals, lognormal TTFT, σ 1', scattered(1), false, 13],
    // What is in flight then wanders for as long as a third of a step.
    [
      'random arrivals, answers of 20 s',
      { ttft: jitter(1000, 0.1), tokenTime: 100, tokens: uniform(181, 221) },
      true,
      13,
    ],
    ['random arrivals, answers of 3 to 30 s', { ttft: 500, tokenTime: 100, tokens: uniform(31, 301) }, true, 13],
  ])(
    '%s',
    (_, service, poisson, runs) => {
      for (let seed = 1; seed <= runs; seed++) {
        const { limit } = staircase(new Simulation(flat(service), seed), RATES, 60, { poisson });
        expect(limit.range[1], `${seed}: ${limit.sentence}`).toBeNull();
      }
    },
    300_000,
  );
});
