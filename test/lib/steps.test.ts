import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf, type RecordLine } from '../../lib/analysis/columns/columns.ts';
import { stepData } from '../../lib/analysis/measure.ts';
import { measureStep } from '../../lib/analysis/steps.ts';
import type { Step } from '../../lib/load/plan.ts';
import type { RequestLimits } from '../../thresholds/slo.ts';
import { closed, failure, line, open, times } from './make.ts';

function measured(lines: RecordLine[], step: Step = closed(), limits?: RequestLimits, endedAt?: number) {
  const columns = columnsOf(lines);
  const [data] = stepData(columns, [step], endedAt);
  if (!data) throw new Error('no step');
  return measureStep(columns, data, limits);
}
const result = (...args: Parameters<typeof measured>) => measured(...args).result;

/** A record whose tokens come evenly: n frames of one token from ttft to e2e. */
const even = (t: number, ttft: number, e2e: number, n: number, parts: RecordLine = {}): RecordLine =>
  line(t, { ttft, e2e, end: e2e, out: n, frames: n, gaps: Array(n - 1).fill((e2e - ttft) / (n - 1)), ...parts });

describe('a step without requests', () => {
  it('has no figures, and no NaN', () => {
    const r = result([]);
    expect(r).toEqual({
      name: 'step_1',
      scenario: 'step_1',
      phase: 'steady',
      load: { kind: 'closed', concurrency: 1 },
      window: { from: 0, to: 0 },
      achieved: 0,
      dropped: 0,
      late: 0,
      requests: 0,
      ok: 0,
      outcomes: {},
      errorRate: 0,
      metrics: {},
      adjusted: {},
      inputTokens: 0,
      outputTokens: 0,
      frames: 0,
      perModel: [],
    });
  });

  it('of an open loop failed them all', () =>
    expect(result([], open(), { ttft: 100 })).toMatchObject({ requests: 0, dropped: 10, errorRate: 1, inSlo: 0 }));
});

describe('counts', () => {
  const lines = [...times(8, (i) => line(1000 * i)), failure(8000), failure(8500, { outcome: 'rate_limited' })];

  it('are of all requests', () =>
    expect(result(lines)).toMatchObject({
      requests: 10,
      ok: 8,
      outcomes: { ok: 8, http_error: 1, rate_limited: 1 },
      errorRate: 0.2,
      inputTokens: 40,
      outputTokens: 80,
      frames: 80,
    }));

  it('count dropped requests as failed', () => {
    const step = open({ load: { kind: 'open', rate: 2 } });
    expect(result(lines, step)).toMatchObject({ asked: 2, requests: 10, dropped: 10, errorRate: 0.6 });
  });

  it('say what was achieved: ended in a closed loop, started in an open one', () => {
    const late = [line(0), line(9500)]; // ends at 10.5 s
    expect(result(late).achieved).toBe(0.1);
    expect(result(late, open()).achieved).toBe(0.2);
    expect(result(late)).not.toHaveProperty('asked');
  });

  it('tell late starts, over 100 ms after their plan', () =>
    expect(result([line(0, { lag: 100 }), line(1, { lag: 101 }), line(2, { lag: -500 }), line(3)]).late).toBe(1));
});

it('tell how true the client was to its own schedule', () => {
  const lags = [0, 10, 10.1, -1, null];
  const step = open({ requests: 8 });
  const lines = lags.map((lag, i) => line(1000 * i, { i, lag }));
  // On time are 3 of 5 that started and 3 that never did.
  expect(result(lines, step).schedule).toEqual({ p50: 5, p99: expect.closeTo(10.097, 9), max: 10.1, onTime: 3 / 8 });
  expect(
    result(
      times(5, (i) => line(1000 * i, { i })),
      step,
    ).schedule,
  ).toBeUndefined();
});

