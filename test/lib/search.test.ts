/** Whole searches in virtual time. */
import { describe, expect, it } from 'vitest';
import { parseSlo } from '../../thresholds/slo.ts';
import { jitter, lognormal, missing, uniform } from '../sim/draw.ts';
import { astray, lands, searching } from '../sim/searching.ts';
import { cliff, flat, type Model, slots, slowing } from '../sim/servers.ts';

const SERVICE = { ttft: jitter(200, 0.1), tokenTime: 20, tokens: uniform(31, 51) }; // 1 s
const SEEDS = Array.from({ length: 20 }, (_, k) => k + 1);
const LONG = 120_000;

describe('by rate, evenly spaced', () => {
  it.each<[string, Model, RegExp]>([
    ['slots and steady answers', slots({ slots: 50, ttft: 200, tokenTime: 20, tokens: 41 }), /backlog/],
    ['slots and jitter: TTFT shows the queue first', slots({ slots: 33, ...SERVICE }), /backlog|ttft_p99/],
    ['few slots', slots({ slots: 5, ...SERVICE }), /backlog|ttft_p99/],
    [
      'slots and lengths that vary much',
      slots({ slots: 42, ttft: lognormal(200, 0.5), tokenTime: 20, tokens: uniform(11, 71) }),
      /backlog|ttft_p99/,
    ],
    ['a token rate that all share', slowing({ tokenRate: 1600, batch: 100, ...SERVICE }), /backlog/],
  ])(
    'finds the capacity of %s',
    (_, model, rules) => expect(astray(model, model.capacity, {}, rules, 5)).toEqual([]),
    LONG,
  );

  it(
    'finds the rate over which TTFT jumps',
    () =>
      expect(astray(cliff({ above: 42, ...SERVICE, ttft: lognormal(200, 0.4) }), 42, {}, /^ttft_p99$/, 5)).toEqual([]),
    LONG,
  );

  it(
    'sees a queue that turns away, by its errors or by those who wait in it',
    () => {
      const model = slots({ slots: 33, queue: 2, ...SERVICE });
      expect(astray(model, model.capacity, {}, /errors|ttft_p99/, 5)).toEqual([]);
      expect(searching(model, 1, { precision: 1 }).limit.rule).toBe('errors');
    },
    LONG,
  );

  it('waits for long answers', () => {
    const model = slots({ slots: 330, ttft: jitter(1000, 0.1), tokenTime: 50, tokens: uniform(151, 211) });
    const { limit, tried } = searching(model, 1, { alone: 10 });
    expect(lands(limit.range, model.capacity), limit.sentence).toBe(true);
    expect(Math.min(...tried.map((t) => t.probe.seconds))).toBeGreaterThan(30);
  });

  it('takes less than a tenth of the requests of a staircase, and is as precise as was asked', () => {
    for (const precision of [0.3, 0.1, 0.05]) {
      const found = searching(slots({ slots: 50, ttft: 200, tokenTime: 20, tokens: 41 }), 1, { precision });
      expect(found.precision).toBeLessThanOrEqual(precision + 1e-9);
      expect(found.requests).toBeLessThan(63_000 / 10);
    }
  });

  it(
    'blames the client where the client gives out',
    () => {
      for (const seed of [1, 2, 3]) {
        const { limit, held, broken } = searching(
          flat({ ...SERVICE, ttft: lognormal(200, 0.8) }),
          seed,
          {},
          { capacity: 150 },
        );
        expect(limit.client).toContain('of its 2 cores');
        expect(limit.rule).toBeNull();
        expect(broken).toBeNull();
        expect(held).toBeGreaterThan(75);
        expect(held).toBeLessThanOrEqual(150);
        expect(limit.sentence).toContain('the client gave out, not the server');
      }
    },
    LONG,
  );

  it(
    'breaks nowhere on a flat server, however its TTFT scatters',
    () => {
      const model = flat({ ...SERVICE, ttft: lognormal(200, 1) });
      for (const seed of SEEDS) {
        const { limit, tried } = searching(model, seed, {}, undefined, 500);
        expect(limit.range[1], limit.sentence).toBeNull();
        expect(tried.at(-1)?.probe.load).toBeGreaterThan(250);
      }
    },
    LONG,
  );

  it('ends at once where the baseline breaks already', () => {
    const { limit, tried } = searching(slots({ slots: 5, queue: 0, ...SERVICE }), 1, { baseline: 20 });
    expect(tried).toHaveLength(1);
    expect(limit.range).toEqual([null, 20]);
    expect(limit.rule).toBe('errors');
  });
});

