import { describe, expect, it } from 'vitest';
import { type Judged, limitOf } from '../../lib/analysis/limit/limit.ts';
import { jitter, lognormal, uniform } from '../sim/draw.ts';
import { cliff, type Model, slots, slowing } from '../sim/servers.ts';
import { open, Simulation } from '../sim/simulation.ts';
import { levels, RATES, staircase } from '../sim/staircase.ts';

const SEEDS = Array.from({ length: 20 }, (_, k) => k + 1);
const answer = { ttft: jitter(200, 0.1), tokenTime: 20, tokens: uniform(31, 51) };

describe('the staircase, evenly spaced, finds the limit of a server whose limit is known', () => {
  it.each<[string, Model, number, string]>([
    ['slots and a queue', slots({ slots: 47, ...answer }), 47, 'backlog'],
    [
      'slots, TTFT and lengths all over',
      slots({ slots: 42, ttft: lognormal(200, 0.5), tokenTime: 20, tokens: uniform(11, 71) }),
      40.9,
      'backlog',
    ],
    [
      'answers a third as long as a step',
      slots({ slots: 700, ttft: jitter(1000, 0.1), tokenTime: 100, tokens: uniform(181, 221) }),
      33.3,
      'backlog or ttft_p99',
    ],
    ['a queue that is soon full', slots({ slots: 33, queue: 10, ...answer }), 33, 'errors'],
    ['a TTFT that jumps, and no queue', cliff({ above: 42, ...answer }), 42, 'ttft_p99'],
    ['a shared token rate', slowing({ tokenRate: 1600, batch: 1000, ...answer }), 40, 'backlog'],
  ])(
    '%s',
    (_, model, capacity, rule) => {
      for (const seed of SEEDS.slice(0, 5)) {
        const { limit } = staircase(new Simulation(model, seed));
        const [held, broken] = limit.range as [number, number];
        expect(rule.split(' or '), limit.sentence).toContain(limit.rule);
        expect(held).toBeLessThanOrEqual(capacity * 1.1);
        expect(broken).toBeGreaterThanOrEqual(capacity * 0.9);
        expect(Math.abs((held + broken) / 2 / capacity - 1), limit.sentence).toBeLessThan(0.1);
        expect(limit.recommended).toBe(Math.min(Number((0.7 * broken).toPrecision(3)), held));
      }
    },
    60_000,
  );

  it('by requests in flight: where more of them give no more tokens', () => {
    for (const seed of SEEDS) {
      const { limit } = levels(new Simulation(slots({ slots: 16, ...answer }), seed), [2, 4, 8, 16, 32, 64]);
      expect(limit.range).toEqual([16, 32]);
      expect(limit.rules).toContain('throughput_gain');
      expect(limit.throughput?.load).toBe(16);
    }
  });

  it('says the highest throughput and the lowest load that gives it', () => {
    const { limit, measured } = levels(new Simulation(slots({ slots: 8, ...answer }), 1), [2, 4, 8, 16, 32]);
    const best = measured.find((m) => m.result.name === 'step_8')?.result;
    expect(limit.throughput).toEqual({ tokensPerSecond: best?.throughput, load: 8 });
    expect(limit.throughput?.tokensPerSecond).toBeCloseTo(8 * 41, -2);
  });
});

describe('the client as the limit', () => {
  it('is named where VUs run out while the server is as quick as ever', () => {
    const sim = new Simulation(slots({ slots: 1000, ...answer }), 1);
    const { limit } = staircase(sim, RATES.slice(0, 6), 60, { vus: 12 });
    expect(limit.range).toEqual([10, null]);
    expect(limit.rule).toBeNull();
    expect(limit.client).toMatch(/never sent although answers took no longer than at the baseline: more VUS/);
    expect(limit.sentence).toMatch(/^holds 10 req\/s; at 15 req\/s the client gave out, not the server/);
  });

  it('is not, where VUs run out because the server is slow', () => {
    const sim = new Simulation(slots({ slots: 12, ...answer }), 1);
    const { limit, judged } = staircase(sim, RATES.slice(0, 6), 60, { vus: 60 });
    expect(limit.client).toBeUndefined();
    expect(limit.range).toEqual([10, 15]);
    expect(limit.rules.slice(0, 1)).toEqual(['backlog']);
    expect(judged.at(-1)).toMatchObject({ load: 30, rules: ['backlog', 'ttft_p99', 'throughput_gain', 'errors'] });
  });
});

describe('few samples', () => {
  it('break nothing that they cannot show', () => {
    const sim = new Simulation(slots({ slots: 1e6, ttft: lognormal(200, 1), tokenTime: 20, tokens: 10 }), 3);
    const { checks } = staircase(sim, [5, 10], 3);
    expect(checks.filter((c) => c.rule === 'ttft_p99').map((c) => c.verdict)).toEqual(['not_measured', 'not_measured']);
    expect(checks.filter((c) => c.verdict === 'broken')).toEqual([]);
  });

  it('without any request are not measured', () => {
    const { columns, steps } = new Simulation(slots({ slots: 1, ...answer }), 1).run([open(1, 10)]);
    expect(columns.n).toBe(10);
    expect(steps).toHaveLength(1);
    expect(limitOf([], 'rate').sentence).toBe('nothing was measured');
  });
});

describe('the range', () => {
  const at = (load: number, verdict: Judged['verdict'], more: Partial<Judged> = {}): Judged => ({
    step: `step_${load}`,
    load,
    verdict,
    rules: verdict === 'broken' ? ['backlog'] : [],
    why: 'why',
    throughput: 100 * load,
    ...more,
  });

  it('runs from the highest that held below the first that broke', () => {
    const { range, recommended } = limitOf(
      [at(5, 'held'), at(10, 'unclear'), at(15, 'broken'), at(20, 'held')],
      'rate',
    );
    expect({ range, recommended }).toEqual({ range: [5, 15], recommended: 5 });
  });
  it('is open above where nothing broke, below where nothing held', () => {
    expect(limitOf([at(5, 'held'), at(10, 'held')], 'rate')).toMatchObject({
      range: [10, null],
      recommended: 10,
      rule: null,
    });
    expect(limitOf([at(5, 'broken')], 'rate')).toMatchObject({ range: [null, 5], recommended: null });
    expect(limitOf([at(5, 'broken')], 'rate', 1)).toMatchObject({ range: [1, 5], recommended: 1 });
  });
  it('is said in words', () => {
    expect(limitOf([at(40, 'held'), at(45, 'broken')], 'rate').sentence).toBe(
      'holds 40 req/s, breaks at 45 req/s: why; recommended: up to 31.5 req/s (70 % of where it broke)',
    );
    expect(limitOf([at(4, 'held'), at(8, 'held')], 'concurrency').sentence).toBe(
      'holds 8 in flight and broke nowhere: the limit lies above',
    );
    expect(limitOf([at(4, 'held'), at(8, 'unclear')], 'rate').sentence).toBe('holds 4 req/s; 8 req/s is unclear: why');
  });
});
