import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kneedle, kneeOf } from '../../lib/analysis/limit/knee.ts';
import { stepData } from '../../lib/analysis/measure.ts';
import { measureStep } from '../../lib/analysis/steps.ts';
import type { Knee, StepResult } from '../../lib/results.ts';
import { jitter, lognormal, uniform } from '../sim/draw.ts';
import { cliff, flat, type Model, slots, slowing } from '../sim/servers.ts';
import { closed, open, type Phase, Simulation } from '../sim/simulation.ts';
import { times } from './make.ts';

const points = (ys: readonly number[]) => ys.map((y, x) => ({ x, y }));

describe('kneedle', () => {
  it('finds the knee of the paper’s curve', () => {
    // Figure 2: y = −1/x + 5 at ten points from 0 to 1 has its knee at x ≈ 0.22.
    const curve = times(10, (i) => ({ x: i / 9, y: -1 / (i / 9 + 0.1) + 5 }));
    expect(curve[kneedle(curve, 'concave increasing') ?? -1]?.x).toBeCloseTo(0.222, 3);
  });

  it('finds the last point before a wall', () => {
    expect(kneedle(points([1, 1, 1, 1, 10, 20]), 'convex increasing')).toBe(3);
    const stuck = [1, 2, 3, 4, 4.02, 3.98, 4.01].map((x, i) => ({ x, y: i < 4 ? 1 : 10 * i }));
    expect(kneedle(stuck, 'convex increasing')).toBe(3);
  });

  it('is the same upside down', () => {
    // Nine points in a square of powers of two: nothing is rounded.
    const inner = fc.array(fc.integer({ min: 0, max: 64 }), { minLength: 7, maxLength: 7 });
    fc.assert(
      fc.property(inner, (list) => {
        const ys = [0, ...list, 64];
        const turned = ys.map((y, x) => ({ x: -x, y: -y }));
        expect(kneedle(points(ys), 'convex increasing')).toBe(kneedle(turned, 'concave increasing'));
      }),
    );
  });

  it('does not depend on the units', () => {
    const values = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 4, maxLength: 20 });
    fc.assert(
      fc.property(values, (ys) => {
        const scaled = ys.map((y, x) => ({ x: 1024 * x + 7, y: y / 8 + 3 }));
        expect(kneedle(scaled, 'convex increasing')).toBe(kneedle(points(ys), 'convex increasing'));
      }),
    );
  });

  it.each([
    ['nothing', []],
    ['three points', [1, 1, 9]],
    ['a straight line', times(10, (i) => 3 * i + 2)],
    ['a level', times(10, () => 5)],
    ['a bend the other way', [0, 10, 18, 24, 28, 30]],
  ])('finds none in %s', (_, ys) => expect(kneedle(points(ys), 'convex increasing')).toBeUndefined());

  it('finds none where x stays put', () =>
    expect(
      kneedle(
        times(6, (i) => ({ x: 1, y: i })),
        'convex increasing',
      ),
    ).toBeUndefined());
});

const NOISY = { ttft: lognormal(80, 0.5), tokenTime: 4, tokens: uniform(41, 121) };
/** 400 ms alone. */
const STEADY = { ttft: jitter(80, 0.2), tokenTime: 4, tokens: uniform(41, 121) };
const RATES = [
  open(1, 30, { name: 'baseline' }),
  ...times(20, (i) => open(5 * (i + 1), 20, { vus: 10 * 5 * (i + 1) })),
];
const LEVELS = [1, 2, 4, 8, 16, 32, 64].map((c) => closed(c, 20));

function measured(model: Model, phases: readonly Phase[], seed: number): StepResult[] {
  const { columns, steps } = new Simulation(model, seed).run(phases);
  return stepData(columns, steps).map((data) => measureStep(columns, data, undefined).result);
}
const knees = (model: Model, phases: readonly Phase[], seeds = 20): (Knee | undefined)[] =>
  times(seeds, (seed) => kneeOf(measured(model, phases, seed)));
const loads = (model: Model, phases: readonly Phase[], seeds?: number) =>
  new Set(knees(model, phases, seeds).map((k) => k?.load));