describe('by concurrency', () => {
  it.each<[string, Model, number]>([
    ['slots and steady answers', slots({ slots: 50, ttft: 200, tokenTime: 20, tokens: 41 }), 50],
    ['few slots', slots({ slots: 5, ...SERVICE }), 5],
    ['slots that a doubling passes by far', slots({ slots: 33, ...SERVICE }), 33],
    ['a token rate that all share', slowing({ tokenRate: 1600, batch: 100, ...SERVICE }), 40],
  ])(
    'finds where %s give no more',
    (_, model, truth) => expect(astray(model, truth, { by: 'concurrency' }, /throughput_gain|ttft_p99/)).toEqual([]),
    LONG,
  );

  it('tries whole numbers', () => {
    const { tried, held, broken } = searching(slots({ slots: 5, ...SERVICE }), 1, { by: 'concurrency' });
    expect(tried.every((t) => Number.isInteger(t.probe.load))).toBe(true);
    expect([held, broken]).toEqual([5, 6]);
  });
});

describe('for an SLO', () => {
  const slo = (text: string) => ({ terms: parseSlo(text) });

  it(
    'finds the highest rate at which it holds, certified, and names the term',
    () => {
      for (const seed of SEEDS) {
        const { limit, tried } = searching(
          cliff({ above: 42, ...SERVICE, ttft: lognormal(200, 0.4) }),
          seed,
          slo('ttft.p99<800ms,errors<0.5%'),
        );
        expect(lands(limit.range, 42), limit.sentence).toBe(true);
        expect(limit.rule).toBe('slo');
        expect(limit.sentence).toMatch(/ttft\.p99<800ms: \d+ of \d+ requests miss it.*certified at 99 %$/);
        const held = tried.filter((t) => t.probe.load === limit.range[0]);
        expect(held.some((t) => t.slo.every((v) => v.verdict === 'PASS'))).toBe(true);
      }
    },
    LONG,
  );

  it(
    'does not take a queue for goodput that only grows slowly',
    () => {
      for (const seed of SEEDS.slice(0, 5)) {
        const { limit } = searching(slots({ slots: 33, ...SERVICE }), seed, slo('ttft.p99<5s'));
        expect(lands(limit.range, 33), limit.sentence).toBe(true);
        expect(limit.rules.join()).toMatch(/backlog|slo/);
      }
    },
    LONG,
  );

  it(
    'tries a load long enough to certify it, and says so where it cannot',
    () => {
      const short = searching(cliff({ above: 42, ...SERVICE }), 1, { ...slo('ttft.p99.9<300ms'), precision: 0.3 });
      expect(short.tried.at(-1)?.probe.certify).toBe(true);
      expect(short.tried.at(-1)?.slo[0]).toMatchObject({ kind: 'certified', verdict: 'PASS' });

      const hopeless = searching(flat({ ...SERVICE, ttft: missing(500, 0.015) }), 2, slo('ttft.p99<500ms'), {
        capacity: 150,
      });
      expect(hopeless.limit.sentence).not.toMatch(/is certified/);
      expect(new Set(hopeless.tried.filter((t) => t.probe.certify).map((t) => t.probe.load)).size).toBeLessThanOrEqual(
        4,
      );
    },
    LONG,
  );
});

describe('a budget', () => {
  const model = slots({ slots: 50, ttft: 200, tokenTime: 20, tokens: 41 });

  it(
    'is kept, and buys what was said',
    () => {
      for (const budget of [65, 100, 150, 175, 200, 220, 240, 600]) {
        const { seconds, precision, said } = searching(model, 1, { budget });
        expect(seconds).toBeLessThanOrEqual(budget);
        expect(said ?? -1).toBeCloseTo(precision ?? -1, 2);
      }
      expect(searching(model, 1, { budget: 600 }).precision).toBeLessThanOrEqual(0.05);
    },
    LONG,
  );

  it(
    'is kept by servers that take long to get idle, and with an SLO to certify',
    () => {
      for (const seed of SEEDS.slice(0, 5)) {
        const noisy = slots({ slots: 42, ttft: lognormal(200, 0.5), tokenTime: 20, tokens: uniform(11, 71) });
        expect(searching(noisy, seed, { budget: 200 }).seconds).toBeLessThanOrEqual(200);
        const found = searching(noisy, seed, { budget: 200, terms: parseSlo('ttft.p99<3s') });
        expect(found.seconds).toBeLessThanOrEqual(200);
        expect(found.limit.sentence).toMatch(/is certified/);
      }
    },
    LONG,
  );
});
