import { describe, expect, it } from 'vitest';
import { analyze, type Question } from '../../lib/analysis/analyze.ts';
import { columnsOf, type RecordLine } from '../../lib/analysis/columns/columns.ts';
import { rampingVus } from '../../lib/load/closed.ts';
import { parseSlo } from '../../thresholds/slo.ts';
import { closed, failure, line } from './make.ts';

const question: Question = {
  steps: [closed()],
  terms: [],
  wanted: { stream: true, driver: 'native', ignoreEos: false, caching: false },
};
const found = (lines: RecordLine[], parts: Partial<Question> = {}) =>
  analyze(columnsOf(lines), { ...question, ...parts });

describe('routing', () => {
  const expected = { a: 'a-0613', b: 'b' };
  const answer = (model: string, answered: string | null, outcome = 'ok') =>
    line(0, { model, answered, outcome, ...(outcome !== 'ok' && { e2e: null }) });
  const routing = (...lines: RecordLine[]) => found(lines, { expected }).routing;

  it('passes where each answer names whom it should', () =>
    expect(routing(answer('a', 'a-0613'), answer('a', 'a-0613'), answer('b', 'b'))).toEqual({
      matrix: [
        { asked: 'a', answered: 'a-0613', count: 2 },
        { asked: 'b', answered: 'b', count: 1 },
      ],
      expected,
      verdict: 'PASS',
      why: 'all 3 answers name the model that was asked',
    }));

  it('fails on a single other name', () =>
    expect(routing(answer('a', 'a-0613'), answer('a', 'b', 'wrong_model'), answer('b', 'b'))).toMatchObject({
      matrix: [
        { asked: 'a', answered: 'a-0613', count: 1 },
        { asked: 'a', answered: 'b', count: 1 },
        { asked: 'b', answered: 'b', count: 1 },
      ],
      verdict: 'FAIL',
      why: '1 of 3 answers name another model than was asked',
    }));

  it('fails on an answer without a name', () =>
    expect(routing(answer('a', 'a-0613'), answer('b', null, 'wrong_model'))).toMatchObject({
      matrix: [{ asked: 'a', answered: 'a-0613', count: 1 }],
      verdict: 'FAIL',
      why: '1 of 2 answers name another model than was asked',
    }));

  it('is not measured where a model never answered', () => {
    expect(routing(answer('a', 'a-0613'), failure(0, { model: 'b' }))).toMatchObject({
      verdict: 'NOT_MEASURED',
      why: 'no answer for b',
    });
    expect(routing()).toMatchObject({ matrix: [], verdict: 'NOT_MEASURED', why: 'no answer for a, b' });
  });

  it('adds up over steps', () => {
    const steps = [closed(), closed({ name: 'step_2', scenario: 'step_2' })];
    const lines = [answer('a', 'a-0613'), { ...answer('a', 'a-0613'), scenario: 'step_2' }, answer('b', 'b')];
    expect(found(lines, { steps, expected }).routing?.matrix).toContainEqual({
      asked: 'a',
      answered: 'a-0613',
      count: 2,
    });
  });

  it('is absent where it is not under test; another name is then one doubt', () => {
    const { routing: none, audit } = found([answer('a', 'a-0613'), answer('b', 'b')]);
    expect(none).toBeUndefined();
    expect(audit).toContainEqual({
      check: 'model_name',
      ok: false,
      value: 1,
      sentence: 'answers name another model than was asked: a → a-0613',
    });
    expect(found([answer('a', 'a-0613')], { expected }).audit.map((c) => c.check)).not.toContain('model_name');
    expect(found([answer('b', 'b')]).audit.map((c) => c.check)).not.toContain('model_name');
  });
});

describe('failures', () => {
  it('are counted by kind with one example each, those of the warm-up apart', () => {
    const lines = [
      failure(0, { warm: true, error: 'first', id: 'x' }),
      failure(1, { error: 'second' }),
      failure(2, { outcome: 'truncated', error: 'cut', model: 'n', id: null }),
      line(3),
    ];
    expect(found(lines).failures).toEqual([
      { outcome: 'http_error', count: 1, inWarmup: 1, model: 'm', error: 'first', id: 'x' },
      { outcome: 'truncated', count: 1, inWarmup: 0, model: 'n', error: 'cut' },
    ]);
  });
});

describe('the SLO', () => {
  it('is judged on judged steps only, every term', () => {
    const { steps } = rampingVus({ concurrency: 1, warmup: 0, rampUp: 1000, hold: 5000, rampDown: 1000, timeout: 1 });
    const lines = [line(0, { phase: 'ramp_up' }), line(2000)];
    expect(found(lines, { steps, terms: parseSlo('ttft.p99<200,errors<1%') }).slo).toMatchObject([
      { step: 'steady', term: 'ttft.p99<200', verdict: 'PASS' },
      { step: 'steady', term: 'errors<1%', verdict: 'PASS' },
    ]);
  });

  it('is not measured where nothing came', () =>
    expect(found([], { terms: parseSlo('chat') }).slo.map((v) => v.verdict)).toEqual(Array(5).fill('NOT_MEASURED')));

  it('gives no share in SLO without one', () => {
    expect(found([line(0)]).steps[0]).not.toHaveProperty('inSlo');
    expect(found([line(0)], { terms: parseSlo('errors<1%') }).steps[0]).toHaveProperty('inSlo', 1);
  });
});

it('counts warm-up requests and names the models', () => {
  const { warmupRequests, models } = found([line(0, { warm: true }), line(1, { warm: true }), line(2, { model: 'n' })]);
  expect({ warmupRequests, models }).toEqual({ warmupRequests: 2, models: ['m', 'n'] });
});

it('has no NaN anywhere, whatever is missing', () => {
  const lines = [
    line(0, { ttft: null, ttfo: null, gaps: null, frames: 0, out: null, in: null }),
    failure(1, { end: null, connect: null }),
    { scenario: 'step_1', model: 'm', outcome: 'exception', t: 5, end: 0, phase: 'steady', warm: false, error: 'oops' },
  ];
  const text = JSON.stringify(
    found(lines, { terms: parseSlo('chat,e2e.p99<9s,goodput>1'), expected: { m: 'm' } }),
    (_, v) => (typeof v === 'number' && !Number.isFinite(v) ? 'not finite' : v),
  );
  expect(text).not.toContain('not finite');
});
