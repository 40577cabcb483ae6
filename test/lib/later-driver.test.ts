/** A bundle that brings a driver which answers later, as tcp does, under a k6 that keeps no records. */
import '../fakes/k6-globals.ts';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HttpRequest } from '../../lib/client/client.ts';
import type { Seen } from '../../lib/client/outcome.ts';

const carried: HttpRequest[] = [];
let inFlight = 0;
let most = 0;
let answer: (request: HttpRequest) => Partial<Seen> = () => ({});
let clock = 0;

const later = () => async (request: HttpRequest) => {
  carried.push(request);
  most = Math.max(most, ++inFlight);
  await Promise.resolve();
  inFlight--;
  clock += 500;
  const tokens = { frames: 3, events: 4, terminal: true, garbage: 0, ttft: 50, ttfo: 50, e2e: 150 };
  return {
    ...{
      ended: 'eof',
      status: 200,
      startedAt: clock - 500,
      connectMs: 2,
      cold: true,
      resent: 0,
      endMs: 150,
      framing: 'sse',
    },
    ...tokens,
    gaps: Float64Array.of(40, 60),
    values: { model: JSON.parse(request.body).model, input: 9, output: 3 },
    ...answer(request),
  } as Seen;
};
vi.resetModules();
vi.doMock('../../lib/client/built-in.ts', () => ({ builtIn: { name: 'tcp', driver: later } }));
afterAll(() => {
  vi.doUnmock('../../lib/client/built-in.ts');
  vi.resetModules();
});

const { loadTest } = await import('../../lib/load-test.ts');
const { levels } = await import('../../lib/load/closed.ts');
const { conversations } = await import('../../lib/conversation.ts');
const { registered } = await import('../fakes/k6-metrics.ts');
const { default: exec } = await import('../fakes/k6-execution.ts');
const { settingsOf } = await import('./make.ts');

const values = (name: string) => registered.get(name)?.samples.map((s) => s.value);
const plan = (warmup = 0) => levels({ levels: [1], duration: 10_000, requests: undefined, warmup, timeout: 1000 });
const make = (env: Record<string, string> = {}, more: object = {}) =>
  loadTest({ name: 'blast', settings: settingsOf({ MODEL: 'm', SEED: '7', ...env }), plan: plan(), ...more });
const DATA = { model: 'm' };

beforeEach(() => {
  Object.assign(exec, { scenario: { name: 'step_1', startTime: 0, iterationInTest: 0 } });
  carried.length = 0;
  clock = 0;
  most = 0;
  answer = () => ({});
  vi.spyOn(Date, 'now').mockImplementation(() => clock);
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});

it('waits for the answer, and emits the times of its tokens', async () => {
  await make().request(DATA);
  expect(values('llm_ttft')).toEqual([50]);
  expect(values('llm_itl')).toEqual([40, 60]);
  expect(values('llm_output_tokens')).toEqual([3]);
});

it('emits the share of gaps that ITL_SAMPLE says', async () => {
  const random = vi.spyOn(Math, 'random').mockReturnValueOnce(0.4).mockReturnValueOnce(0.6);
  await make({ ITL_SAMPLE: '0.5' }).request(DATA);
  expect(values('llm_itl')).toEqual([40]);
  random.mockRestore();
});

it('warms up one request after the other, then measures one', async () => {
  await make({}, { plan: plan(900) }).request(DATA);
  expect(values('llm_warmup_requests')).toEqual([1, 1]);
  expect(values('llm_requests')).toEqual([1]);
  expect(most).toBe(1);
});

it('counts an iteration that throws, and lets it throw', async () => {
  answer = () => {
    throw new Error('broken');
  };
  await expect(make().request(DATA)).rejects.toThrow('broken');
  expect(registered.get('llm_requests')?.samples[0]).toMatchObject({ value: 1, tags: { outcome: 'exception' } });
});

it('learns in setup what it learns elsewhere', async () => {
  answer = ({ body }) => ({ values: { model: 'm-1', input: JSON.parse(body).messages[0].content.split(' ').length } });
  const data = await make({ EXPECT_MODEL: 'exact', INPUT_TOKENS: '100' }).setup();
  expect(data).toMatchObject({ model: 'm', expected: { m: 'm-1' }, tokenizers: { m: { wordsPerToken: {} } } });
  expect(most).toBe(1);
});

