import { describe, expect, it } from 'vitest';
import { lognormal, uniform } from '../sim/draw.ts';
import { flat } from '../sim/servers.ts';
import { Simulation } from '../sim/simulation.ts';
import { staircase } from '../sim/staircase.ts';

describe('a server without a limit breaks nothing', () => {
  it.each([0.8, 1.0])(
    'lognormal TTFT, σ %s: at most 1 of 100 runs of 20 steps',
    (sigma) => {
      const model = flat({ ttft: lognormal(200, sigma), tokenTime: 20, tokens: uniform(31, 51) });
      let broken = 0;
      for (let seed = 1; seed <= 100; seed++)
        if (staircase(new Simulation(model, seed)).limit.range[1] !== null) broken++;
      expect(broken).toBeLessThanOrEqual(1);
    },
    180_000,
  );
});
