import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blast, levels, rampingVus } from '../../lib/load/closed.ts';
import { conversationLoad } from '../../lib/load/conversations.ts';
import { constantRate, rates, vusFor, wholeRate } from '../../lib/load/open.ts';
import { selector, stepAt, stepName } from '../../lib/load/plan.ts';
import { hashSeed } from '../../lib/random.ts';
import { arrivalTimes } from '../../lib/workload/arrivals.ts';
import { hashText } from '../../lib/workload/identity.ts';
import { times } from './make.ts';

const anyRate = fc.double({ min: 0.001, max: 5000, noNaN: true });

describe('the name of a step', () => {
  it.each([
    [40, 'step_40'],
    [2.5, 'step_2_5'],
  ])('%d is %s', (value, name) => expect(stepName(value)).toBe(name));

  it('is one that k6 takes for a scenario', () => {
    fc.assert(
      fc.property(anyRate, (rate) => {
        expect(stepName(rate)).toMatch(/^[0-9a-zA-Z_-]+$/);
      }),
    );
  });
});

describe('wholeRate', () => {
  it.each([
    [5, { rate: 5, timeUnit: '1s' }],
    [2.5, { rate: 25, timeUnit: '10s' }],
    [0.001, { rate: 1, timeUnit: '1000s' }],
    [0.1 + 0.2, { rate: 3, timeUnit: '10s' }],
    [123.4567, { rate: 1_234_567, timeUnit: '10000s' }],
  ])('%d', (rate, whole) => expect(wholeRate(rate)).toEqual(whole));

  it('is the rate that was asked for', () => {
    fc.assert(
      fc.property(anyRate, (asked) => {
        const { rate, timeUnit } = wholeRate(asked);
        expect(Number.isInteger(rate) && rate > 0).toBe(true);
        expect(Math.abs(rate / Number.parseInt(timeUnit, 10) - asked)).toBeLessThanOrEqual(5.1e-7);
      }),
    );
  });
});

describe('conversations', () => {
  const usual = { concurrency: 4, thinkTime: 2000, warmup: 1000, timeout: 9000 };
  const load = (parts: { conversations?: number; duration?: number }) =>
    conversationLoad({ ...usual, conversations: undefined, duration: undefined, ...parts }, 100);

  it.each([
    [{}, { executor: 'shared-iterations', vus: 4, iterations: 100 }],
    [{ conversations: 3 }, { executor: 'shared-iterations', vus: 3, iterations: 3 }],
    [{ duration: 5000 }, { executor: 'constant-vus', vus: 4, duration: '6000ms' }],
    [
      { conversations: 7, duration: 5000 },
      { executor: 'shared-iterations', iterations: 7, maxDuration: '6000ms' },
    ],
  ])('%j: %j', (parts, scenario) => {
    const plan = load(parts);
    expect(plan.scenarios).toEqual({ step_4: expect.objectContaining({ ...scenario, gracefulStop: '9000ms' }) });
  });

  it('are users who think; how many requests there will be is not known', () =>
    expect(load({ conversations: 7 }).steps).toEqual([
      {
        name: 'step_4',
        scenario: 'step_4',
        load: { kind: 'closed', concurrency: 4, thinkTime: 2000 },
        phase: 'steady',
        offset: 1000,
        judged: true,
      },
    ]));
});

it.each([
  [0.5, 10],
  [1, 10],
  [2.55, 26],
  [40, 400],
])('an open loop of %d/s has %d VUs', (rate, vus) => expect(vusFor(rate)).toBe(vus));

