import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';

const { exec, Rate, samples } = vi.hoisted(() => {
  const samples: Array<{ metric: string; value: number; tags: Record<string, string> }> = [];
  class Rate {
    name: string;
    constructor(name: string) {
      this.name = name;
    }
    add(value: number, tags: Record<string, string>) {
      samples.push({ metric: this.name, value, tags });
    }
  }
  const exec = {
    scenario: { name: 'load', startTime: 0 },
    test: { options: { scenarios: {} as Record<string, unknown> } },
    vu: { metrics: { tags: {} as Record<string, unknown> } },
  };
  return { exec, Rate, samples };
});
vi.mock('k6/execution', () => ({ default: exec }));
vi.mock('k6/metrics', () => ({ Rate }));

import {
  check,
  findBetween,
  getCurrentStageIndex,
  normalDistributionStages,
  parseDuration,
  randomIntBetween,
  randomItem,
  randomString,
  seed,
  tagWithCurrentStageIndex,
  tagWithCurrentStageProfile,
  uuidv4,
} from '../lib/k6-utils.ts';
import { createRandom, hashSeed, shuffle } from '../lib/random.ts';

describe('createRandom', () => {
  const anySeed = fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
  const draw = (n: number, from: number) => Array.from({ length: n }, createRandom(from));

  it('gives numbers in [0, 1) that depend on the seed alone', () => {
    fc.assert(
      fc.property(anySeed, (s) => {
        const drawn = draw(50, s);
        expect(drawn).toEqual(draw(50, s));
        for (const x of drawn) expect(x >= 0 && x < 1).toBe(true);
      }),
    );
  });

  it('never changes: recorded runs can be repeated by later versions', () => {
    expect(draw(3, 1)).toMatchInlineSnapshot(`
      [
        0.43717633676715195,
        0.8449031417258084,
        0.6141966821160167,
      ]
    `);
    expect(hashSeed(1, 2)).toMatchInlineSnapshot(`7177543966641168`);
  });

  it('spreads evenly, and neighbouring seeds are unrelated', () => {
    const bins = new Array(16).fill(0);
    for (const x of draw(160_000, 7)) bins[Math.floor(x * 16)]++;
    // Chi-square with 15 degrees of freedom: 44 is exceeded once in 10,000.
    expect(bins.reduce((sum, n) => sum + (n - 10_000) ** 2 / 10_000, 0)).toBeLessThan(44);
    const a = draw(10_000, 100);
    const b = draw(10_000, 101);
    const covariance = a.reduce((sum, x, i) => sum + (x - 0.5) * ((b[i] ?? 0) - 0.5), 0) / a.length;
    expect(Math.abs(covariance * 12)).toBeLessThan(0.04);
  });

  it('refuses a seed that is no integer', () => {
    for (const bad of [1.5, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => createRandom(bad)).toThrow(RangeError);
  });

  it('hashes each index to a seed of its own', () => {
    const seeds = new Set(Array.from({ length: 100_000 }, (_, i) => hashSeed(5, i)));
    expect(seeds.size).toBe(100_000);
    expect([...seeds].every((s) => Number.isSafeInteger(s) && s >= 0)).toBe(true);
    const firsts = Array.from({ length: 1000 }, (_, i) => createRandom(hashSeed(5, i))());
    expect(new Set(firsts).size).toBe(1000);
    expect(firsts.reduce((sum, x) => sum + x, 0) / 1000).toBeCloseTo(0.5, 1);
  });

  it('shuffles into a permutation, the same one for the same seed', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), anySeed, (items, s) => {
        const shuffled = shuffle(items, createRandom(s));
        expect([...shuffled].sort()).toEqual([...items].sort());
        expect(shuffled).toEqual(shuffle(items, createRandom(s)));
      }),
    );
    const random = createRandom(3);
    const lastBecomesFirst = Array.from({ length: 3000 }, () => shuffle([1, 2, 3], random)[0]).filter((x) => x === 3);
    expect(lastBecomesFirst.length / 3000).toBeCloseTo(1 / 3, 1);
  });
});

