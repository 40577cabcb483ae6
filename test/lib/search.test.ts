/** Whole searches in virtual time. */
import { describe, expect, it } from 'vitest';
import { nextProbe } from '../../lib/analysis/limit/search.ts';
import { bracketOf, limitFound, measureProbe } from '../../lib/analysis/limit/search-judge.ts';
import { planSearch } from '../../lib/analysis/limit/search-plan.ts';
import type { Search, Tried } from '../../lib/analysis/limit/search-types.ts';
import { parseSlo } from '../../thresholds/slo.ts';
import type { Client } from '../sim/client.ts';
import { jitter, lognormal, missing, uniform } from '../sim/draw.ts';
import { cliff, flat, type Model, slots, slowing } from '../sim/servers.ts';
import { closed, open, Simulation } from '../sim/simulation.ts';

const SEARCH: Search = { by: 'rate', baseline: 1, precision: 0.05, terms: [], confidence: 0.99, alone: 1, overhead: 0 };
const SERVICE = { ttft: jitter(200, 0.1), tokenTime: 20, tokens: uniform(31, 51) }; // 1 s
const SEEDS = Array.from({ length: 20 }, (_, k) => k + 1);
const LONG = 120_000;

/** @param most ends it before a load beyond this one */
function run(
  model: Model,
  seed: number,
  options: Partial<Search> = {},
  client?: Client,
  most = Number.POSITIVE_INFINITY,
) {
  const search = { ...SEARCH, ...options };
  const sim = new Simulation(model, seed, client);
  const tried: Tried[] = [];
  /** The precision that the plan promised as soon as some load had broken. */
  let said: number | undefined;
  for (let probe = nextProbe(search, tried, 0); probe; probe = nextProbe(search, tried, sim.now / 1000)) {
    const { load, seconds } = probe;
    if (load > most) break;
    const name = `${load}#${tried.length}`;
    const phase = search.by === 'rate' ? open(load, seconds, { name }) : closed(load, seconds, { name });
    const { columns, steps } = sim.run([phase]);
    const [step] = steps;
    if (!step || tried.length > 60) throw new Error(`no end after ${tried.map((t) => t.probe.load)}`);
    tried.push(measureProbe(search, probe, step, columns));
    if (bracketOf(search, tried).broken !== undefined) said ??= planSearch(search, tried, sim.now / 1000).precision;
  }
  const requests = tried.reduce((sum, t) => sum + t.result.requests, 0);
  const limit = limitFound(search, tried);
  const [held, broken] = limit.range;
  const precision = held !== null && broken !== null ? broken / held - 1 : undefined;
  return { limit, held, broken, tried, requests, seconds: sim.now / 1000, precision, said };
}

/** The range holds the truth, or an end of it is at most a tenth away. */
function lands([held, broken]: readonly (number | null)[], truth: number): boolean {
  if (typeof held !== 'number' || typeof broken !== 'number') return false;
  return held <= 1.1 * truth && broken >= 0.9 * truth && (held >= 0.9 * truth || broken <= 1.1 * truth);
}

/** Seeds at which a search went wrong, with what it found. */
const wrong = (model: Model, truth: number, options: Partial<Search>, rules: RegExp) =>
  SEEDS.flatMap((seed) => {
    const { limit } = run(model, seed, options);
    return lands(limit.range, truth) && rules.test(`${limit.rules}`)
      ? []
      : [`${seed}: ${limit.rules} ${limit.sentence}`];
  });