describe('latency', () => {
  const lines = times(101, (i) => even(50 * i, 100 + i, 1000 + i, 10, { connect: i, cold: i < 2 }));

  it('is of successful requests, by the formulas', () => {
    const { metrics } = result([...lines, failure(9000, { ttft: 9999 })]);
    expect(metrics.ttft).toEqual({ n: 101, mean: 150, p50: 150, p90: 190, p95: 195, p99: 199, p999: 199.9, max: 200 });
    expect(metrics.e2e).toMatchObject({ n: 101, p50: 1050, max: 1100 });
    expect(metrics.tpot).toMatchObject({ n: 101, p50: 100, max: 100 });
    expect(metrics.itl).toMatchObject({ n: 909, mean: 100, p50: 100, max: 100 });
    expect(metrics.connect).toMatchObject({ n: 2, max: 1 });
  });

  it('is absent where it was not measured, and 0 where it was 0', () => {
    const whole = { ttft: null, ttfo: null, gaps: null, frames: 0 };
    expect(Object.keys(result([line(0, whole)]).metrics)).toEqual(['e2e']);
    expect(result([line(0, { ttft: 0 })]).metrics.ttft).toMatchObject({ n: 1, max: 0 });
  });

  it('has no TPOT below two tokens or two frames', () => {
    expect(result([line(0, { out: 1 })]).metrics).not.toHaveProperty('tpot');
    expect(result([line(0, { frames: 1, gaps: [] })]).metrics).not.toHaveProperty('tpot');
    expect(result([line(0, { frames: 1, gaps: [] })]).metrics).not.toHaveProperty('itl');
  });

  it('has no TPOT where reasoning was counted but not streamed', () => {
    expect(result([line(0, { reasoning: 5 })]).metrics).not.toHaveProperty('tpot');
    expect(result([line(0, { reasoning: 5, ttfo: 500 })]).metrics).toHaveProperty('tpot');
    expect(result([line(0, { reasoning: 5, ttfo: null })]).metrics).toHaveProperty('tpot');
    expect(result([line(0, { reasoning: 0 })]).metrics).toHaveProperty('tpot');
  });

  it('divides by tokens, not by frames', () =>
    expect(result([even(0, 100, 1000, 4, { out: 10 })]).metrics.tpot).toMatchObject({ p50: 100 }));

  it('keeps the sorted values for verdicts, ITL as each request’s p99', () => {
    const { sorted } = measured([line(0, { ttft: 300, gaps: [9, 9] }), line(1, { ttft: 200, gaps: [5] })]);
    expect([...sorted.ttft]).toEqual([200, 300]);
    expect([...sorted.itlP99]).toEqual([5, 9]);
  });
});

describe('error-adjusted percentiles', () => {
  it('take each failure and each dropped request as infinite', () => {
    const lines = [...times(9, (i) => line(1000 * i, { ttft: i + 1, e2e: 10 * (i + 1) })), failure(9000)];
    expect(result(lines).adjusted).toEqual({
      ttft: { p50: 5.5, p90: null, p99: null },
      e2e: { p50: 55, p90: null, p99: null },
    });
    const twice = open({ load: { kind: 'open', rate: 2 } });
    expect(result(lines, twice).adjusted?.ttft).toEqual({ p50: null, p90: null, p99: null });
  });

  it('are the plain ones without a failure', () => {
    const { adjusted, metrics } = result(times(101, (i) => line(50 * i, { ttft: i })));
    expect(adjusted?.ttft).toEqual({ p50: 50, p90: 90, p99: 99 });
    expect(metrics.ttft).toMatchObject({ p50: 50, p90: 90, p99: 99 });
  });

  it('are absent where nothing succeeded', () => expect(result([failure(0)]).adjusted).toEqual({}));

  it('are the percentiles of the values and infinities together', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 150 }), fc.nat(150), (values, failures) => {
        const lines = [...values.map((ttft, i) => line(i, { ttft })), ...times(failures, (i) => failure(i))];
        const { adjusted } = result(lines);
        const all = [...values].sort((a, b) => a - b).concat(Array(failures).fill(Infinity));
        for (const [name, q] of [
          ['p50', 0.5],
          ['p90', 0.9],
          ['p99', 0.99],
        ] as const) {
          const rank = Number((q * (all.length - 1)).toFixed(9));
          const [low, high] = [all[Math.floor(rank)] as number, all[Math.ceil(rank)] as number];
          if (high === Infinity) expect(adjusted?.ttft?.[name]).toBeNull();
          else expect(adjusted?.ttft?.[name]).toBeCloseTo(low + (high - low) * (rank % 1), 6);
        }
      }),
    );
  });
});

describe('throughput', () => {
  it('counts tokens that arrived inside the window, of requests on its edge too', () => {
    // 10 tokens each, at 100, 200, … 1000 ms after the start.
    expect(result([line(0), line(9500)]).throughput).toBe((10 + 4) / 10);
    expect(result([line(0), line(9000)]).throughput).toBe(2);
    expect(result([line(0), line(9950)]).throughput).toBe(1);
  });

  it('counts tokens, not frames', () => {
    const merged = { out: 20 }; // two tokens a frame
    expect(result([line(0, merged), line(9500, merged)]).throughput).toBeCloseTo((20 + 8) / 10, 9);
  });

  it('counts an unstreamed answer when it has ended', () => {
    const whole = { ttft: null, gaps: null, frames: 0 };
    expect(result([line(0, whole), line(9500, whole)]).throughput).toBe(1);
  });

  it('counts what a failed request had sent', () =>
    expect(result([line(0), line(2000, { outcome: 'timeout_idle', e2e: null })]).throughput).toBe(2));

  it('goes on with what the phase before had begun, but for warm-up', () => {
    const step = closed({ offset: 1000, shared: true });
    const before = (warm: boolean) => line(500, { phase: 'ramp_up', warm });
    const lines = (warm: boolean) => [line(0, { phase: 'ramp_up', end: 1001 }), before(warm), line(2000)];
    expect(result(lines(false), step).throughput).toBe((1 + 6 + 10) / 10); // frames at 1.0 s and later
    expect(result(lines(true), step).throughput).toBe((1 + 10) / 10);
    expect(result(lines(true), step).requests).toBe(1);
  });

  it('is never more than all tokens, and all of them where all is inside', () => {
    const starts = fc.array(fc.nat(12_000), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(starts, (at) => {
        const lines = [line(0), ...at.map((t) => line(t))];
        const r = result(lines);
        expect((r.throughput ?? 0) * 10).toBeLessThanOrEqual((r.outputTokens ?? 0) + 1e-6);
        const inside = at.filter((t) => t <= 9000).length + 1;
        expect((r.throughput ?? 0) * 10).toBeGreaterThanOrEqual(10 * inside - 1e-6);
      }),
    );
  });
});

