import { describe, expect, it } from 'vitest';
import { analyze } from '../../lib/analysis/analyze.ts';
import { clientLimit } from '../../lib/analysis/audit/client-load.ts';
import { columnsOf, liveOf, type RecordLine } from '../../lib/analysis/columns/columns.ts';
import type { Step } from '../../lib/load/plan.ts';
import type { Check } from '../../lib/results.ts';
import { closed, failure, line, open, times } from './make.ts';

const checks = (lines: RecordLine[], step: Step | Step[], live: RecordLine[] = [], driver = 'native'): Check[] =>
  analyze(columnsOf(lines, live), {
    steps: [step].flat(),
    terms: [],
    wanted: { stream: true, driver, ignoreEos: false, caching: false },
  }).audit;
const check = (kind: string, ...args: Parameters<typeof checks>): Check | undefined =>
  checks(...args).find((c) => c.check.split('.')[0] === kind);
const doubts = (...args: Parameters<typeof checks>) =>
  checks(...args)
    .filter((c) => !c.ok)
    .map((c) => c.check);

/** A minute of ten requests a second, each with `parts`. */
const RATE = 10;
const minute = open({ load: { kind: 'open', rate: RATE }, duration: 60_000 });
const even = (parts: (i: number) => RecordLine = () => ({}), n = 60 * RATE) =>
  times(n, (i) => line((i * 1000) / RATE, { i, ...parts(i) }));
/** What the client says of itself each second; ten requests of a second each are in flight. */
const seconds = (n: number, parts: (k: number) => RecordLine = () => ({})) =>
  times(n, (k) => ({ t: 1000 * k + 50, in_flight: k === 0 ? 1 : 10, cpu: 0.5, lag: 0.4, cores: 2, ...parts(k) }));

describe('when requests started', () => {
  it('is as planned where they are evenly spaced, whenever the first one came', () =>
    expect(
      check(
        'starts',
        even((i) => ({ t: 5000 + i * 100 + (i % 3) })),
        minute,
      ),
    ).toMatchObject({
      ok: true,
      value: 2,
      sentence: 'step_1: requests started late by p50 1.0, p99 2.0, at most 2.0 ms',
    }));

  it('counts from before the connection was made', () => {
    const late = even((i) => ({ t: i * 100 + (i % 2 ? 40 : 0), connect: i % 2 ? 40 : 0 }));
    expect(check('starts', late, minute)).toMatchObject({ ok: true, value: 0 });
  });

  it('does not depend on the order of the records', () => {
    const lines = even((i) => ({ end: i % 7 ? 10 : 4000 }));
    const byEnd = [...lines].sort((a, b) => Number(a.t) + Number(a.end) - Number(b.t) - Number(b.end));
    expect(check('starts', byEnd, minute)).toMatchObject({ ok: true, value: 0 });
  });

  it('is doubted where they came in bursts, or ever later', () => {
    const bursts = even((i) => ({ t: i % 5 === 4 ? i * 100 : (i - (i % 5) + 4) * 100 - 1 }));
    expect(check('starts', bursts, minute)).toMatchObject({ ok: false, value: expect.closeTo(399, 0) });
    const slipping = even((i) => ({ t: i * 100.5 }));
    expect(check('starts', slipping, minute)).toMatchObject({
      ok: false,
      sentence: expect.stringMatching(/^step_1: requests started late by .*: the load was not as even as planned/),
    });
  });

  it('is of the plan where the schedule is ours', () => {
    const whole = { ...minute, requests: 600 };
    const some = even((i) => ({ t: i * 90, lag: i % 10 ? 1 : 11 }));
    expect(check('starts', some, whole)).toBeUndefined();
    expect(check('schedule', some, whole)).toMatchObject({
      ok: true,
      value: expect.closeTo(0.1, 12),
      sentence:
        'step_1: 90.0 % of the planned requests started within 10 ms of their plan; late by p50 1.0, p99 11.0, at most 11.0 ms',
    });
    const late = even((i) => ({ lag: i % 10 ? 0 : 300 }), 400);
    expect(check('schedule', late, whole)).toMatchObject({
      ok: false,
      value: expect.closeTo(0.4, 12), // what never started was not on time
      sentence: expect.stringMatching(/at most 300.0 ms, 40 of them by over 100 ms: all VUs were waiting/),
    });
  });

  it('counts every so many in an execution segment', () => {
    const half = even((i) => ({ i: 2 * i + 1 }));
    expect(check('starts', half, minute)).toMatchObject({ ok: true, value: expect.closeTo(0, 6) });
  });

  it.each([
    ['starts were dropped, and the plan is not known', even(undefined, 590), minute],
    ['there are few', even(undefined, 20), open({ load: { kind: 'open', rate: 10 }, duration: 2000 })],
    ['the loop is closed', even((i) => ({ t: i * 77 })), closed()],
    ['no record says its index', even(() => ({ i: null })), minute],
  ])('is not asked where %s', (_, lines, step) => expect(check('starts', lines, step)).toBeUndefined());
});