describe('constantRate', () => {
  const settings = { rate: 5, duration: 60_000, warmup: 2000, timeout: 120_000, vus: undefined };

  it('warms up in a scenario of its own, then runs the step', () => {
    const common = { executor: 'constant-arrival-rate', rate: 5, timeUnit: '1s', gracefulStop: '120000ms' };
    const vus = { preAllocatedVUs: 50, maxVUs: 50 };
    expect(constantRate(settings)).toEqual({
      scenarios: {
        warmup: { ...common, ...vus, exec: 'warmup', startTime: '0ms', duration: '2000ms' },
        step_5: { ...common, ...vus, exec: 'request', startTime: '2000ms', duration: '60000ms' },
      },
      steps: [
        {
          name: 'step_5',
          scenario: 'step_5',
          load: { kind: 'open', rate: 5 },
          phase: 'steady',
          offset: 0,
          duration: 60_000,
          judged: true,
        },
      ],
    });
  });

  it('has no warm-up scenario without a warm-up', () =>
    expect(Object.keys(constantRate({ ...settings, warmup: 0 }).scenarios)).toEqual(['step_5']));

  it('takes VUS', () =>
    expect(constantRate({ ...settings, vus: 7 }).scenarios.step_5).toMatchObject({ preAllocatedVUs: 7, maxVUs: 7 }));
});

describe('rates', () => {
  const settings = { rates: [20, 2.5], duration: 60_000, warmup: 2000, timeout: 120_000, vus: undefined };
  const timeline = ({ scenarios }: ReturnType<typeof rates>) =>
    Object.entries(scenarios).map(([name, s]) =>
      s.executor === 'constant-arrival-rate'
        ? [name, s.exec, s.startTime, s.duration, s.rate, s.timeUnit, s.preAllocatedVUs, s.maxVUs, s.gracefulStop]
        : [],
    );

  it('runs a step a rate, the next when the last request of one has started', () => {
    const plan = rates(settings);
    expect(timeline(plan)).toEqual([
      ['warmup', 'warmup', '0ms', '2000ms', 20, '1s', 200, 200, '120000ms'],
      ['step_20', 'request', '2000ms', '60000ms', 20, '1s', 200, 200, '120000ms'],
      ['step_2_5', 'request', '62000ms', '60000ms', 25, '10s', 25, 25, '120000ms'],
    ]);
    expect(plan.steps.map((s) => [s.name, s.scenario, s.load, s.offset, s.duration, s.judged])).toEqual([
      ['step_20', 'step_20', { kind: 'open', rate: 20 }, 0, 60_000, true],
      ['step_2_5', 'step_2_5', { kind: 'open', rate: 2.5 }, 0, 60_000, true],
    ]);
  });

  it('begins with a baseline that is not judged, and warms up at its rate', () => {
    const plan = rates({ ...settings, vus: 7, baseline: { rate: 1, duration: 120_000 } });
    expect(timeline(plan)).toEqual([
      ['warmup', 'warmup', '0ms', '2000ms', 1, '1s', 7, 7, '120000ms'],
      ['baseline', 'request', '2000ms', '120000ms', 1, '1s', 7, 7, '120000ms'],
      ['step_20', 'request', '122000ms', '60000ms', 20, '1s', 7, 7, '120000ms'],
      ['step_2_5', 'request', '182000ms', '60000ms', 25, '10s', 7, 7, '120000ms'],
    ]);
    expect(plan.steps.map((s) => [s.name, s.judged])).toEqual([
      ['baseline', false],
      ['step_20', true],
      ['step_2_5', true],
    ]);
  });
});

