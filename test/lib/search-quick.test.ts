/** Quick searches and staircases in virtual time. */
import { describe, expect, it } from 'vitest';
import { nextProbe } from '../../lib/analysis/limit/search.ts';
import { planSearch } from '../../lib/analysis/limit/search-plan.ts';
import { QUICK_SECONDS } from '../../lib/analysis/limit/search-quick.ts';
import { baselineSeconds } from '../../lib/analysis/limit/search-time.ts';
import type { Search } from '../../lib/analysis/limit/search-types.ts';
import { PRESETS } from '../../mock/batch/presets.ts';
import { jitter, lognormal, uniform } from '../sim/draw.ts';
import { engine } from '../sim/engine.ts';
import { KNOWN } from '../sim/known.ts';
import { lands, searching, spans } from '../sim/searching.ts';
import { flat, type Model, slots, slowing } from '../sim/servers.ts';

const SERVICE = { ttft: jitter(200, 0.1), tokenTime: 20, tokens: uniform(31, 51) }; // 1 s
const ALIKE = { prompt: 500, output: 200 };
const QUICK = { quick: true, random: true, overhead: 2 } as const;
const SEEDS = Array.from({ length: 10 }, (_, k) => k + 1);
const LONG = 120_000;

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
/** The last answers of a load may take longer than was thought. */
const LATE = 3;

describe('a quick search', () => {
  it.each<[string, Model, { alone: number; ratio: number }]>([
    ['50 slots', slots({ slots: 50, ...SERVICE }), { alone: 1, ratio: 1.3 }],
    ['2 slots', slots({ slots: 2, ...SERVICE }), { alone: 1, ratio: 5 }],
    ['a token rate that all share', slowing({ tokenRate: 1680, batch: 1000, ...SERVICE }), { alone: 1, ratio: 1.4 }],
    ['a small model on one GPU', engine(PRESETS['8b-h100'].settings, ALIKE), { alone: 1.6, ratio: 1.6 }],
    ['answers of 5 to 18 s', engine(PRESETS['70b-4xh100'].settings, ALIKE), { alone: 4.3, ratio: 5 }],
  ])(
    'finds the capacity of %s within its time',
    (_, model, { alone, ratio }) => {
      const found = SEEDS.map((seed) => searching(model, seed, { ...QUICK, alone }));
      const wrong = found.filter(({ limit }) => !spans(limit.range, model.capacity)).map(({ limit }) => limit.sentence);
      expect(wrong.length, wrong.join('\n')).toBeLessThanOrEqual(1);
      expect(Math.max(...found.map((f) => f.seconds))).toBeLessThanOrEqual(QUICK_SECONDS + LATE);
      expect(median(found.map((f) => 1 + (f.precision ?? Number.POSITIVE_INFINITY)))).toBeLessThan(ratio);
    },
    LONG,
  );

  it('breaks nowhere on a flat server whose TTFT scatters', () => {
    for (const seed of SEEDS) {
      const { limit, tried } = searching(flat({ ...SERVICE, ttft: lognormal(200, 1) }), seed, QUICK, undefined, 600);
      expect(limit.range[1], limit.sentence).toBeNull();
      expect(tried.at(-1)?.probe.load).toBe(512);
    }
  });

  it('calls no load held of which it did not see that answers keep up', () => {
    for (const seed of SEEDS) {
      const { held, limit, tried } = searching(engine(PRESETS['70b-4xh100'].settings, ALIKE), seed, {
        ...QUICK,
        alone: 4.3,
      });
      const step = tried.find((t) => t.probe.load === held)?.evidence.step;
      expect(limit.checks.find((c) => c.step === step && c.rule === 'backlog')?.verdict).toBe('held');
    }
  });

  it('keeps a budget of its own', () => {
    for (const budget of [50, 80, 150]) {
      const { seconds, held } = searching(engine(PRESETS['8b-h100'].settings, ALIKE), 1, {
        ...QUICK,
        alone: 1.6,
        budget,
      });
      expect(seconds).toBeLessThanOrEqual(budget + LATE);
      expect(held).toBeGreaterThanOrEqual(1);
    }
  });

  it('says what a full search would call broken, and that a range is wide', () => {
    const { limit } = searching(engine(PRESETS['8b-h100'].settings, ALIKE), 1, { ...QUICK, alone: 1.6 });
    expect(limit.sentence).toMatch(/line 5\).*at 26\.\d TTFT p99 was [23](\.\d)? × the baseline's already/);
    const wide = searching(engine(PRESETS['70b-4xh100'].settings, ALIKE), 1, { ...QUICK, alone: 4.3 });
    expect(wide.limit.sentence).toContain('a longer budget narrows that');
  });
});

describe('the baseline', () => {
  it(
    'is as long as was asked for',
    () => {
      expect(baselineSeconds({ baselineSeconds: 120, quick: true } as Search)).toBe(120);
      for (const seed of SEEDS) {
        const [known] = KNOWN;
        const { limit, tried } = searching(known?.model as Model, seed, { random: true, baselineSeconds: 120 });
        expect(tried[0]?.probe).toEqual({ load: 1, seconds: 120 });
        expect(lands(limit.range, known?.limit as number), limit.sentence).toBe(true);
      }
    },
    LONG,
  );
});

describe('a staircase', () => {
  const loads = Array.from({ length: 20 }, (_, k) => 5 * (k + 1));
  const staircase = { loads, seconds: 60 };

  it('goes up until two loads in a row break, and names the first', () => {
    const { tried, limit } = searching(slots({ slots: 33, ...SERVICE }), 1, { staircase });
    expect(tried.map((t) => t.probe.load)).toEqual([1, 5, 10, 15, 20, 25, 30, 35, 40]);
    expect(tried.slice(1).every((t) => t.probe.seconds === 60)).toBe(true);
    expect(limit.range).toEqual([30, 35]);
  });

  it('ends with its list, or with its budget', () => {
    const model = flat(SERVICE);
    expect(searching(model, 1, { staircase: { loads: [5, 10], seconds: 20 } }).limit.range).toEqual([10, null]);
    const { tried, seconds } = searching(model, 1, { staircase, budget: 200 });
    expect(tried.map((t) => t.probe.load)).toEqual([1, 5, 10]);
    expect(seconds).toBeLessThanOrEqual(200);
  });

  it('says what all of it takes', () => {
    const search: Search = {
      by: 'rate',
      random: true,
      baseline: 1,
      precision: 0.05,
      terms: [],
      confidence: 0.99,
      baselineSeconds: 120,
      staircase,
      alone: 1,
      overhead: 2,
    };
    expect(planSearch(search, [], 0)).toEqual({ probes: 21, seconds: 123 + 20 * 63, precision: 4 });
    expect(nextProbe(search, [], 0)).toEqual({ load: 1, seconds: 120 });
  });
});

describe('a batch that is being filled', () => {
  it(
    'is not taken for a backlog: evenly spaced, an engine is found to carry what it can',
    () => {
      const model = engine(PRESETS['8b-h100'].settings, ALIKE);
      const { limit } = searching(model, 1, { alone: 1.6 });
      expect(lands(limit.range, model.capacity), limit.sentence).toBe(true);
    },
    LONG,
  );
});