describe('by rate', () => {
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
    (_, model, rules) => expect(wrong(model, model.capacity, {}, rules)).toEqual([]),
    LONG,
  );

  it(
    'finds the rate over which TTFT jumps',
    () => expect(wrong(cliff({ above: 42, ...SERVICE, ttft: lognormal(200, 0.4) }), 42, {}, /^ttft_p99$/)).toEqual([]),
    LONG,
  );

  it(
    'sees a queue that turns away, by its errors or by those who wait in it',
    () => {
      const model = slots({ slots: 33, queue: 2, ...SERVICE });
      expect(wrong(model, model.capacity, {}, /errors|ttft_p99/)).toEqual([]);
      expect(run(model, 1, { precision: 1 }).limit.rule).toBe('errors');
    },
    LONG,
  );

  it('waits for long answers', () => {
    const model = slots({ slots: 330, ttft: jitter(1000, 0.1), tokenTime: 50, tokens: uniform(151, 211) });
    const { limit, tried } = run(model, 1, { alone: 10 });
    expect(lands(limit.range, model.capacity), limit.sentence).toBe(true);
    expect(Math.min(...tried.map((t) => t.probe.seconds))).toBeGreaterThan(30);
  });

  it('takes less than a tenth of the requests of a staircase, and is as precise as was asked', () => {
    for (const precision of [0.3, 0.1, 0.05]) {
      const found = run(slots({ slots: 50, ttft: 200, tokenTime: 20, tokens: 41 }), 1, { precision });
      expect(found.precision).toBeLessThanOrEqual(precision + 1e-9);
      expect(found.requests).toBeLessThan(63_000 / 10);
    }
  });

  it(
    'blames the client where the client gives out',
    () => {
      for (const seed of [1, 2, 3]) {
        const { limit, held, broken } = run(
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

  it.each([0.8, 1])(
    'breaks nowhere on a flat server, however its TTFT scatters (σ %s)',
    (sigma) => {
      const model = flat({ ...SERVICE, ttft: lognormal(200, sigma) });
      for (const seed of SEEDS) {
        const { limit, tried } = run(model, seed, {}, undefined, 500);
        expect(limit.range[1], limit.sentence).toBeNull();
        expect(tried.at(-1)?.probe.load).toBeGreaterThan(250);
      }
    },
    LONG,
  );

  it('ends at once where the baseline breaks already', () => {
    const { limit, tried } = run(slots({ slots: 5, queue: 0, ...SERVICE }), 1, { baseline: 20 });
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
    (_, model, truth) => expect(wrong(model, truth, { by: 'concurrency' }, /throughput_gain|ttft_p99/)).toEqual([]),
    LONG,
  );

  it('tries whole numbers', () => {
    const { tried, held, broken } = run(slots({ slots: 5, ...SERVICE }), 1, { by: 'concurrency' });
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
        const { limit, tried } = run(
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
        const { limit } = run(slots({ slots: 33, ...SERVICE }), seed, slo('ttft.p99<5s'));
        expect(lands(limit.range, 33), limit.sentence).toBe(true);
        expect(limit.rules.join()).toMatch(/backlog|slo/);
      }
    },
    LONG,
  );

  it(
    'tries a load long enough to certify it, and says so where it cannot',
    () => {
      const short = run(cliff({ above: 42, ...SERVICE }), 1, { ...slo('ttft.p99.9<300ms'), precision: 0.3 });
      expect(short.tried.at(-1)?.probe.certify).toBe(true);
      expect(short.tried.at(-1)?.slo[0]).toMatchObject({ kind: 'certified', verdict: 'PASS' });

      const hopeless = run(flat({ ...SERVICE, ttft: missing(500, 0.015) }), 2, slo('ttft.p99<500ms'), {
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
        const { seconds, precision, said } = run(model, 1, { budget });
        expect(seconds).toBeLessThanOrEqual(budget);
        expect(said ?? -1).toBeCloseTo(precision ?? -1, 2);
      }
      expect(run(model, 1, { budget: 600 }).precision).toBeLessThanOrEqual(0.05);
    },
    LONG,
  );

  it(
    'is kept by servers that take long to get idle, and with an SLO to certify',
    () => {
      for (const seed of SEEDS.slice(0, 5)) {
        const noisy = slots({ slots: 42, ttft: lognormal(200, 0.5), tokenTime: 20, tokens: uniform(11, 71) });
        expect(run(noisy, seed, { budget: 200 }).seconds).toBeLessThanOrEqual(200);
        const found = run(noisy, seed, { budget: 200, terms: parseSlo('ttft.p99<3s') });
        expect(found.seconds).toBeLessThanOrEqual(200);
        expect(found.limit.sentence).toMatch(/is certified/);
      }
    },
    LONG,
  );
});