describe('random values', () => {
  it('randomIntBetween includes both ends', () => {
    seed(1);
    const drawn = new Set(Array.from({ length: 200 }, () => randomIntBetween(-1, 2)));
    expect([...drawn].sort()).toEqual([-1, 0, 1, 2]);
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 1000 }), fc.nat(1000), (min, width) => {
        const x = randomIntBetween(min, min + width);
        expect(Number.isInteger(x) && x >= min && x <= min + width).toBe(true);
      }),
    );
  });

  it('randomItem reaches every item', () => {
    seed(1);
    expect(new Set(Array.from({ length: 100 }, () => randomItem(['a', 'b', 'c'])))).toEqual(new Set(['a', 'b', 'c']));
    expect(randomItem([])).toBeUndefined();
  });

  it('randomString has the length and the letters asked for', () => {
    expect(randomString(5, 'a')).toBe('aaaaa');
    expect(randomString(0)).toBe('');
    expect(randomString(100)).toMatch(/^[a-z]{100}$/);
    expect(randomString(100, '!@#$%^&*()')).toMatch(/^[!@#$%^&*()]{100}$/);
    expect(() => randomString(-1)).toThrow(RangeError);
  });

  it('uuidv4 is one, fast or secure', () => {
    const v4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    for (let i = 0; i < 200; i++) expect(uuidv4()).toMatch(v4);
    expect(uuidv4(true)).toMatch(v4);
    expect(new Set(Array.from({ length: 1000 }, () => uuidv4())).size).toBe(1000);
  });

  it('repeats itself after the same seed', () => {
    const all = () => [uuidv4(), randomString(20), randomIntBetween(0, 1e9), randomItem([1, 2, 3, 4, 5])];
    seed(42);
    const first = all();
    seed(42);
    expect(all()).toEqual(first);
    seed(43);
    expect(all()).not.toEqual(first);
  });
});

describe('findBetween', () => {
  const content = '<html><div>Value 1</div><div>Value 2</div><div>Value 3</div></html>';
  it.each([
    ['the first', '<div>', '</div>', 'Value 1'],
    ['null without left', '<nodiv>', '</div>', null],
    ['null without right', '<div>', '</nodiv>', null],
    ['null when right comes first only', 'Value 3', '<html>', null],
  ])('%s', (_, left, right, expected) => expect(findBetween(content, left, right)).toBe(expected));

  it('keeps what looks messy', () => {
    expect(findBetween('let token="secret token";', 'token="', '"')).toBe('secret token');
    expect(findBetween('**a**', '**', '**')).toBe('a');
  });

  it('finds every match on request', () => {
    expect(findBetween(content, '<div>', '</div>', true)).toEqual(['Value 1', 'Value 2', 'Value 3']);
    expect(findBetween(content, '<p>', '</p>', true)).toBeNull();
    expect(findBetween('a,b,c,', '', ',', true)).toEqual(['a', 'b', 'c']);
    expect(() => findBetween('x', '', '', true)).toThrow('both empty');
  });

  it('finds what was put between markers', () => {
    const text = fc.string().filter((s) => !/[<>]/.test(s));
    fc.assert(
      fc.property(fc.array(text, { minLength: 1 }), text, (values, noise) => {
        const joined = values.map((v) => `${noise}<<${v}>>`).join('');
        expect(findBetween(joined, '<<', '>>', true)).toEqual(values);
      }),
    );
  });
});

describe('normalDistributionStages', () => {
  it('rises to the peak and falls to 0', () => {
    expect(normalDistributionStages(10, 20, 5).map((s) => `${s.duration} ${s.target}`)).toEqual([
      '4s 1',
      '3s 5',
      '3s 10',
      '3s 10',
      '3s 5',
      '3s 1',
      '4s 0',
    ]);
  });

  it('is symmetric, peaks at maxVus and lasts what was asked for, rounded up', () => {
    fc.assert(
      fc.property(
        fc.nat(5000),
        fc.integer({ min: 1, max: 7200 }),
        fc.integer({ min: 1, max: 50 }),
        (vus, seconds, n) => {
          const stages = normalDistributionStages(vus, seconds, n);
          const targets = stages.map((s) => s.target);
          expect(stages).toHaveLength(n + 2);
          expect(targets.at(-1)).toBe(0);
          expect(Math.max(...targets)).toBe(vus);
          expect(targets.slice(0, -1)).toEqual(targets.slice(0, -1).reverse());
          const total = stages.reduce((sum, s) => sum + parseDuration(s.duration), 0) / 1000;
          expect(total).toBeGreaterThanOrEqual(seconds);
          expect(total).toBeLessThan(seconds + n + 2);
        },
      ),
    );
  });

  it('has 10 stages over the curve by default', () => expect(normalDistributionStages(1, 60)).toHaveLength(12));
});