describe('in flight', () => {
  it('is the mean over the window, edges cut', () => {
    expect(result(times(10, (i) => line(1000 * i))).inFlight).toBe(1);
    expect(result([line(0, { end: 5000 }), line(5000, { end: 20_000 })]).inFlight).toBe(1);
    expect(result([line(0, { end: 2500 })]).inFlight).toBe(0.25);
  });

  it('counts warm-up requests that go on: they are load too', () => {
    const lines = [line(0, { warm: true, end: 5000 }), line(5000, { end: 7000 })];
    expect(result(lines, closed({ offset: 2000 })).inFlight).toBe(1);
  });

  it('is absent without a window', () => expect(result([])).not.toHaveProperty('inFlight'));
});

describe('in SLO', () => {
  const limits = { ttft: 100, tpot: 100 };

  it('is the share of all asked for that met both limits, and goodput their rate', () => {
    const lines = [
      line(0),
      line(1000, { ttft: 101 }),
      line(2000, { e2e: 1001, end: 1001 }),
      failure(3000),
      line(4000, { lag: 1 }), // TTFT counts from the planned start
      line(5000, { lag: -50, ttft: 120 }), // an early start makes up for nothing
      line(6000, { lag: null }),
      line(7000, { out: 1, frames: 1 }), // no TPOT to judge
    ];
    expect(result(lines, closed(), limits)).toMatchObject({ inSlo: 3 / 8, goodput: 0.3 });
    expect(result(lines, open(), limits)).toMatchObject({ dropped: 2, inSlo: 3 / 10, goodput: 0.3 });
  });

  it('counts no request as goodput of a closed loop that ended after the window', () => {
    const lines = [line(0), line(9500)];
    expect(result(lines, closed(), limits)).toMatchObject({ inSlo: 1, goodput: 0.1 });
    expect(result(lines, open({ load: { kind: 'open', rate: 0.2 } }), limits)).toMatchObject({ goodput: 0.2 });
  });

  it('is unknown where a limit could not be measured', () => {
    const whole = line(0, { ttft: null, gaps: null, frames: 0 });
    const r = result([whole, line(1000)], closed(), limits);
    expect(r).not.toHaveProperty('inSlo');
    expect(r).not.toHaveProperty('goodput');
    expect(result([whole, failure(1000)], closed(), {})).toMatchObject({ inSlo: 0.5 });
  });

  it('is absent without an SLO', () => expect(result([line(0)])).not.toHaveProperty('inSlo'));
});

describe('profiles', () => {
  it('have the same figures each', () => {
    const lines = [
      line(0, { profile: 'chat' }),
      line(1000, { profile: 'code', out: 30 }),
      failure(2000, { profile: 'code' }),
    ];
    expect(result(lines).perProfile).toMatchObject([
      { profile: 'chat', requests: 1, errorRate: 0, outputTokens: 10 },
      { profile: 'code', requests: 2, errorRate: 0.5, outputTokens: 30 },
    ]);
  });

  it('are not there without a workload', () => expect(result([line(0)])).not.toHaveProperty('perProfile'));
});

describe('models', () => {
  const lines = [
    ...times(4, (i) => line(1000 * i, { model: 'a', answered: 'a-0613' })),
    line(4000, { model: 'b', answered: 'a-0613', ttft: 200 }),
    failure(5000, { model: 'b' }),
  ];

  it('have the same figures each, and whom they were answered by', () => {
    const { perModel } = result(lines);
    expect(perModel).toMatchObject([
      { model: 'a', answered: { 'a-0613': 4 }, requests: 4, errorRate: 0, throughput: 4, outputTokens: 40 },
      {
        model: 'b',
        answered: { 'a-0613': 1 },
        requests: 2,
        errorRate: 0.5,
        throughput: 1,
        metrics: { ttft: { max: 200 } },
      },
    ]);
  });

  it('share no dropped requests, which no model was asked for', () =>
    expect(result(lines, open()).perModel.map((m) => m.errorRate)).toEqual([0, 0.5]));

  it('are those of the step only', () =>
    expect(result([...lines, line(0, { model: 'c', scenario: 'other' })]).perModel.map((m) => m.model)).toEqual([
      'a',
      'b',
    ]));

  it('add up to the step', () => {
    const { perModel, throughput, requests } = result(lines);
    expect(perModel.reduce((sum, m) => sum + (m.throughput ?? 0), 0)).toBeCloseTo(throughput ?? 0, 9);
    expect(perModel.reduce((sum, m) => sum + m.requests, 0)).toBe(requests);
  });
});
