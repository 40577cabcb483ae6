import { describe, expect, it } from 'vitest';
import type { Columns } from '../../lib/analysis/columns/columns.ts';
import { findDrift } from '../../lib/analysis/drift.ts';
import type { Measured } from '../../lib/analysis/steps.ts';
import { createRandom, type Random } from '../../lib/random.ts';
import { open, times } from './make.ts';

const HOUR = 3_600_000;

interface Series {
  /** ms between starts */
  every?: number;
  ttft: (i: number) => number;
  gap?: (i: number) => number;
  ok?: (i: number) => boolean;
  dropped?: number;
  judged?: boolean;
}

/** What is found in one open step of so many minutes. */
function drift(minutes: number, { every = 1000, ttft, gap = () => 20, ok = () => true, dropped = 0, judged }: Series) {
  const duration = minutes * 60_000;
  const n = duration / every;
  const list = (value: (i: number) => number) => Float64Array.from({ length: n }, (_, i) => value(i));
  const codes = Int32Array.from({ length: n }, (_, i) => (ok(i) ? 0 : 1));
  const lists: Record<string, Float64Array> = { t: list((i) => i * every), ttft: list(ttft) };
  const columns = {
    number: (name: string) => lists[name],
    category: () => ({ values: ['ok', 'http_error'], codes }),
    gapCount: list((i) => (ok(i) ? 9 : 0)),
    gapSum: list((i) => 9 * gap(i)),
  } as unknown as Columns;
  const failed = codes.filter((code) => code === 1).length;
  const step = open({ load: { kind: 'open', rate: 1000 / every }, duration, ...(judged === false && { judged }) });
  const rows = Int32Array.from({ length: n }, (_, i) => i);
  const measured = {
    data: { step, rows, from: 0, to: duration, dropped },
    result: { name: 'step_1', requests: n, errorRate: (failed + dropped) / (n + dropped) },
  } as unknown as Measured;
  return findDrift(columns, [measured]);
}

const normal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

describe('drift', () => {
  it('is the slope per hour, with its interval, in words', () => {
    const random = createRandom(1);
    const found = drift(30, {
      ttft: (i) => 200 + (210 * i * 1000) / HOUR + 10 * normal(random),
      gap: (i) => 20 - (3 * i * 1000) / HOUR + normal(random),
      ok: (i) => random() > (0.5 * i * 1000) / HOUR,
    });
    const shown = found.map((d) => [d.metric, d.shown, d.low < d.perHour && d.perHour < d.high]);
    expect(shown).toEqual([
      ['ttft', true, true],
      ['itl', true, true],
      ['errors', true, true],
    ]);
    const [ttft, itl, errors] = found;
    expect(ttft?.perHour).toBeGreaterThan(190);
    expect(ttft?.perHour).toBeLessThan(230);
    expect(itl?.perHour).toBeGreaterThan(-3.6);
    expect(itl?.perHour).toBeLessThan(-2.4);
    expect(errors?.perHour).toBeGreaterThan(0.4);
    expect(errors?.perHour).toBeLessThan(0.6);
    expect(ttft?.sentence).toMatch(/^TTFT rises by 2\d\d ms an hour \(99 % interval \d{3} to 2\d\d\)$/);
    expect(itl?.sentence).toMatch(/^ITL falls by [23]\.\d+ ms an hour \(99 % interval [12]\.\d+ to [34]\.\d+\)$/);
    expect(errors?.sentence).toMatch(/^The error rate rises by \d+\.\d+ percentage points an hour \(99 % interval /);
  });

  it('is not shown of a steady server, and says how small it must be', () => {
    const random = createRandom(2);
    const found = drift(10, { ttft: () => 200 + 10 * normal(random), gap: () => 20 + 1e-6 * random() });
    expect(found.map((d) => [d.metric, d.shown])).toEqual([
      ['ttft', false],
      ['itl', false],
    ]);
    expect(found[0]?.sentence).toMatch(
      /^no drift of TTFT shown \(99 % interval −\d+(\.\d)? to \d+(\.\d)? ms an hour\)$/,
    );
    expect(found[1]?.sentence).toBe('no drift of ITL shown (99 % interval 0 to 0 ms an hour)');
  });

  it('counts starts that never were as errors', () =>
    expect(drift(10, { ttft: () => 200, dropped: 100 }).find((d) => d.metric === 'errors')).toMatchObject({
      perHour: 0,
      shown: false,
    }));

  it.each([
    ['a step below ten minutes', () => drift(9, { ttft: (i) => i })],
    ['a step that no SLO is judged on', () => drift(10, { ttft: (i) => i, judged: false })],
    ['too few requests to fill the blocks', () => drift(10, { every: 60_000, ttft: (i) => i })],
  ])('is not looked for in %s', (_, found) => expect(found()).toEqual([]));

  it('of TTFT is not looked for where none was measured', () =>
    expect(drift(10, { ttft: () => Number.NaN }).map((d) => d.metric)).toEqual(['itl']));
});

/** How often TTFT drift is shown in 200 seeded runs. */
const alarms = (minutes: number, ttft: (random: Random) => (i: number) => number): number =>
  times(200, (seed) => drift(minutes, { ttft: ttft(createRandom(seed + 1)) })).filter((found) => found[0]?.shown)
    .length;

/** Each second like the one before: the correlation dies out with so many seconds. */
const swinging = (seconds: number) => (random: Random) => {
  const keep = Math.exp(-1 / seconds);
  let state = normal(random);
  return () => {
    state = keep * state + Math.sqrt(1 - keep ** 2) * normal(random);
    return 300 + 100 * state;
  };
};

/** Waiting times of a single server with exponential service (Lindley's recursion), long since begun. */
const queue = (load: number) => (random: Random) => {
  let wait = 0;
  const next = () => {
    wait = Math.max(0, wait - load * Math.log(1 - random()) * 1000 - 1000);
    return 100 + wait;
  };
  for (let i = 0; i < 1000; i++) next();
  return next;
};

describe('false alarms in 200 runs without drift', () => {
  it.each([
    ['independent', 10, () => swinging(0.1)],
    ['independent', 30, () => swinging(0.1)],
    ['swings of 30 s', 10, () => swinging(30)],
    ['swings of 60 s', 30, () => swinging(60)],
    ['a queue at 80 %', 10, () => queue(0.8)],
    ['a queue at 80 %', 30, () => queue(0.8)],
    ['a queue at 90 %', 30, () => queue(0.9)],
  ])('%s, %d min: at most 2 %%', (_, minutes, series) => {
    expect(alarms(minutes, series())).toBeLessThanOrEqual(4);
  });

  it('errors that come seldom and alone', () => {
    const found = times(200, (seed) => {
      const random = createRandom(seed + 1);
      return drift(30, { ttft: () => 1, ok: () => random() > 0.003 }).find((d) => d.metric === 'errors');
    });
    expect(found.filter((d) => d?.shown).length).toBeLessThanOrEqual(4);
  });
});

it('a real drift is found beneath swings of 30 s, in nearly every run', () => {
  const found = alarms(30, (random) => {
    const swing = swinging(30)(random);
    return (i) => swing() + (800 * i * 1000) / HOUR;
  });
  expect(found).toBeGreaterThanOrEqual(180);
});
