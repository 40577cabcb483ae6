import { describe, expect, it } from 'vitest';
import { jitter, lognormal, uniform } from '../sim/draw.ts';
import { flat, type Service } from '../sim/servers.ts';
import { Simulation } from '../sim/simulation.ts';
import { RATES, staircase } from '../sim/staircase.ts';

const scattered = (sigma: number): Service => ({ ttft: lognormal(200, sigma), tokenTime: 20, tokens: uniform(31, 51) });

describe('a server without a limit breaks nothing, but for at most one run of 20 steps', () => {
  it.each<[string, Service, boolean, number]>([
    ['random arrivals, lognormal TTFT, σ 0.8', scattered(0.8), true, 50],
    ['random arrivals, lognormal TTFT, σ 1', scattered(1), true, 100],
    ['even arrivals, lognormal TTFT, σ 1', scattered(1), false, 20],
    // What is in flight then wanders for as long as a third of a step.
    [
      'random arrivals, answers of 20 s',
      { ttft: jitter(1000, 0.1), tokenTime: 100, tokens: uniform(181, 221) },
      true,
      20,
    ],
    ['random arrivals, answers of 3 to 30 s', { ttft: 500, tokenTime: 100, tokens: uniform(31, 301) }, true, 20],
  ])(
    '%s',
    (_, service, poisson, runs) => {
      let broken = 0;
      for (let seed = 1; seed <= runs; seed++)
        if (staircase(new Simulation(flat(service), seed), RATES, 60, { poisson }).limit.range[1] !== null) broken++;
      expect(broken).toBeLessThanOrEqual(1);
    },
    300_000,
  );
});