describe("Little's law", () => {
  it('holds where the client and the records count the same', () =>
    expect(check('little', even(), minute, seconds(61))).toMatchObject({
      ok: true,
      value: 0,
      sentence: expect.stringMatching(
        /^step_1: 9\.\d were in flight by the client's own count, 9\.\d by rate × latency/,
      ),
    }));

  it('counts warm-up, connecting and other scenarios, as the client does', () => {
    const lines = even((i) => ({
      warm: i % 4 === 0,
      ...(i % 4 === 1 && { scenario: 'other' }),
      ...(i % 4 === 2 && { t: i * 100 + 400, connect: 400, end: 600 }),
    }));
    expect(check('little', lines, minute, seconds(61))).toMatchObject({ ok: true, value: 0 });
  });

  it('is broken where requests were cut off without a record', () => {
    const cut = even((i) => ({ t: i * 100 })).filter((_, i) => i % 4 !== 0);
    const found = check(
      'little',
      cut,
      closed({ duration: 60_000, load: { kind: 'closed', concurrency: 10 } }),
      seconds(61),
    );
    expect(found).toMatchObject({
      ok: false,
      value: expect.closeTo(0.25, 1),
      sentence: expect.stringContaining('requests were cut off or lost, and no figure counts them'),
    });
  });

  it('lets one request be just between its end and its record', () => {
    const one = times(60, (i) => line(i * 1000 + 100, { end: 900 }));
    const step = closed({ duration: 60_000 });
    expect(
      check(
        'little',
        one,
        step,
        seconds(61, () => ({ in_flight: 1 })),
      ),
    ).toMatchObject({ ok: true });
  });

  it('holds while the queue grows, and over ramps', () => {
    const growing = even((i) => ({ end: 100 + 20 * i }));
    const inFlight = (at: number) =>
      growing.filter((l) => Number(l.t) < at && Number(l.t) + Number(l.end) >= at).length;
    const live = seconds(61, (k) => ({ in_flight: inFlight(1000 * k + 50) }));
    expect(check('little', growing, minute, live)).toMatchObject({ ok: true, value: 0 });
  });

  it('is not asked of the http driver, whose requests the client does not count', () => {
    const live = seconds(61, () => ({ in_flight: 0 }));
    expect(check('little', even(), minute, live)).toMatchObject({ ok: false });
    expect(check('little', even(), minute, live, 'http')).toBeUndefined();
  });

  it.each([
    ['the client told nothing', []],
    ['it told too little', seconds(2).slice(1)],
    ['several clients told', seconds(60).flatMap((l) => [l, { ...l, t: Number(l.t) + 300 }])],
    ['clients told one after the other', [...seconds(60), ...seconds(60)]],
  ])('is not asked where %s', (_, live) => expect(check('little', even(), minute, live)).toBeUndefined());
});