describe('the knee of a rate sweep', () => {
  it.each([
    ['slots with a fixed service', slots({ slots: 20, ttft: 80, tokenTime: 4, tokens: 81 })],
    ['slots with a service that varies', slots({ slots: 22, ...STEADY })],
    ['slots with a lognormal TTFT', slots({ slots: 30, ...NOISY })],
    ['slots whose queue has an end', slots({ slots: 22, queue: 20, ...NOISY })],
    ['a shared token rate and a batch', slowing({ ...STEADY, tokenRate: 4200, batch: 64 })],
    ['a shared token rate, TTFT as it was', slowing({ ...NOISY, tokenRate: 4200, batch: 1e6 })],
  ])('of %s lies within 10 % of the capacity, for 20 of 20 seeds', (_, model) => {
    for (const knee of knees(model, RATES)) {
      expect(knee).toMatchObject({ by: 'rate', x: 'throughput', y: 'e2e.p50' });
      expect(Math.abs((knee?.load ?? 0) / model.capacity - 1)).toBeLessThanOrEqual(0.1);
    }
  });

  it.each([
    ['slots', slots({ slots: 22, ...STEADY })],
    ['a shared token rate', slowing({ ...STEADY, tokenRate: 4200, batch: 64 })],
  ])('of %s lies there with random arrivals too', (_, model) => {
    const random = RATES.map((phase) => ({ ...phase, poisson: true }));
    for (const knee of knees(model, random, 10))
      expect(Math.abs((knee?.load ?? 0) / model.capacity - 1)).toBeLessThanOrEqual(0.1);
  });

  it('is the last step before the wall where steps are far apart', () => {
    const model = slots({ slots: 16, ...STEADY }); // 40
    const coarse = [20, 35, 50, 65, 80].map((rate) => open(rate, 30));
    expect(loads(model, coarse)).toEqual(new Set([35]));
  });

  it('is told with its figures', () => {
    const [knee] = knees(slots({ slots: 20, ttft: 80, tokenTime: 4, tokens: 81 }), RATES, 1);
    expect(knee).toMatchObject({ load: 50, step: 'step_50', latency: expect.closeTo(400, 0) });
    expect(knee?.throughput).toBeGreaterThan(4000);
    expect(knee?.sentence).toBe(
      `knee at 50 req/s (${knee?.throughput.toFixed(0)} tok/s, E2E p50 400 ms): beyond it more load gives latency instead of throughput (Kneedle)`,
    );
  });
});

describe('the knee of a concurrency sweep', () => {
  it('is the number of slots, for 20 of 20 seeds', () => {
    for (const knee of knees(slots({ slots: 16, ...NOISY }), LEVELS))
      expect(knee).toMatchObject({ by: 'concurrency', load: 16, step: 'step_16', x: 'throughput', y: 'e2e.p50' });
    expect(loads(slots({ slots: 16, ttft: 80, tokenTime: 4, tokens: 81 }), LEVELS)).toEqual(new Set([16]));
  });

  it('is a neighbour where the slots lie between two levels', () => {
    for (const count of [3, 6, 12, 20, 24, 28])
      for (const load of loads(slots({ slots: count, ...NOISY }), LEVELS, 5)) {
        expect(load).toBeGreaterThan(count / 2);
        expect(load).toBeLessThan(count * 2);
      }
  });

  it('says what is in flight, and its E2E', () =>
    expect(knees(slots({ slots: 16, ttft: 80, tokenTime: 4, tokens: 81 }), LEVELS, 1)[0]?.sentence).toMatch(
      /^knee at 16 in flight \(\d+ tok\/s, E2E p50 400 ms\): /,
    ));
});

describe('no knee', () => {
  it('has a flat server with lognormal TTFT of σ 1', () => {
    const model = flat({ ...NOISY, ttft: lognormal(100, 1) });
    expect(loads(model, RATES)).toEqual(new Set([undefined]));
    expect(loads(model, LEVELS)).toEqual(new Set([undefined]));
  });

  it('has a jump of the TTFT after which throughput goes on', () =>
    expect(loads(cliff({ ...NOISY, above: 42 }), RATES, 5)).toEqual(new Set([undefined])));

  it('have fewer than four loads, or steps that nothing answered', () => {
    const steps = measured(
      slots({ slots: 20, ...STEADY }),
      [20, 45, 60, 80].map((r) => open(r, 30)),
      1,
    );
    expect(kneeOf(steps)?.load).toBe(45);
    expect(kneeOf(steps.slice(0, 3))).toBeUndefined();
    expect(kneeOf([])).toBeUndefined();
    const silent = steps.map((s, i): StepResult => (i === 3 ? { ...s, ok: 0, metrics: {} } : s));
    expect(kneeOf(silent)).toBeUndefined();
  });
});

describe('the axes', () => {
  const steps = measured(slots({ slots: 16, ...STEADY }), LEVELS, 1);

  it('are answers a second where tokens were not counted', () => {
    const uncounted = steps.map(({ throughput: _, ...s }): StepResult => s);
    expect(kneeOf(uncounted)).toMatchObject({ load: 16, x: 'achieved' });
    expect(kneeOf(uncounted)?.sentence).toMatch(/16 in flight \([\d.]+ req\/s, E2E/);
  });

  it('need no TTFT', () => {
    const untimed = steps.map((s): StepResult => ({ ...s, metrics: { e2e: s.metrics.e2e ?? {} } }));
    expect(kneeOf(untimed)).toEqual(kneeOf(steps));
  });

  it('do not mind the order of the steps, nor those of another kind', () => {
    const [other] = measured(flat(STEADY), [open(1, 10)], 1);
    expect(kneeOf([...(other ? [other] : []), ...steps.slice(3), ...steps.slice(0, 3)])).toEqual(kneeOf(steps));
  });
});
