import { describe, expect, it } from 'vitest';
import { columnsOf, type RecordLine } from '../../lib/analysis/columns/columns.ts';
import { stepData } from '../../lib/analysis/measure.ts';
import { rampingVus } from '../../lib/load/closed.ts';
import type { Step } from '../../lib/load/plan.ts';
import { stepsOfSegment } from '../../lib/load/segment.ts';
import { closed, line, open, times } from './make.ts';

const data = (lines: RecordLine[], steps: Step[] = [closed()], endedAt?: number) =>
  stepData(columnsOf(lines), steps, endedAt);
const one = (lines: RecordLine[], step: Step = closed(), endedAt?: number) => {
  const [found] = data(lines, [step], endedAt);
  if (!found) throw new Error('no step');
  return { ...found, rows: [...found.rows], beside: [...found.beside] };
};

describe('the window of a step', () => {
  it('begins at its scenario’s first request, connecting included, and lasts as planned', () =>
    expect(one([line(5005, { connect: 5 }), line(6000), line(14_500)])).toMatchObject({
      from: 5000,
      to: 15_000,
      rows: [0, 1, 2],
      dropped: 0,
    }));

  it('counts from the first warm-up request, and leaves those out', () =>
    expect(one([line(5000, { warm: true }), line(6500), line(7000)], closed({ offset: 1500 }))).toMatchObject({
      from: 6500,
      to: 16_500,
      rows: [1, 2],
    }));

  it('counts from before the first request where the first VU of a ramp starts later', () => {
    const { steps } = rampingVus({ concurrency: 1, warmup: 0, rampUp: 30_000, hold: 60_000, rampDown: 0, timeout: 1 });
    const lines = times(60, (i) => line(130_000 + 1000 * i));
    expect(data(lines, steps).map((d) => [d.step.phase, d.from, d.to, d.rows.length])).toEqual([
      ['ramp_up', 0, 0, 0],
      ['steady', 130_000, 190_000, 60],
    ]);
  });

  it('of a count lasts from the first request to the last answer', () =>
    expect(
      one([line(5000, { warm: true }), line(6000), line(6500)], { ...closed({ requests: 2 }), ...NO_TIME }),
    ).toMatchObject({
      from: 6000,
      to: 7500,
    }));

  it('of a count or a time ends with the first that is reached', () => {
    const step = closed({ requests: 3, duration: 10_000 });
    expect(one([line(0), line(1000), line(2000)], step).to).toBe(3000);
    expect(one([line(0), line(1000)], step).to).toBe(10_000);
    expect(one([line(0), line(1000), line(9900)], step).to).toBe(10_000);
  });

  it('is empty without a request', () => {
    expect(one([])).toMatchObject({ from: 0, to: 0, rows: [], dropped: 0 });
    expect(one([line(0, { scenario: 'step_2' })])).toMatchObject({ from: 0, to: 0, rows: [] });
    expect(one([line(0, { warm: true })])).toMatchObject({ from: 0, to: 0, rows: [] });
  });

  it('is each step’s own', () => {
    const lines = [line(0), line(20_000, { scenario: 'step_2' }), line(25_000, { scenario: 'step_2' })];
    const two = closed({ name: 'step_2', scenario: 'step_2' });
    expect(data(lines, [closed(), two]).map((d) => [d.from, d.to, [...d.rows]])).toEqual([
      [0, 10_000, [0]],
      [20_000, 30_000, [1, 2]],
    ]);
  });

  it('is told by phase where steps share a scenario', () => {
    const { steps } = rampingVus({ concurrency: 2, warmup: 0, rampUp: 4000, hold: 5000, rampDown: 1000, timeout: 1 });
    const row = (t: number, phase: string) => line(t, { scenario: 'step_2', phase });
    const lines = [row(2000, 'ramp_up'), row(3500, 'ramp_up'), row(4500, 'steady'), row(9500, 'ramp_down')];
    expect(data(lines, steps).map((d) => [d.from, d.to, [...d.rows], [...d.beside]])).toEqual([
      [0, 4000, [0, 1], []],
      [4000, 9000, [2], [1]],
      [9000, 10_000, [3], []],
    ]);
  });

  it('knows what goes on beside it in other scenarios', () => {
    const at = (t: number, scenario: string, end = 1000) => line(t, { scenario, end });
    const names = ['step_1', 'step_2', 'step_3'];
    const lines = [
      at(0, 'step_1'),
      at(10_000, 'step_2'),
      at(9000, 'step_1', 12_000), // ends in step_3
      at(19_500, 'step_2'), // the same
      at(20_000, 'step_3'),
      line(9500, { scenario: 'warmup', warm: true }), // into step_2
    ];
    const steps = names.map((name) => closed({ name, scenario: name }));
    expect(data(lines, steps).map((d) => [d.from, d.to, [...d.rows], [...d.beside]])).toEqual([
      [0, 10_000, [0, 2], [5]],
      [10_000, 20_000, [1, 3], [2, 5]],
      [20_000, 30_000, [4], [2, 3]],
    ]);
  });
});