describe('the client', () => {
  it('had time to spare', () => {
    const found = checks(even(), minute, seconds(61)).filter((c) => c.check.startsWith('client_'));
    expect(found).toEqual([
      { check: 'client_cpu.step_1', ok: true, value: 0.25, sentence: 'step_1: the client used 0.5 of its 2 cores' },
      {
        check: 'client_lag.step_1',
        ok: true,
        value: 0.4,
        sentence: "step_1: the client's timers came late by up to 0.4 ms (0.4 ms in the median second)",
      },
    ]);
    expect(clientLimit(liveOf(seconds(61)), 0, 60_000)).toBeUndefined();
  });

  it('was short of CPU', () => {
    const live = seconds(61, () => ({ cpu: 1.8, lag: 30 }));
    expect(check('client_cpu', even(), minute, live)).toMatchObject({
      ok: false,
      value: 0.9,
      sentence:
        "step_1: the client was short of CPU (1.8 of its 2 cores): times are too high by up to 30.0 ms, and a limit may be the client's",
    });
    expect(clientLimit(liveOf(live), 0, 60_000)).toBe('the client used 1.8 of its 2 cores');
  });

  it('was late, by more than matters to the TTFT', () => {
    const live = seconds(61, () => ({ lag: 12 }));
    expect(check('client_lag', even(), minute, live)).toMatchObject({
      ok: false,
      value: 12,
      sentence: expect.stringMatching(/: single times may be too high by as much$/),
    });
    expect(
      check(
        'client_lag',
        even(() => ({ ttft: 200 })),
        minute,
        live,
      ),
    ).toMatchObject({ ok: true });
    expect(clientLimit(liveOf(live), 0, 60_000, 100)).toBeUndefined();
  });

  it('is to blame where it is late by about as long as the server takes', () => {
    const live = seconds(61, () => ({ lag: 60 }));
    expect(check('client_lag', even(), minute, live)?.sentence).toMatch(/by as much, and a limit may be the client's$/);
    expect(clientLimit(liveOf(live), 0, 60_000, 100)).toBe(
      "the client's timers came late by 60.0 ms in every other second",
    );
    expect(clientLimit(liveOf(live), 0, 60_000, 200)).toBeUndefined();
  });

  it('is to blame for a TTFT that its own lag has made', () => {
    const live = seconds(61, () => ({ lag: 210, cpu: 0.5 }));
    expect(clientLimit(liveOf(live), 0, 60_000, 1000)).toMatch(/late by 210\.0 ms/);
    expect(
      check(
        'client_lag',
        even(() => ({ ttft: 5000 })),
        minute,
        live,
      ),
    ).toMatchObject({ ok: false });
  });

  it('is not blamed for a few bad seconds, but they are told', () => {
    const live = seconds(61, (k) => ({ lag: k % 10 === 5 ? 40 : 0.4 }));
    expect(check('client_lag', even(), minute, live)).toMatchObject({
      ok: false,
      sentence: expect.stringMatching(/: single times may be too high by as much$/),
    });
    expect(clientLimit(liveOf(live), 0, 60_000)).toBeUndefined();
    const one = seconds(61, (k) => ({ lag: k === 5 ? 40 : 0.4, cpu: k === 5 ? 2 : 0.4 }));
    expect(doubts(even(), minute, one)).toEqual([]);
  });

  it('counts only in the seconds that lie inside the window', () => {
    const live = seconds(90, (k) => ({ cpu: k > 60 || k < 1 ? 2 : 0.1 }));
    expect(clientLimit(liveOf(live), 0, 60_100)).toBeUndefined();
    expect(clientLimit(liveOf(live), 0, 89_000)).toBeDefined();
  });

  it.each([
    ['a step is short', seconds(61, () => ({ cpu: 2, lag: 90 })), 2000],
    ['nothing is known', [], 60_000],
    ['the platform does not say', seconds(61, () => ({ cpu: null, lag: null })), 60_000],
  ])('is not judged where %s', (_, live, to) => {
    expect(clientLimit(liveOf(live), 0, to)).toBeUndefined();
    const step = open({ load: { kind: 'open', rate: RATE }, duration: to });
    expect(checks(even().slice(0, (to * RATE) / 1000), step, live).map((c) => c.check)).not.toContain(
      'client_cpu.step_1',
    );
  });

  it('without CPU figures is judged by its timers, and without a count of cores too', () => {
    const live = seconds(61, () => ({ cpu: null, lag: 12 }));
    expect(check('client_cpu', even(), minute, live)).toBeUndefined();
    expect(check('client_lag', even(), minute, live)).toMatchObject({ ok: false });
    expect(clientLimit(liveOf(seconds(61, () => ({ cores: 0, cpu: 9 }))), 0, 60_000)).toBeUndefined();
  });
});

describe('a step', () => {
  /** Noise that repeats, ±20 %. */
  const noisy = (ttft: (i: number) => number) => even((i) => ({ ttft: ttft(i) * (1 + 0.2 * Math.sin(i * i)) }));

  it('is steady where TTFT only wobbles', () =>
    expect(
      check(
        'settled',
        noisy(() => 100),
        minute,
      ),
    ).toMatchObject({ ok: true, sentence: 'step_1: TTFT was steady' }));

  it('was still settling: what is left without the beginning is told', () => {
    const found = check(
      'settled',
      noisy((i) => (i < 200 ? 600 : 300)),
      minute,
    );
    expect(found).toMatchObject({ ok: false, value: 0.35 });
    expect(found?.sentence).toMatch(
      /^step_1: the first 21 s were still settling: TTFT p50 and p99 without them are 3\d\d and 3\d\d ms instead of \d+ and 7\d\d\. A longer WARMUP$/,
    );
  });

  it('is let settle for a quarter of its time', () =>
    expect(
      check(
        'settled',
        noisy((i) => (i < 120 ? 600 : 300)),
        minute,
      ),
    ).toMatchObject({ ok: true }));

  it('is let change by a little', () =>
    expect(
      check(
        'settled',
        even((i) => ({ ttft: i < 300 ? 300 : 310 })),
        minute,
      ),
    ).toMatchObject({ ok: true }));

  it('never settled', () =>
    expect(
      check(
        'settled',
        noisy((i) => 100 + 5 * i),
        minute,
      ),
    ).toMatchObject({
      ok: false,
      sentence: expect.stringMatching(
        /^step_1: no steady part found: TTFT was about \d+ ms in the first quarter and \d+ ms/,
      ),
    }));

  it('of chance alone is hardly ever doubted', () => {
    let state = 1;
    const random = () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    const lognormal = () => Math.exp(Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()));
    const few = open({ load: { kind: 'open', rate: 1 }, duration: 60_000 });
    const found = times(300, () =>
      check(
        'settled',
        times(60, (i) => line(i * 1000, { i, ttft: 100 * lognormal() })),
        few,
      ),
    );
    expect(found.filter((c) => c)).toHaveLength(300);
    expect(found.filter((c) => !c?.ok).length).toBeLessThanOrEqual(1);
  });

  it.each([
    ['there are few requests', times(29, (i) => line(i * 2000, { ttft: i < 15 ? 900 : 100 }))],
    ['a block of time has none', times(100, (i) => line(i < 50 ? i : 50_000 + i, { ttft: i < 50 ? 900 : 100 }))],
    ['all failed', times(600, (i) => failure(i * 100))],
    ['nothing streamed', even(() => ({ ttft: null, gaps: null }))],
  ])('is not judged where %s', (_, lines) =>
    expect(check('settled', lines, closed({ duration: 60_000 }))).toBeUndefined(),
  );
});

