import { describe, expect, test } from 'vitest';
import { planSearch } from '../../lib/analysis/limit/search-plan.ts';
import { DEFAULTS, phasesOf, searchIn } from '../../scripts/bench/flags.ts';
import { planTable, type Service, validationText } from '../../scripts/bench/plan.ts';
import { lineOf } from '../../scripts/bench/progress.ts';
import { createLive } from '../../scripts/live/live.ts';
import { pricingOf } from '../../scripts/report/price.ts';
import { START, searchOf } from '../../scripts/saturate/search.ts';
import { parseSlo } from '../../thresholds/slo.ts';

const chat: Service = { name: 'chat', terms: parseSlo('chat'), confidence: 0.99 };
const search = (flags: Parameters<typeof phasesOf>[0]) => {
  const phases = phasesOf(flags);
  return { phases, search: searchIn(searchOf('rate', phases.precision, { BASE_URL: 'x:1' }), phases) };
};

describe('the phases', () => {
  test('take a minute, two, as long as the search needs, and thirty', () => {
    expect(phasesOf({})).toEqual({
      quick: false,
      warmup: { rate: 5, seconds: 60 },
      baselineSeconds: 120,
      precision: 0.05,
      validationSeconds: 1800,
    });
    expect(search({}).search).toMatchObject({ terms: [], random: true, baseline: 1, baselineSeconds: 120 });
    expect(search({}).search).not.toHaveProperty('budget');
  });

  test('quick ones take two minutes together, and each flag wins over them', () => {
    const { phases, search: quick } = search({ quick: true });
    const { warmup, baselineSeconds, budget = 0, validationSeconds } = phases;
    const runs = 3 * START;
    expect(warmup.seconds + baselineSeconds + budget + validationSeconds + runs).toBeLessThanOrEqual(120);
    expect(quick).toMatchObject({ quick: true, baselineSeconds, budget: budget + baselineSeconds + START });
    const own = { warmupTime: '9s', baselineTime: '8s', budget: '2m', validationTime: '1m', precision: '20%' };
    expect(phasesOf({ quick: true, warmupRate: '7', ...own })).toEqual({
      quick: true,
      warmup: { rate: 7, seconds: 9 },
      baselineSeconds: 8,
      precision: 0.2,
      budget: 120,
      validationSeconds: 60,
    });
  });

  test('a staircase takes the place of the search', () => {
    const loads = [5, 10, 15, 20];
    expect(search({ staircase: '5:20:5:1m' }).search.staircase).toEqual({ loads, seconds: 60 });
    expect(phasesOf({ staircase: '0.5:0.8:0.1:2s' }).staircase?.loads).toEqual([0.5, 0.6, 0.7, 0.8]);
    const { search: quick } = search({ quick: true, staircase: '5:20:5:10s' });
    expect(quick.quick).toBeUndefined();
    expect(quick.budget).toBeUndefined();
  });

  test('the warm-up can be left out', () => {
    for (const warmupTime of ['0', '0s']) expect(phasesOf({ warmupTime }).warmup.seconds).toBe(0);
  });

  test.each<[Parameters<typeof phasesOf>[0], RegExp]>([
    [{ staircase: '5:100:5' }, /^--staircase 5:100:5: 3 parts, not 4; allowed: from:to:by:time/],
    [{ staircase: '100:5:5:60s' }, /^--staircase 100:5:5:60s: not rising rates/],
    [{ staircase: '5::5:60s' }, /not rising rates/],
    [{ staircase: '5:100:0:60s' }, /not rising rates/],
    [{ staircase: '1:9999:1:60s' }, /more than 1000 rates/],
    [{ staircase: '5:100:5:soon' }, /^--staircase time soon: not a duration/],
    [{ staircase: '5:100:5:60s', precision: '5%' }, /^--precision 5%: a staircase says itself/],
    [{ staircase: '5:100:5:60s', budget: '5m' }, /^--budget 5m: a staircase says itself/],
    [{ warmupRate: '0' }, /^--warmup-rate 0: not a rate/],
    [{ warmupTime: 'x' }, /^--warmup-time x: not a duration/],
    [{ baselineTime: '0.5' }, /^--baseline-time 0.5: too short/],
    [{ validationTime: '0s' }, /^--validation-time 0s: too short/],
    [{ precision: '5' }, /^--precision 5: not a share/],
    [{ budget: 'long' }, /^--budget long: not a duration/],
  ])('%j is refused', (flags, says) => {
    expect(() => phasesOf(flags)).toThrow(expect.objectContaining({ message: expect.stringMatching(says), code: 107 }));
  });
});

