import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../lib/analysis/columns/columns.ts';
import { stepData } from '../../lib/analysis/measure.ts';
import { measureStep } from '../../lib/analysis/steps.ts';
import type { StepResult } from '../../lib/results.ts';
import { EPOCH, linesOf } from './columns.ts';
import { exponential, jitter, lognormal, missing, uniform } from './draw.ts';
import { cliff, flat, type Model, slots, slowing } from './servers.ts';
import { closed, open, type Phase, Simulation } from './simulation.ts';

const ALONE = { ttft: 80, tokenTime: 4, tokens: 81 }; // 400 ms
const SLOTS = slots({ slots: 8, ...ALONE }); // 20 requests a second

const run = (model: Model, phases: Phase[], seed = 1) => new Simulation(model, seed).run(phases);
function measure(model: Model, phases: Phase[], seed = 1): StepResult[] {
  const { columns, steps } = run(model, phases, seed);
  return stepData(columns, steps).map((data) => measureStep(columns, data, undefined).result);
}
function only(model: Model, phase: Phase): StepResult {
  const [step] = measure(model, [phase]);
  if (!step) throw new Error('no step');
  return step;
}
const NOISY = slots({ slots: 8, ttft: lognormal(80, 0.5), tokenTime: 4, tokens: uniform(41, 121) });

describe('slots', () => {
  it('know their capacity', () => expect(SLOTS.capacity).toBe(20));

  it('have no queue below it', () => {
    const { metrics, inFlight, achieved, dropped } = only(SLOTS, open(19, 60));
    expect(metrics.ttft).toMatchObject({ n: 19 * 60, p50: expect.closeTo(80, 2), max: expect.closeTo(80, 2) });
    expect(metrics.itl).toMatchObject({ p50: expect.closeTo(4, 2), max: expect.closeTo(4, 2) });
    expect(inFlight).toBeCloseTo(19 * 0.4, 1);
    expect({ achieved, dropped }).toEqual({ achieved: 19, dropped: 0 });
  });

  it('have one that grows by what comes over it', () => {
    const { columns } = run(SLOTS, [open(30, 20)]);
    const { inFlight } = columns.live();
    for (const s of [4, 9, 14, 19]) {
      const seconds = s + 1;
      expect(Math.abs((inFlight[s] as number) - (8 + 10 * seconds))).toBeLessThanOrEqual(5);
    }
  });

  it('work it off in the next step', () => {
    const [, after] = measure(SLOTS, [open(30, 20), open(10, 60)]);
    expect(after?.metrics.ttft?.max).toBeGreaterThan(9000);
    expect(after?.metrics.ttft?.p50).toBeCloseTo(80, 0);
  });

  it('answer no more than min(c, slots) at once in a closed loop', () => {
    for (const c of [1, 4, 8, 16, 64]) {
      const { achieved, inFlight } = only(SLOTS, closed(c, 60));
      expect(Math.abs(achieved - Math.min(c, 8) / 0.4)).toBeLessThanOrEqual(1);
      expect(inFlight).toBeCloseTo(c, 1);
    }
  });

  it('turn away what their queue cannot hold', () => {
    const { outcomes, metrics } = only(slots({ slots: 8, queue: 10, ...ALONE }), open(30, 60));
    expect(outcomes.rate_limited).toBeGreaterThan(500);
    expect(outcomes.rate_limited).toBeLessThan(600);
    expect(metrics.ttft?.max).toBeLessThan(80 + 10 * 50 + 400);
  });

  it('lose who waits for more than a minute', () => {
    const { outcomes, metrics } = only(SLOTS, open(100, 60));
    expect(outcomes.timeout_first).toBeGreaterThan(0);
    expect(metrics.ttft?.max).toBeLessThanOrEqual(60_080);
  });
});