describe('parseDuration', () => {
  it.each([
    ['1d5h31m20s3ms', 106_280_003],
    ['1s500', 1500],
    ['5', 5],
    ['0.5m', 30_000],
    ['1.5s', 1500],
    ['2.9ms', 2],
    ['0s', 0],
  ])('%s is %d ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each([
    ['', 'str is empty'],
    ['1y', 'y is an unsupported time unit'],
    ['5us', 'us is an unsupported time unit'],
    ['1s2s', 's time unit is provided multiple times'],
    ['abc', 'abc is not a duration'],
    ['-1s', '-1s is not a duration'],
    ['1.2.3s', '1.2.3s is not a duration'],
  ])('refuses %j', (text, message) => expect(() => parseDuration(text)).toThrow(message));
});

describe('the running stage', () => {
  beforeEach(() => {
    exec.vu.metrics.tags = {};
    exec.test.options.scenarios = {
      load: {
        executor: 'ramping-vus',
        stages: [
          { duration: '1s', target: 5 },
          { duration: '1s', target: 5 },
          { duration: '1s', target: 8 },
          { duration: '1s', target: 0 },
        ],
      },
    };
  });
  const after = (ms: number) => {
    exec.scenario.startTime = Date.now() - ms;
  };

  it.each([
    [0, 0, 'ramp-up'],
    [1500, 1, 'steady'],
    [2500, 2, 'ramp-up'],
    [3500, 3, 'ramp-down'],
    [9000, 3, 'ramp-down'],
  ])('after %d ms it is %d, %s', (ms, index, profile) => {
    after(ms);
    expect(getCurrentStageIndex()).toBe(index);
    tagWithCurrentStageIndex();
    tagWithCurrentStageProfile();
    expect(exec.vu.metrics.tags).toEqual({ stage: index, stage_profile: profile });
  });

  it('says why there is none', () => {
    exec.test.options.scenarios = { load: { executor: 'constant-vus' } };
    expect(() => getCurrentStageIndex()).toThrow('only ramping-vus');
    exec.test.options.scenarios = { load: { stages: [] } };
    expect(() => tagWithCurrentStageIndex()).toThrow("doesn't contain any stage");
    exec.test.options.scenarios = {};
    expect(() => tagWithCurrentStageProfile()).toThrow("doesn't contain the current scenario load");
  });
});

describe('check', () => {
  beforeEach(() => {
    samples.length = 0;
  });

  it('counts each checker and answers at once without promises', () => {
    const passed: boolean = check('text', { is: (v: string) => v === 'text', truthy: 1 }, { tag: 'x' });
    expect(passed).toBe(true);
    expect(check('text', { no: () => false, yes: () => true })).toBe(false);
    expect(samples).toEqual([
      { metric: 'checks', value: 1, tags: { tag: 'x', check: 'is' } },
      { metric: 'checks', value: 1, tags: { tag: 'x', check: 'truthy' } },
      { metric: 'checks', value: 0, tags: { check: 'no' } },
      { metric: 'checks', value: 1, tags: { check: 'yes' } },
    ]);
  });

  it('waits for promises, as value, checker or answer of a checker', async () => {
    const mixed: Promise<boolean> = check('', { later: async () => true, now: () => 'yes' });
    expect(await mixed).toBe(true);
    expect(await check('', { later: Promise.resolve(0) })).toBe(false);
    expect(await check(Promise.resolve('v'), { same: (v: string) => v === 'v' })).toBe(true);
  });
});