it('holds a conversation, each question with all that was said', async () => {
  answer = () => ({ text: 'Yes.' });
  const settings = settingsOf({ MODEL: 'm', SEED: '7' });
  const talk = { turns: 3, thinkTime: 0, sessionHeader: 'X-Session-Id' };
  const test = loadTest({ name: 'talk', settings, plan: plan(), iterations: (run) => conversations(run, talk) });
  await test.request(DATA);
  expect(carried.map(({ body }) => JSON.parse(body).messages.length)).toEqual([1, 3, 5]);
});

describe('without records', () => {
  const at = (metric: string) => `${metric}{scenario:step_1}`;
  const times = { count: 40, avg: 50, 'p(50)': 50, 'p(90)': 60, 'p(95)': 65, 'p(99)': 70, 'p(99.9)': 71, max: 71 };
  const metrics = {
    [at('llm_requests')]: { values: { count: 40 } },
    [at('llm_errors')]: { values: { rate: 0 } },
    [at('llm_ttft')]: { values: times },
    [at('llm_itl')]: { values: { ...times, count: 400 } },
  };
  const summary = { metrics, state: { testRunDurationMs: 10_000 }, setup_data: DATA };

  it('an SLO on tokens is judged by its thresholds, and the summary shows TTFT and says whose clock it was', () => {
    const test = make({ SLO: 'ttft.p99<100,itl.p99<60', SUMMARY_JSON: 'r.json' });
    test.teardown(DATA);
    expect(values('llm_slo_failed')).toEqual([]);
    const { stdout = '', 'r.json': json = '' } = test.handleSummary(summary);
    const { slo, run, steps, audit } = JSON.parse(json);
    expect(slo.map((s: { verdict: string }) => s.verdict)).toEqual(['PASS', 'FAIL']);
    expect([run.driver, steps[0].metrics.ttft.p99, steps[0].metrics.itl.p99]).toEqual(['tcp', 70, 70]);
    expect(audit).toContainEqual(expect.objectContaining({ check: 'clock', ok: true }));
    expect(stdout).toMatch(/note: driver tcp takes its times in JavaScript/);
    expect(stdout).not.toMatch(/not measured/);
  });

  it('a load that fills half a core is doubted: nothing else tells how late its times are', () => {
    const clockOf = (tokens: number) => {
      const load = { ...summary, metrics: { ...metrics, [at('llm_output_tokens')]: { values: { count: tokens } } } };
      const { audit } = JSON.parse(make({ SUMMARY_JSON: 'r.json' }).handleSummary(load)['r.json'] ?? '');
      return audit.find(({ check }: { check: string }) => check === 'clock');
    };
    // 40 requests of 2.5 ms and so many tokens of 0.09 ms, in 10 s.
    expect(clockOf(20_000)).toMatchObject({ ok: true, value: 0.19 });
    expect(clockOf(20_000).sentence).toMatch(/This load keeps about 0.2 of a core busy$/);
    expect(clockOf(65_000)).toMatchObject({ ok: false, value: 0.595 });
    expect(clockOf(65_000).sentence).toMatch(
      /with fewer than 2 to itself, the times and the limit may be the client's own$/,
    );
  });

  it('requests that started later than planned are doubted', () => {
    const lag = { count: 40, 'p(50)': 1, 'p(99)': 250, max: 300 };
    const load = { ...summary, metrics: { ...metrics, llm_schedule_lag: { values: lag } } };
    const { stdout = '' } = make().handleSummary(load);
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /doubt: planned requests started late by p50 1.0, p99 250.0, at most 300.0 ms/,
    );
    expect(make().handleSummary(summary).stdout).not.toMatch(/started late/);
  });

  it('nothing is certified, nor judged that needs windows: that fails the gate', () => {
    const test = make({ SLO: 'ttft.p99<100,errors<1%,goodput>1', SUMMARY_JSON: 'r.json' }, { confidence: 0.99 });
    test.teardown(DATA);
    expect(values('llm_slo_failed')).toEqual([2]);
    const { slo } = JSON.parse(test.handleSummary(summary)['r.json'] ?? '');
    expect(slo.map((s: { verdict: string; why: string }) => [s.verdict, s.why.slice(0, 29)])).toEqual([
      ['NOT_MEASURED', 'certifying needs bin/k6'],
      ['PASS', 'true rate below 11 % at 99 % '],
      ['NOT_MEASURED', 'needs the records of bin/k6'],
    ]);
  });
});