describe('a load', () => {
  it('obeys Little’s law', () => {
    for (const phase of [open(15, 120), open(15, 120, { poisson: true }), closed(6, 120)]) {
      const { inFlight, achieved, metrics } = only(NOISY, phase);
      expect((inFlight as number) / ((achieved * (metrics.e2e?.mean as number)) / 1000)).toBeCloseTo(1, 1);
    }
  });

  it('is evenly spaced, or not', () => {
    const spaces = (phase: Phase) => {
      const t = run(flat(ALONE), [phase]).columns.number('t');
      return [...t.subarray(1)].map((at, k) => at - (t[k] as number));
    };
    for (const space of spaces(open(20, 60))) expect(space).toBeCloseTo(50, 2);
    const random = spaces(open(20, 300, { poisson: true }));
    const mean = random.reduce((a, b) => a + b, 0) / random.length;
    const variance = random.reduce((sum, s) => sum + (s - mean) ** 2, 0) / random.length;
    expect(mean).toBeCloseTo(50, -1);
    expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1);
  });

  it('drops the starts for which there is no VU', () => {
    const { dropped, inFlight } = only(SLOTS, open(30, 60, { vus: 50 }));
    expect(dropped).toBeGreaterThan(500);
    expect(inFlight).toBeLessThan(50.1);
  });

  it('starts late where starts are random, in their order, and drops what is left', () => {
    const { columns } = run(SLOTS, [open(30, 60, { vus: 50, poisson: true })]);
    const lag = columns.number('lag');
    expect(Math.max(...lag.subarray(0, 50))).toBe(0);
    // 20 of 30 a second are answered.
    expect(lag[columns.n - 1]).toBeGreaterThan(15_000);
    const { dropped, requests, inFlight } = only(SLOTS, open(30, 60, { vus: 50, poisson: true }));
    expect(dropped + requests).toBe(1800);
    expect(dropped).toBeGreaterThan(500);
    expect(inFlight).toBeLessThan(50.1);
  });

  it('waits in a queue as Erlang says', () => {
    // M/M/10 at 80 %: 0.409 of the requests wait, so the mean wait is 0.409 / (10 μ − λ).
    const service = 500;
    const model = slots({ slots: 10, ttft: 0, tokenTime: 1, tokens: exponential(service) });
    const wait = run(model, [open(16, 20_000, { poisson: true })]).columns.number('ttft');
    expect(wait.filter((ms) => ms > 0).length / wait.length).toBeCloseTo(0.409, 1);
    expect(wait.reduce((a, b) => a + b, 0) / wait.length / (0.409 * (1000 / 4))).toBeCloseTo(1, 1);
  });

  it('has steps one after the other, whose answers overlap', () => {
    const { columns, steps } = run(SLOTS, [open(1, 10, { name: 'baseline' }), open(5, 10), closed(4, 10)]);
    const windows = stepData(columns, steps).map(({ step, from, to }) => [step.name, from - EPOCH, to - EPOCH]);
    expect(windows).toEqual([
      ['baseline', 0, 10_000],
      ['step_5', 10_000, 20_000],
      ['step_4', 20_000, 30_000],
    ]);
    const ends = columns.number('end').map((end, row) => end + (columns.number('t')[row] as number) - EPOCH);
    expect(ends[10 + 49]).toBeGreaterThan(20_000);
  });

  it('begins idle in each run, later in the same time', () => {
    const sim = new Simulation(SLOTS, 1);
    const first = sim.run([open(40, 10)]);
    const at = sim.now;
    expect(at).toBeGreaterThan(19_000);
    const { columns } = sim.run([open(10, 10)]);
    expect(columns.number('t')[0]).toBe(EPOCH + at);
    expect(columns.number('ttft')[0]).toBe(80);
    expect(first.columns.n).toBe(400);
  });

  it('is the same for the same seed, and another for another', () => {
    const records = (seed: number) => linesOf(run(NOISY, [open(10, 10), closed(4, 10)], seed).columns);
    expect(records(3)).toEqual(records(3));
    expect(records(3)).not.toEqual(records(4));
  });
});

