import { beforeEach, describe, expect, it } from 'vitest';
import { emit, inSlo, type MetricName, metrics, register, samplesOf, tpot } from '../../lib/metrics.ts';
import { columns, paths } from '../../lib/record.ts';
import { lineOf } from '../fakes/k6-llmload.ts';
import { Counter, Rate, registered, Trend } from '../fakes/k6-metrics.ts';
import { failed, ok } from './make.ts';

const place = { i: 3, scenario: 'step_1', step: '1', phase: 'steady', warm: false };
/** Nothing of the stream was seen, as under the http driver. */
const unseen = () => {
  const { ttft: _, ttfo: __, ...rest } = ok({ gaps: new Float64Array(0) });
  return rest;
};

describe('samples', () => {
  it('of a success are the formulas', () =>
    expect(samplesOf(ok({ cold: true, connectMs: 7, plannedAt: 980, resent: 1 }), { ttft: 200 })).toEqual({
      llm_ttft: 100,
      llm_ttfo: 100,
      llm_tpot: 100,
      llm_e2e: 1000,
      llm_connect: 7,
      llm_schedule_lag: 13,
      llm_requests: 1,
      llm_ttft_samples: 1,
      llm_output_tokens: 10,
      llm_input_tokens: 5,
      llm_frames: 10,
      llm_resent: 1,
      llm_errors: 0,
      llm_in_slo: 1,
    }));

  it('of a failure have no latency, but count what came', () =>
    expect(samplesOf(failed({ ttft: 100, frames: 4 }), {})).toEqual({
      llm_requests: 1,
      llm_errors: 1,
      llm_output_tokens: 4,
      llm_frames: 4,
      llm_in_slo: 0,
    }));

  it('are absent where nothing was measured', () => {
    const samples = samplesOf(unseen(), { ttft: 200 });
    for (const name of ['llm_ttft', 'llm_ttfo', 'llm_tpot', 'llm_ttft_samples', 'llm_connect', 'llm_in_slo'])
      expect(samples).not.toHaveProperty(name);
    expect(samples).toMatchObject({ llm_e2e: 1000, llm_errors: 0 });
  });

  it('of a reused connection have no connect time, of a cold one even 0', () => {
    expect(samplesOf(ok({ connectMs: 5 }), {})).not.toHaveProperty('llm_connect');
    expect(samplesOf(ok({ cold: true }), {})).toHaveProperty('llm_connect', 0);
  });
});

describe('TPOT', () => {
  it.each([
    ['(E2E − TTFT) / (tokens − 1)', {}, 100],
    ['by frames without usage', { usage: undefined }, 100],
    ['by frames where usage says 0', { usage: { input: 5, output: 0 } }, 100],
    ['by tokens, however many frames', { frames: 4 }, 100],
    ['none for one token', { usage: { input: 5, output: 1 } }, undefined],
    ['none for one frame', { frames: 1 }, undefined],
    ['none where reasoning was counted but not streamed', { usage: { input: 5, output: 10, reasoning: 5 } }, undefined],
    ['streamed reasoning', { ttfo: 600, usage: { input: 5, output: 10, reasoning: 5 } }, 100],
    ['no reasoning', { usage: { input: 5, output: 10, reasoning: 0 } }, 100],
  ])('%s', (_, parts, value) => expect(tpot(ok(parts as object))).toBe(value));

  it('is none for a failure, nor without a TTFT', () => {
    expect(tpot(failed({ ttft: 100 }))).toBeUndefined();
    expect(tpot(unseen())).toBeUndefined();
  });
});

describe('in SLO', () => {
  const late = (by: number, parts = {}) => ok({ plannedAt: 1000 - by, ...parts });
  it.each([
    ['both limits met', ok(), { ttft: 100, tpot: 100 }, true],
    ['TTFT over', ok(), { ttft: 99 }, false],
    ['TPOT over', ok(), { tpot: 99 }, false],
    ['no limit', ok(), {}, true],
    ['a failure', failed(), {}, false],
    ['TTFT from the planned start', late(50), { ttft: 149 }, false],
    ['an early start, which is no help', late(-50), { ttft: 99 }, false],
    ['connecting, which is not late', late(50, { connectMs: 50 }), { ttft: 100 }, true],
    ['one token, so no TPOT', ok({ frames: 1 }), { tpot: 1 }, true],
    ['nothing seen, but a limit', unseen(), { tpot: 1 }, undefined],
    ['nothing seen, and no limit', unseen(), {}, true],
  ])('%s', (_, completion, limits, met) => expect(inSlo(completion, limits)).toBe(met));
});

describe('emit', () => {
  beforeEach(() => {
    registered.clear();
    register();
  });
  const values = (name: string) => registered.get(name)?.samples;

  it('has every metric, of its kind', () => {
    expect([...registered.keys()]).toEqual(Object.keys(metrics()));
    for (const name of Object.keys(metrics()) as MetricName[]) {
      const kind = { trend: Trend, counter: Counter, rate: Rate }[metrics()[name].kind];
      expect(registered.get(name)).toBeInstanceOf(kind);
      expect(name).toMatch(/^llm_[a-z0-9_]+$/);
    }
  });

  it('adds samples with their tags, and each gap to llm_itl', () => {
    const c = ok({ gaps: Float64Array.of(1, 2) });
    emit(samplesOf(c, {}), { step: '1' }, { ...c, place });
    expect(values('llm_ttft')).toEqual([{ value: 100, tags: { step: '1' } }]);
    expect(values('llm_itl')?.map((s) => s.value)).toEqual([1, 2]);
    expect(values('llm_connect')).toEqual([]);
  });

  it('keeps the gaps of warm-up and of failures out of llm_itl', () => {
    const gaps = Float64Array.of(1, 2);
    emit({ llm_warmup_requests: 1 }, {}, { ...ok({ gaps }), place: { ...place, warm: true } });
    const c = failed({ gaps });
    emit(samplesOf(c, {}), {}, { ...c, place });
    expect(values('llm_itl')).toEqual([]);
    expect(values('llm_warmup_requests')).toHaveLength(1);
    expect(values('llm_requests')).toHaveLength(1);
  });
});

describe('the record of a request', () => {
  const recordOf = (c: object, where: object = place) =>
    lineOf({ ...c, place: where }, { columns: columns(), from: paths() });

  it('has the columns of the contract', () => {
    const usage = { input: 5, output: 10, cached: 2, reasoning: 1 };
    const parts = {
      usage,
      backend: 'b',
      attempts: 2,
      echo: 'own' as const,
      endMs: 1200,
      answered: 'n',
      finish: 'stop',
      status: 200,
      headersMs: 3,
    };
    const asked = { profile: 'p', inputTokens: 6, outputTokens: 11, session: 's', turn: 2 };
    const record = recordOf(ok(parts), { ...place, due: 990, lag: 10, ...asked });
    expect(record).toMatchObject({
      t: 1000,
      i: 3,
      due: 990,
      lag: 10,
      session: 's',
      turn: 2,
      asked_in: 6,
      in: 5,
      asked_out: 11,
      out: 10,
      cached: 2,
      reasoning: 1,
      e2e: 1000,
      end: 1200,
      warm: false,
    });
    expect(Object.entries(record).filter(([, v]) => v === undefined)).toEqual([['error', undefined]]);
    expect(Object.keys(columns())).toContain('gaps');
  });

  it('of a failure has no E2E and one line of error', () =>
    expect(recordOf(failed({ ttft: 5 }))).toMatchObject({
      outcome: 'timeout_total',
      ttft: 5,
      e2e: undefined,
      error: 'too late',
    }));
});
