import { describe, expect, it } from 'vitest';
import { type BenchTold, benchSentence } from '../../lib/report/bench.ts';
import type { Limit, SloResult, StepResult, Verdict } from '../../lib/results.ts';

const limit = (parts: Partial<Limit> = {}): Limit => ({
  by: 'rate',
  range: [39, 43],
  rule: 'ttft_p99',
  rules: ['ttft_p99'],
  recommended: 28,
  throughput: null,
  sentence: 'holds 39 req/s, breaks at 43 req/s',
  checks: [],
  ...parts,
});

const verdict = (said: Verdict, parts: Partial<SloResult> = {}): SloResult => ({
  step: 'validation',
  term: 'ttft.p99<1000ms',
  kind: 'certified',
  confidence: 0.99,
  limit: 1000,
  measured: 212,
  n: 1000,
  misses: 0,
  allowed: 3,
  verdict: said,
  why: '',
  ...parts,
});
const observed = (said: Verdict, parts: Partial<SloResult> = {}) => verdict(said, { kind: 'observed', ...parts });

/** 28 req/s for 15 s. */
const validation = { load: { kind: 'open', rate: 28 }, window: { from: 0, to: 15_000 } } as StepResult;

const say = (parts: Partial<BenchTold>): string =>
  benchSentence({ limit: limit(), slo: [], service: 'chat', interrupted: false, waiting: 37, ...parts });

describe('the sentence of a bench', () => {
  it('that passed, certified', () =>
    expect(say({ validation, slo: [verdict('PASS'), observed('PASS', { term: 'errors<0.1%' })] })).toBe(
      '28 req/s holds chat at 99 % confidence; it breaks between 39 and 43 req/s: TTFT p99, 37 requests waiting',
    ));

  it('that knows why it breaks, by the server itself', () =>
    expect(
      say({
        validation,
        slo: [verdict('PASS')],
        evidence: 'requests wait: 41 at 43 req/s while the KV cache is at 99 %',
      }),
    ).toBe(
      '28 req/s holds chat at 99 % confidence; it breaks between 39 and 43 req/s: TTFT p99, requests wait: 41 at 43 req/s while the KV cache is at 99 %',
    ));

  it('that passed, and only observed', () =>
    expect(say({ validation, slo: [observed('PASS')] })).toBe(
      '28 req/s held chat for 15 s, observed; it breaks between 39 and 43 req/s: TTFT p99, 37 requests waiting',
    ));

  it('whose validation failed: every term that did', () => {
    const slo = [
      verdict('FAIL', { measured: 1240 }),
      verdict('PASS', { term: 'itl.p99<100ms' }),
      observed('FAIL', { term: 'errors<0.1%', measured: 0.02 }),
    ];
    expect(say({ validation, slo, waiting: undefined })).toBe(
      '28 req/s does not hold chat: ttft.p99<1000ms is 1240 ms, errors<0.1% is 2.00%; it breaks between 39 and 43 req/s: TTFT p99',
    );
    expect(say({ validation, slo: [observed('FAIL', { measured: 1240 })] })).toMatch(
      /^28 req\/s did not hold chat for 15 s, observed: ttft\.p99<1000ms is 1240 ms; it breaks/,
    );
  });

  it('that had too few requests', () => {
    const slo = [
      verdict('PASS'),
      verdict('INCONCLUSIVE', { term: 'e2e.p99<3s', why: 'needs 300 more requests, 0.2 min at 28 req/s' }),
    ];
    expect(say({ validation, slo })).toMatch(
      /^Whether 28 req\/s holds chat is not certain at 99 %: e2e\.p99<3s needs 300 more requests, 0\.2 min at 28 req\/s; it/,
    );
  });

  it('that could not be measured', () =>
    expect(
      say({ validation, slo: [verdict('NOT_MEASURED', { measured: null, why: 'no request succeeded' })] }),
    ).toMatch(/^28 req\/s could not be judged by chat: ttft\.p99<1000ms: no request succeeded; it breaks/));

  it('a verdict that fails is told before one that is not certain', () =>
    expect(say({ validation, slo: [verdict('INCONCLUSIVE'), verdict('FAIL', { measured: 1240 })] })).toMatch(
      /^28 req\/s does not hold chat/,
    ));

  it('where nothing broke', () =>
    expect(
      say({ validation, slo: [verdict('PASS')], waiting: undefined, limit: limit({ range: [64, null], rule: null }) }),
    ).toBe('28 req/s holds chat at 99 % confidence; nothing broke it up to 64 req/s'));

  it('where the client gave out', () =>
    expect(
      say({ validation, slo: [verdict('PASS')], limit: limit({ range: [64, null], rule: null, client: 'no VUs' }) }),
    ).toBe('28 req/s holds chat at 99 % confidence; above 64 req/s the client gave out, not the server'));

  it('that was stopped in its validation', () => {
    expect(say({ validation, interrupted: true, slo: [verdict('PASS')] })).toMatch(
      /^28 req\/s holds chat at 99 % confidence, stopped after 15 s; it breaks/,
    );
    expect(say({ validation, interrupted: true, slo: [observed('PASS')] })).toMatch(
      /^28 req\/s held chat for 15 s, when it was stopped, observed; it breaks/,
    );
  });

  it('that was stopped before', () => {
    expect(say({ interrupted: true })).toBe(
      'Stopped before chat was judged; 39 req/s held; it breaks between 39 and 43 req/s: TTFT p99, 37 requests waiting',
    );
    expect(say({ interrupted: true, limit: limit({ range: [8, null], rule: null }), waiting: undefined })).toBe(
      'Stopped before chat was judged; 8 req/s held; nothing broke it up to 8 req/s',
    );
  });

  it('of a server that cannot even hold the baseline', () => {
    const nothing = limit({ range: [null, 1], rule: 'errors', recommended: null });
    expect(say({ limit: nothing, waiting: 1 })).toBe(
      'Even 1 req/s breaks it: errors, 1 request waiting; there is no load to judge chat at',
    );
    const unclear = limit({
      range: [null, null],
      rule: null,
      sentence: 'no load was shown to hold; 1 req/s is unclear',
    });
    expect(say({ limit: unclear })).toBe(
      'No load was shown to hold; 1 req/s is unclear; there is no load to judge chat at',
    );
  });

  it('of a server that went down', () =>
    expect(say({ failure: 'after the probe at 43 req/s the server stopped answering: refused' })).toBe(
      'After the probe at 43 req/s the server stopped answering: refused; chat was not judged; 39 req/s held; it breaks between 39 and 43 req/s: TTFT p99, 37 requests waiting',
    ));
});
