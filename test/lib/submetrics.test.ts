import { describe, expect, it } from 'vitest';
import { failureCounts, type SummaryMetrics, stepsOf, submetrics } from '../../lib/analysis/submetrics.ts';
import { levels, rampingVus } from '../../lib/load/closed.ts';
import { closed, open } from './make.ts';

const one = (metrics: SummaryMetrics, step = closed(), runMs = 60_000) => {
  const [found] = stepsOf(metrics, [step], [], runMs);
  if (!found) throw new Error('no step');
  return found;
};
const counted = (requests: number, failures: number, where = 'scenario:step_1'): SummaryMetrics => ({
  [`llm_requests{${where}}`]: { values: { count: requests } },
  [`llm_errors{${where}}`]: { values: { rate: failures / requests, passes: failures, fails: requests - failures } },
});

describe('the names k6 is to keep', () => {
  it('are those that results are read from', () => {
    const names = Object.keys(submetrics([open()], ['a']));
    expect(names).toEqual(
      expect.arrayContaining([
        'dropped_iterations{scenario:step_1}',
        'llm_requests{scenario:step_1}',
        'llm_e2e{scenario:step_1,model:a}',
        'llm_requests{outcome:empty}',
      ]),
    );
    expect(names).not.toContain('llm_requests{outcome:ok}');
  });

  it('have no limit, and no dropped iterations in a closed loop', () => {
    const kept = submetrics([closed({ shared: true })], []);
    expect(new Set(Object.values(kept).map((list) => list.length))).toEqual(new Set([0]));
    expect(Object.keys(kept).filter((n) => n.startsWith('dropped'))).toEqual([]);
    expect(kept).toHaveProperty(['llm_e2e{scenario:step_1,phase:steady}']);
  });
});

describe('a step out of k6’s own metrics', () => {
  it('has counts, rates and the latencies that were measured', () => {
    const e2e = { count: 8, avg: 5, 'p(50)': 4, 'p(90)': 6, 'p(95)': 7, 'p(99)': 8, 'p(99.9)': 8.5, max: 9 };
    expect(
      one({
        ...counted(10, 2),
        'llm_e2e{scenario:step_1}': { values: e2e },
        'llm_ttft{scenario:step_1}': { values: { count: 0, avg: 0 } },
        'llm_output_tokens{scenario:step_1}': { values: { count: 80 } },
      }),
    ).toEqual({
      name: 'step_1',
      scenario: 'step_1',
      phase: 'steady',
      load: { kind: 'closed', concurrency: 1 },
      window: { from: 0, to: 10_000 },
      achieved: 1,
      late: 0,
      dropped: 0,
      requests: 10,
      ok: 8,
      outcomes: {},
      errorRate: 0.2,
      metrics: { e2e: { n: 8, mean: 5, p50: 4, p90: 6, p95: 7, p99: 8, p999: 8.5, max: 9 } },
      outputTokens: 80,
      perModel: [],
    });
  });

  it('counts dropped iterations as failed', () =>
    expect(
      one({ ...counted(10, 2), 'dropped_iterations{scenario:step_1}': { values: { count: 10 } } }, open()),
    ).toMatchObject({ dropped: 10, errorRate: 0.6, asked: 1, requests: 10, ok: 8 }));

  it('is empty where k6 has nothing', () =>
    expect(one({})).toMatchObject({ requests: 0, ok: 0, errorRate: 0, achieved: 0, metrics: {} }));

  it('has each model', () => {
    const where = 'scenario:step_1,model:a';
    expect(
      stepsOf({ ...counted(10, 2), ...counted(4, 1, where) }, [closed()], ['a', 'b'], 1)[0]?.perModel,
    ).toMatchObject([
      { model: 'a', requests: 4, ok: 3, errorRate: 0.25 },
      { model: 'b', requests: 0, ok: 0 },
    ]);
  });
});

it('has each profile, where there are some', () => {
  const where = 'scenario:step_1,profile:chat';
  const [step] = stepsOf({ ...counted(10, 2), ...counted(4, 1, where) }, [closed()], [], 1, ['chat', 'code']);
  expect(step?.perProfile).toMatchObject([
    { profile: 'chat', requests: 4, ok: 3 },
    { profile: 'code', requests: 0 },
  ]);
  expect(Object.keys(submetrics([open()], ['a'], ['chat']))).toContain('llm_e2e{scenario:step_1,profile:chat}');
});

describe('the share in SLO', () => {
  const inSlo = (passes: number, fails: number, dropped = 0) =>
    one(
      {
        ...counted(10, 2),
        'llm_in_slo{scenario:step_1}': { values: { rate: passes / (passes + fails || 1), passes, fails } },
        'dropped_iterations{scenario:step_1}': { values: { count: dropped } },
      },
      open(),
    ).inSlo;

  it('is of all requests asked for, dropped ones too', () => {
    expect(inSlo(5, 5)).toBe(0.5);
    expect(inSlo(5, 5, 10)).toBe(0.25);
  });

  it('is unknown where some requests could not be judged', () => {
    expect(inSlo(0, 2)).toBeUndefined(); // failures have a sample, answers without a TTFT have none
    expect(inSlo(0, 0)).toBeUndefined();
  });
});

describe('the window', () => {
  const REQUESTS = counted(10, 0);

  it('is no longer than the run', () => {
    expect(one(REQUESTS, closed({ requests: 10, duration: 120_000 }), 5000)).toMatchObject({
      window: { from: 0, to: 5000 },
      achieved: 2,
    });
    const { duration: _, ...step } = closed({ offset: 1000, requests: 10 });
    expect(one(REQUESTS, step, 6000)).toMatchObject({ window: { to: 5000 }, achieved: 2 });
  });

  it('of levels ends where the run did', () => {
    const { steps } = levels({ levels: [1, 2], duration: 10_000, requests: undefined, warmup: 1000, timeout: 1 });
    expect(stepsOf({}, steps, [], 18_000).map((s) => s.window.to)).toEqual([10_000, 6000]);
    expect(stepsOf({}, steps, [], 9000).map((s) => s.window.to)).toEqual([8000, 0]);
    expect(stepsOf({}, steps, [], 25_000).map((s) => s.window.to)).toEqual([10_000, 10_000]);
  });

  it('of phases ends where the run did', () => {
    const { steps } = rampingVus({ concurrency: 1, warmup: 0, rampUp: 1000, hold: 5000, rampDown: 1000, timeout: 1 });
    expect(stepsOf({}, steps, [], 4000).map((s) => s.window.to)).toEqual([1000, 3000, 0]);
  });
});

it('counts failures by kind', () =>
  expect(
    failureCounts({
      'llm_requests{outcome:empty}': { values: { count: 2 } },
      'llm_requests{outcome:timeout_idle}': { values: { count: 0 } },
    }),
  ).toEqual([{ outcome: 'empty', count: 2 }]));
