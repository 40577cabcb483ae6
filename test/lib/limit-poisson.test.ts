/** Random arrivals: the limit is where users wait, not where the server can do no more. */
import { describe, expect, it } from 'vitest';
import { jitter, uniform } from '../sim/draw.ts';
import { KNOWN, longRuns } from '../sim/known.ts';
import { slots } from '../sim/servers.ts';
import { Simulation } from '../sim/simulation.ts';
import { RATES, staircase } from '../sim/staircase.ts';

/** Up to 1.4 times the limits: rules look no further than one step beyond what broke first. */
const AROUND = RATES.slice(0, 12);
const SEEDS = Array.from({ length: 20 }, (_, k) => k + 1);

describe.each(KNOWN)('$what', ({ model, limit: truth, rules }) => {
  it('has the limit that is known of it', () => {
    const [below, above] = longRuns(model, [0.97 * truth, 1.03 * truth], 100_000);
    expect(below?.ratio).toBeLessThan(2);
    expect(below?.errors).toBeLessThan(0.005);
    expect(Math.max((above?.ratio ?? 0) / 2, (above?.errors ?? 0) / 0.005)).toBeGreaterThan(1);
  }, 60_000);

  it('is found by the staircase', () => {
    for (const seed of SEEDS) {
      const { limit } = staircase(new Simulation(model, seed), AROUND, 60, { poisson: true });
      const [held, broken] = limit.range as [number, number];
      expect(limit.rule, limit.sentence).toMatch(rules);
      expect(held, limit.sentence).toBeLessThanOrEqual(truth * 1.1);
      expect(broken, limit.sentence).toBeGreaterThanOrEqual(truth * 0.9);
      expect(Math.abs((held + broken) / 2 / truth - 1), limit.sentence).toBeLessThan(0.1);
    }
  }, 60_000);
});

describe('too few VUs', () => {
  const answer = { ttft: jitter(200, 0.1), tokenTime: 20, tokens: uniform(31, 51) };
  const found = (count: number, vus: number) =>
    staircase(new Simulation(slots({ slots: count, ...answer }), 1), RATES.slice(0, 6), 60, { vus, poisson: true });

  it('are the client’s fault where starts come late while the server is as quick as ever', () => {
    const { limit } = found(1000, 12);
    expect(limit.range).toEqual([10, null]);
    expect(limit.sentence).toMatch(/^holds 10 req\/s; at 15 req\/s the client gave out, not the server: .*more VUS/);
  });

  it('are not, where the server is slow: what has to wait for a VU piles up too', () => {
    const { limit, judged, checks } = found(12, 60);
    expect(limit.client).toBeUndefined();
    expect(judged.at(-1)?.rules).toEqual(expect.arrayContaining(['backlog', 'errors']));
    // At 30 req/s, of which 12 are answered.
    const backlog = checks.filter((c) => c.rule === 'backlog').at(-1);
    expect(backlog?.value).toBeCloseTo(18 / 30, 1);
  });
});