describe('other servers', () => {
  it('are flat: no load changes them', () => {
    const steps = measure(flat({ ...ALONE, ttft: lognormal(100, 0.8) }), [open(5, 60), open(100, 60)]);
    for (const { metrics } of steps) expect((metrics.ttft?.p50 as number) / 100).toBeCloseTo(1, 1);
    expect(steps[1]?.metrics.tpot?.max).toBeCloseTo(4, 2);
  });

  it('share a token rate: time between tokens grows with those in flight, TTFT does not', () => {
    const model = slowing({ ...ALONE, tokenRate: 2000, batch: 64 }); // 8 streams at full speed
    const tpot = (c: number) => only(model, closed(c, 60)).metrics.tpot?.p50;
    expect(tpot(4)).toBeCloseTo(4, 1);
    expect(only(model, closed(40, 60)).metrics.ttft?.max).toBeCloseTo(80, 1);
    expect(only(model, closed(40, 60)).throughput).toBeGreaterThan(1900);
    expect(only(model, closed(40, 60)).throughput).toBeLessThan(2100);
    expect(tpot(40)).toBeGreaterThan(15);
    expect(only(model, closed(100, 60)).metrics.ttft?.p50).toBeGreaterThan(500);
    expect(model.capacity).toBe(25);
    expect(only(model, open(20, 60)).metrics.ttft?.max).toBeCloseTo(80, 1);
    expect(only(model, open(40, 60)).metrics.ttft?.max).toBeGreaterThan(1000);
  });

  it('jump at a rate, without a queue', () => {
    const [low, high] = measure(cliff({ ...ALONE, above: 40 }), [open(40, 60), open(45, 60)]);
    expect(low?.metrics.ttft?.max).toBeCloseTo(80, 2);
    expect(high?.metrics.ttft?.p50).toBeCloseTo(240, 2);
    expect(high?.inFlight).toBeCloseTo(45 * 0.56, 0);
  });

  it('miss a limit with a known probability', () => {
    const { columns } = run(flat({ ...ALONE, ttft: missing(500, 0.015) }), [open(100, 1000)]);
    const misses = columns.number('ttft').filter((ttft) => ttft > 500).length;
    expect(Math.abs(misses / 100_000 - 0.015)).toBeLessThan(0.001);
  });

  it('vary by a share', () => {
    const { metrics } = only(flat({ ...ALONE, ttft: jitter(100, 0.1) }), open(100, 60));
    expect(metrics.ttft?.max).toBeLessThanOrEqual(110.001);
    expect(metrics.ttft?.p50).toBeCloseTo(100, -1);
  });
});

describe('a client that is too slow', () => {
  const sim = (client: number | undefined) =>
    new Simulation(flat(ALONE), 1, client === undefined ? undefined : { capacity: client }).run([open(100, 20)]);

  it('sends what it can, and reads late', () => {
    const { columns } = sim(50);
    const { started, cpu, lag, cores } = columns.live();
    expect(started[9]).toBeCloseTo(500, -1);
    expect(cpu[9]).toBe(cores);
    expect(lag[9]).toBeGreaterThan(100);
    expect(columns.number('ttft')[0]).toBe(80);
    expect(columns.number('ttft')[500]).toBeGreaterThan(4000);
  });

  it('is idle otherwise', () => {
    const { cpu, lag } = sim(undefined).columns.live();
    expect(Math.max(...cpu)).toBeLessThan(0.1);
    expect(Math.max(...lag)).toBeLessThan(10);
    const some = sim(200).columns;
    expect(some.live().cpu[9]).toBeCloseTo(1, 1);
    expect(Math.max(...some.number('ttft'))).toBeLessThan(81);
  });
});

describe('columns', () => {
  it('are those of the records', () => {
    const model = slots({ slots: 4, queue: 5, ttft: lognormal(80, 0.5), tokenTime: 4, tokens: uniform(1, 12) });
    const { columns, steps } = run(model, [open(60, 20), closed(6, 10)]);
    const live = columns.live();
    const read = columnsOf(linesOf(columns));
    const results = [columns, read].map((c) => stepData(c, steps).map((d) => measureStep(c, d, { ttft: 200 }).result));
    expect(results[0]).toHaveLength(2);
    const rounded = (value: unknown) =>
      JSON.stringify(value, (_, v) => (typeof v === 'number' ? Number(v.toPrecision(6)) : v));
    expect(JSON.parse(rounded(results[0]))).toEqual(JSON.parse(rounded(results[1])));
    expect(results[0]?.[0]?.outcomes.rate_limited).toBeGreaterThan(0);

    const frames = columns.number('frames').reduce((a, b) => a + b, 0);
    expect(live.frames.at(-1)).toBe(frames);
    expect(live.started.at(-1)).toBe(columns.n);
    expect(live.inFlight.at(-1)).toBe(0);
  });
});