describe('the measured window', () => {
  const window = (...args: Parameters<typeof checks>) => check('window', ...args);

  it('tells its length, the warm-up before it and what ended after it', () => {
    const lines = [line(0, { warm: true }), line(900, { warm: true }), ...times(3, (i) => line(2000 + 4500 * i))];
    expect(window(lines, closed({ offset: 2000 }))).toEqual({
      check: 'window',
      ok: true,
      value: 10,
      sentence: 'measured 10.0 s after 2.0 s of warm-up',
    });
    expect(window([...lines, line(11_500)], closed({ offset: 2000 }))?.sentence).toBe(
      'measured 10.0 s after 2.0 s of warm-up, answers that ended after it: 1',
    );
  });

  it('leaves ramps out', () => {
    const shared = { shared: true } as const;
    const steps = [
      closed({ ...shared, name: 'ramp_up', phase: 'ramp_up', duration: 5000 }),
      closed({ ...shared, name: 'steady', offset: 5000, duration: 5000 }),
    ];
    const lines = [line(0, { phase: 'ramp_up' }), line(6000, { phase: 'steady' })];
    expect(window(lines, steps)).toMatchObject({ value: 5, sentence: 'measured 5.0 s, ramps cut' });
  });

  it('counts the steps, long and short', () => {
    const at = (name: string, start: number) => line(start, { scenario: name });
    const steps = ['a', 'b'].map((name) => closed({ name, scenario: name }));
    expect(window([at('a', 0), at('b', 20_000)], steps)?.sentence).toBe('measured 2 × 10.0 s');
    const [, b] = steps;
    expect(
      window([at('a', 0), at('b', 20_000)], [closed({ name: 'a', scenario: 'a', duration: 5000 }), b as Step])
        ?.sentence,
    ).toBe('measured 2 × 5.0 to 10.0 s');
  });

  it('is not told where nothing was measured', () => expect(window([], closed())).toBeUndefined());
});

describe('nothing is doubted', () => {
  const tiny = open({ load: { kind: 'open', rate: 10 }, duration: 500 });
  it.each<[string, RecordLine[], Step | Step[], RecordLine[]]>([
    ['in a tiny run', even((i) => ({ ttft: 500 - 90 * i }), 5), tiny, seconds(1)],
    ['in a good run', even(), minute, seconds(61)],
    ['in a run of failures', times(600, (i) => failure(i * 100, { i })), minute, seconds(61, () => ({ in_flight: 0 }))],
    [
      'of a ramp, while it changes',
      even((i) => ({ t: i * i * 0.1, ttft: 100 + i, phase: 'ramp_up' })),
      closed({ phase: 'ramp_up', name: 'ramp_up', duration: 60_000, shared: true }),
      seconds(61, (k) => ({ in_flight: k, cpu: 2 })),
    ],
  ])('%s', (_, ...args) => expect(doubts(...args)).toEqual([]));
});