describe('rates of random arrivals', () => {
  const settings = { rates: [20, 2.5], duration: 60_000, warmup: 2000, timeout: 120_000, vus: undefined, seed: 7 };
  const poisson = { kind: 'poisson' } as const;
  const random = (parts: object = {}) => rates({ ...settings, arrival: poisson, ...parts });

  it('share out exactly RATE × DURATION requests, after an even warm-up', () => {
    const common = { executor: 'shared-iterations', exec: 'request', maxDuration: '60100ms', gracefulStop: '120000ms' };
    const { scenarios, steps } = random();
    expect(scenarios).toEqual({
      warmup: rates(settings).scenarios.warmup,
      step_20: { ...common, startTime: '2000ms', vus: 200, iterations: 1200 },
      step_2_5: { ...common, startTime: '62000ms', vus: 25, iterations: 150 },
    });
    expect(steps).toEqual(rates(settings).steps.map((s, k) => ({ ...s, requests: [1200, 150][k] })));
  });

  it('have VUs for their highest rate, and never more than requests, which k6 refuses', () => {
    const vusOf = (parts: object) => Object.values(random(parts).scenarios).map((s) => 'vus' in s && s.vus);
    expect(vusOf({ arrival: { kind: 'spikes', factor: 6, count: 1 }, warmup: 0 })).toEqual([600, 75]);
    expect(vusOf({ duration: 5000, warmup: 0 })).toEqual([100, 13]);
    expect(vusOf({ vus: 7, warmup: 0 })).toEqual([7, 7]);
  });

  it('are planned by scenario, each from a seed of its own', () => {
    const { due = {} } = random({ baseline: { rate: 20, duration: 60_000 } });
    const starts = (scenario: string) => times(1200, (i) => due[scenario]?.(i));
    expect(Object.keys(due)).toEqual(['baseline', 'step_20', 'step_2_5']);
    expect(starts('step_20')).toEqual([...arrivalTimes(poisson, 1200, 60_000, hashSeed(7, hashText('step_20')))]);
    expect(starts('baseline').filter((t, k) => t === starts('step_20')[k])).toEqual([]);
    expect(due.step_2_5?.(149)).toBe(arrivalTimes(poisson, 150, 60_000, hashSeed(7, hashText('step_2_5')))[149]);
    expect(random({ seed: 8 }).due?.step_20?.(0)).not.toBe(due.step_20?.(0));
  });

  it('are those of k6 where they are evenly spaced', () =>
    expect(random({ arrival: { kind: 'constant' } })).toEqual(rates(settings)));

  it('are refused where there would be none', () =>
    expect(() => random({ rates: [0.1], duration: 4000 })).toThrow(
      'ARRIVAL="poisson": step_0_1 would have no request in its 4 s; allowed: at least one',
    ));
});

describe('rampingVus', () => {
  const settings = { concurrency: 10, warmup: 2000, rampUp: 30_000, hold: 60_000, rampDown: 10_000, timeout: 120_000 };
  const shape = ({ steps }: ReturnType<typeof rampingVus>) =>
    steps.map((s) => [s.phase, s.offset, s.duration, s.judged]);

  it('goes up, holds, goes down, and cuts no request', () => {
    const plan = rampingVus(settings);
    expect(plan.scenarios).toEqual({
      step_10: {
        executor: 'ramping-vus',
        exec: 'request',
        startVUs: 0,
        stages: [
          { duration: '30000ms', target: 10 },
          { duration: '60000ms', target: 10 },
          { duration: '10000ms', target: 0 },
        ],
        gracefulStop: '120000ms',
        gracefulRampDown: '120000ms',
      },
    });
    expect(shape(plan)).toEqual([
      ['ramp_up', 2000, 28_000, false],
      ['steady', 30_000, 60_000, true],
      ['ramp_down', 90_000, 10_000, false],
    ]);
    expect(plan.steps.map((s) => [s.name, s.scenario, selector(s)])).toEqual([
      ['ramp_up', 'step_10', 'scenario:step_10,phase:ramp_up'],
      ['steady', 'step_10', 'scenario:step_10,phase:steady'],
      ['ramp_down', 'step_10', 'scenario:step_10,phase:ramp_down'],
    ]);
  });

  it('knows that the first VU starts after a share of the ramp', () => {
    expect(rampingVus(settings).steps.map((s) => s.lead)).toEqual([3000, 3000, 3000]);
    expect(rampingVus({ ...settings, rampUp: 0 }).steps[0]).not.toHaveProperty('lead');
  });

  it('warms up at the beginning of the hold where there is no ramp', () => {
    const plan = rampingVus({ ...settings, rampUp: 0, rampDown: 0 });
    expect(plan.scenarios.step_10).toMatchObject({
      startVUs: 10,
      stages: [{ duration: '0ms' }, { duration: '62000ms' }, { duration: '0ms' }],
    });
    expect(shape(plan)).toEqual([['steady', 2000, 60_000, true]]);
  });

  it('has no measured ramp where the warm-up takes all of it', () =>
    expect(shape(rampingVus({ ...settings, warmup: 30_000 }))[0]).toEqual(['steady', 30_000, 60_000, true]));

  it('has phases that follow one another', () => {
    const time = fc.integer({ min: 0, max: 60_000 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), time, time, time, (concurrency, warmup, rampUp, rampDown) => {
        const { steps } = rampingVus({ ...settings, concurrency, warmup, rampUp, rampDown });
        for (const [i, s] of steps.slice(1).entries()) {
          expect(s.offset).toBe((steps[i]?.offset ?? 0) + (steps[i]?.duration ?? 0));
        }
        expect(steps.filter((s) => s.judged)).toHaveLength(1);
      }),
    );
  });
});