describe('GPUs', () => {
  test('may be said without a price, for tokens a GPU', () =>
    expect(pricingOf({ gpus: '4' }, 1)).toEqual({ runs: [{ gpus: 4 }] }));
  test('one, where only the price is said', () =>
    expect(pricingOf({ price: '$2.50', load: '20 req/s', headroom: '30%' }, 1)).toMatchObject({
      runs: [{ gpus: 1, dollarsPerGpuHour: 2.5 }],
      asked: { load: { value: 20, unit: 'req/s' }, headroom: 0.3, loadFactor: 0.7 },
    }));
  test.each([
    [{ hostedPrice: '10' }, '--hosted-price is about a --price, and there is none'],
    [{ load: '20 req/s' }, '--load is about a --price'],
    [{ price: '3', headroom: '30%' }, '--headroom is about a --load, and there is none'],
    [{ price: 'much' }, '--price="much": not a price'],
    [{ gpus: '1.5' }, '--gpus="1.5": not a number of GPUs'],
  ])('%j is refused', (flags, says) => expect(() => pricingOf(flags, 1)).toThrow(says));
});

const words = (line: string | undefined): string[] => line?.split(/ {2,}/) ?? [];

describe('the plan', () => {
  const lines = (flags: Parameters<typeof phasesOf>[0], service: Service = chat): string[] => {
    const { phases, search: own } = search(flags);
    const known = { ...own, alone: 2, overhead: 4 };
    return planTable(phases, known, planSearch(known, [], 0), service);
  };

  test('says of each phase its load, time, requests and why', () => {
    const text = lines({}).join('\n');
    expect(words(text.split('\n')[1])).toEqual([
      'warm-up',
      '5 req/s',
      '60 s',
      '300 not measured: caches fill, clocks rise',
    ]);
    expect(text).toMatch(/^baseline +1 req\/s +2 min +120 what the other loads are compared with$/m);
    expect(text).toMatch(/^search +~ \d+ load\(s\) +~ \S+ min +depends the limit to \d/m);
    expect(text.replace(/\n\s+/g, ' ')).toMatch(
      /^validation +as found +30 min +≥ 459 certifies chat at 99 %: ttft\.p99<1000ms takes 459 requests, 662 with one miss$/m,
    );
    expect(text).toMatch(/^in all +~ \d+ min$/m);
    for (const line of lines({})) expect(line.length).toBeLessThanOrEqual(120);
  });

  test('a quick one says observed, and about two minutes', () => {
    const { confidence: _, ...seen } = chat;
    const text = lines({ quick: true }, seen).join('\n');
    expect(text).toMatch(/^validation +as found +15 s +depends observes chat$/m);
    expect(Number(/^in all +~ ([\d.]+) min$/m.exec(text)?.[1])).toBeLessThanOrEqual(2.2);
  });

  test('a staircase says how many requests at most', () =>
    expect(lines({ staircase: '5:20:5:1m', warmupTime: '0' }).join('\n')).toMatch(
      /^search +5–20 req\/s +~ .*≤ 3000 until one breaks/m,
    ));

  test('what validation certifies, once its load is known', () => {
    expect(validationText(chat, 20, 1800)).toBe(
      'validation: 20 req/s for 30 min, 36000 requests: certifies ttft.p99<1000ms with up to 316 misses',
    );
    expect(validationText(chat, 0.1, 1800)).toBe(
      'validation: 0.1 req/s for 30 min, 180 requests: too few to certify ttft.p99<1000ms, which takes 459; --validation-time 77m would do',
    );
    expect(validationText({ ...chat, terms: parseSlo('errors<1%') }, 20, 60)).toBe(
      'validation: 20 req/s for 60 s, 1200 requests',
    );
  });
});

describe('the status line', () => {
  const record = (t: number, parts: object) =>
    JSON.stringify({ t, end: 1000, scenario: 's', phase: 'steady', ...parts });

  test('phase, load, time left of the whole, req/s, TTFT p99, failures; in 80 columns', () => {
    const live = createLive([]);
    const line = lineOf('search', '16 req/s', 730_000, () => 0);
    expect(line(live)).toBe('3/4 search · 16 req/s · 12:10 left');
    for (let k = 0; k < 20; k++) live.see(record(100 * k, { outcome: k ? 'ok' : 'http_error', ttft: k ? 119 : null }));
    const text = line(live) ?? '';
    expect(text).toMatch(/^3\/4 search · 16 req\/s · 12:10 left · [\d.]+ req\/s · TTFT p99 119 ms · 1 failed$/);
    expect(text.length).toBeLessThanOrEqual(80);
  });

  test('past its time it says so', () =>
    expect(lineOf('validation', '16 req/s', 1000, () => 2000)(createLive([]))).toBe(
      '4/4 validation · 16 req/s · finishing',
    ));
});

test('both sets of defaults name the same phases', () =>
  expect(Object.keys(DEFAULTS.quick)).toEqual(Object.keys(DEFAULTS.full)));