const NO_TIME = { duration: undefined } as unknown as Partial<Step>;

describe('a run that ended early', () => {
  it('has a closed window that ends with the last answer', () =>
    expect(one([line(0), line(1000), line(2000)], closed(), 3100).to).toBe(3000));

  it('has an open window that ends one arrival after the last', () =>
    expect(one([line(0), line(1000), line(2000)], open(), 3500)).toMatchObject({ to: 3000, dropped: 0 }));

  it('changes nothing where the plan had ended', () => {
    expect(one([line(0), line(2000)], closed(), 10_001).to).toBe(10_000);
    expect(one([line(0), line(2000)], open(), 10_001).to).toBe(10_000);
  });
});

describe('requests that never started', () => {
  it('are those planned less those sent, in an open loop', () => {
    expect(one([line(0), line(1000), line(9000)], open())).toMatchObject({ dropped: 7 });
    expect(
      one(
        times(11, (i) => line(1000 * i)),
        open(),
      ),
    ).toMatchObject({ dropped: 0 }); // k6 sends one more
  });

  it('are all of them where none started', () =>
    expect(one([], open({ load: { kind: 'open', rate: 2.5 } }))).toMatchObject({ dropped: 25 }));

  it('are counted up to the end of a run that was cut short', () =>
    expect(one([line(0), line(3000)], open(), 4000)).toMatchObject({ to: 4000, dropped: 2 }));
});

describe('a schedule of our own', () => {
  /** Planned each 400 ms, 25 in 10 s. */
  const step = (parts: Partial<Step> = {}) => open({ load: { kind: 'open', rate: 2.5 }, requests: 25, ...parts });
  const planned = (i: number, lag = 0, parts: RecordLine = {}) =>
    line(5000 + 400 * i + 100 + lag, { i, due: 400 * i + 100, lag, ...parts });

  it('has its window from its scenario’s start, which any record tells', () => {
    const lines = times(25, (i) => planned(i));
    expect(one(lines, step())).toMatchObject({ from: 5000, to: 15_000, dropped: 0 });
    expect(one([planned(7, 30, { t: 7937, connect: 7 })], step()).from).toBe(5000);
    // A request that threw has a plan, and no lag.
    expect(one([planned(3, 0, { lag: null }), planned(4)], step()).from).toBe(5000);
  });

  it('misses its last requests where they never started', () =>
    expect(
      one(
        times(20, (i) => planned(i, 90 * i)),
        step(),
        60_000,
      ),
    ).toMatchObject({ from: 5000, to: 15_000, dropped: 5 }));

  it('is whole where all have started before its time is over', () =>
    expect(
      one(
        times(25, (i) => planned(i)),
        step(),
        14_950,
      ),
    ).toMatchObject({ to: 15_000, dropped: 0 }));

  it('that was cut short has a window up to its last start, and misses nothing: a start is late until the step is over', () =>
    expect(
      one(
        times(10, (i) => planned(i, 50 * i)),
        step(),
        10_000,
      ),
    ).toMatchObject({ from: 5000, to: 5000 + 3700 + 450 + 400, dropped: 0 }));

  describe('in an execution segment', () => {
    const [quarter] = stepsOfSegment([step({ requests: 100, load: { kind: 'open', rate: 10 } })], 0.25) as [Step];
    const dropped = (indexes: number[]) =>
      one(
        indexes.map((i) => planned(i)),
        quarter,
      ).dropped;

    it.each([0, 1, 2, 3])('misses nothing where its last is near the end: it takes every fourth, from %i on', (from) =>
      expect(dropped(times(25, (k) => 4 * k + from))).toBe(0),
    );

    it('misses of the rest what it took of those before', () => {
      expect(dropped(times(15, (k) => 4 * k + 3))).toBe(10);
      // k6 goes by whole VUs: an instance may have more than its share.
      expect(dropped(times(30, (k) => Math.floor(2.5 * k)))).toBe(11);
      expect(dropped(times(40, (k) => Math.floor(2.5 * k)))).toBe(0);
    });

    it('misses its share where it has none', () => expect(dropped([])).toBe(25));
  });
});

describe('requests of other phases', () => {
  it('are known where they reach into the window', () => {
    const lines = [
      line(0, { warm: true }), // over before
      line(1500, { warm: true, end: 1000 }), // reaches into it
      line(2500),
      line(12_500, { warm: true }), // after it
    ];
    expect(one(lines, closed({ offset: 2000 }))).toMatchObject({ from: 2000, to: 12_000, rows: [2], beside: [1] });
  });
});