describe('levels', () => {
  const settings = { levels: [8, 32], duration: 20_000, requests: undefined, warmup: 2000, timeout: 9000 };

  it('runs each level for the time, the next when it is over', () => {
    const { scenarios, steps } = levels(settings);
    const common = { exec: 'request', gracefulStop: '9000ms', executor: 'constant-vus', duration: '22000ms' };
    expect(scenarios).toEqual({
      step_8: { ...common, vus: 8, startTime: '0ms' },
      step_32: { ...common, vus: 32, startTime: '22000ms' },
    });
    expect(steps.map((s) => [s.name, s.offset, s.duration, selector(s)])).toEqual([
      ['step_8', 2000, 20_000, 'scenario:step_8'],
      ['step_32', 2000, 20_000, 'scenario:step_32'],
    ]);
  });

  it('ends at a count, with no more VUs than requests and no ten-minute limit', () => {
    const one = { ...settings, levels: [8], duration: undefined };
    expect(levels({ ...one, requests: 600 }).scenarios.step_8).toEqual({
      executor: 'shared-iterations',
      exec: 'request',
      startTime: '0ms',
      gracefulStop: '9000ms',
      vus: 8,
      iterations: 600,
      maxDuration: '86400000ms',
    });
    expect(levels({ ...one, requests: 3 }).scenarios.step_8).toMatchObject({ vus: 3, iterations: 3 });
    expect(levels({ ...settings, requests: 600 }).scenarios.step_8).toMatchObject({ maxDuration: '22000ms' });
    expect(levels({ ...one, requests: 600 }).steps[0]).toEqual({
      name: 'step_8',
      scenario: 'step_8',
      load: { kind: 'closed', concurrency: 8 },
      phase: 'steady',
      offset: 2000,
      requests: 600,
      judged: true,
    });
  });
});

describe('blast', () => {
  const settings = { concurrency: 30, totalRequests: undefined, duration: undefined, warmup: 0, timeout: 9000 };
  const usual = { requests: 600, levelDuration: 20_000 };
  const ends = (parts: object) => blast({ ...settings, ...parts }, usual).steps.map((s) => [s.requests, s.duration]);

  it.each([
    [{}, [[600, undefined]]],
    [{ totalRequests: 50 }, [[50, undefined]]],
    [{ duration: 9000 }, [[undefined, 9000]]],
    [{ duration: 9000, totalRequests: 50 }, [[50, 9000]]],
    [{ levels: [] }, [[600, undefined]]],
    [
      { levels: [1, 2] },
      [
        [undefined, 20_000],
        [undefined, 20_000],
      ],
    ],
    [{ levels: [1], totalRequests: 50, duration: 9000 }, [[50, 9000]]],
  ])('%j', (parts, expected) => expect(ends(parts)).toEqual(expected));
});

describe('stepAt', () => {
  const { steps } = rampingVus({
    concurrency: 2,
    warmup: 1000,
    rampUp: 5000,
    hold: 5000,
    rampDown: 5000,
    timeout: 1000,
  });
  it.each([
    [0, 'ramp_up'],
    [4999, 'ramp_up'],
    [5000, 'steady'],
    [9999, 'steady'],
    [10_000, 'ramp_down'],
    [99_999, 'ramp_down'],
  ])('after %d ms it is %s', (elapsed, phase) => expect(stepAt(steps, elapsed)?.phase).toBe(phase));
  it('is none without steps', () => expect(stepAt([], 0)).toBeUndefined());
});
