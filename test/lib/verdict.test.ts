import { describe, expect, it } from 'vitest';
import { columnsOf, type RecordLine } from '../../lib/analysis/columns/columns.ts';
import { stepData } from '../../lib/analysis/measure.ts';
import { measureStep } from '../../lib/analysis/steps.ts';
import { judge, percent } from '../../lib/analysis/verdict.ts';
import type { Step } from '../../lib/load/plan.ts';
import type { StepResult } from '../../lib/results.ts';
import { parseTerm, requestLimits } from '../../thresholds/slo.ts';
import { closed, failure, line, open, times } from './make.ts';

function verdict(text: string, lines: RecordLine[], step: Step = closed(), confidence?: number) {
  const term = parseTerm(text);
  const columns = columnsOf(lines);
  const [data] = stepData(columns, [step]);
  if (!data) throw new Error('no step');
  const measured = measureStep(columns, data, requestLimits([term]));
  return judge(measured.result, term, measured, { confidence, columns });
}

/** TTFT 1, 2, … n ms. */
const rising = (n: number) => times(n, (i) => line(i, { ttft: i + 1, ttfo: i + 1 }));

describe('a percentile', () => {
  it('is held against its limit; misses are the requests over it', () => {
    expect(verdict('ttft.p90<95', rising(101))).toEqual({
      step: 'step_1',
      term: 'ttft.p90<95',
      kind: 'observed',
      limit: 95,
      measured: 91,
      n: 101,
      misses: 6,
      allowed: 10,
      verdict: 'PASS',
      why: 'to certify at 99 %: 142 requests, no more misses',
    });
    expect(verdict('ttft.p90<91', rising(101))).toMatchObject({ verdict: 'FAIL', misses: 10 });
    expect(verdict('ttft.p90<=91', rising(101))).toMatchObject({ verdict: 'PASS' });
  });

  it.each([
    [rising(459), 'ttft.p99<1000', 'enough requests to certify at 99 %', 4],
    [rising(458), 'ttft.p99<1000', 'to certify at 99 %: 459 requests, no more misses', 4],
    [rising(459), 'ttft.p99<458', 'to certify at 99 %: 662 requests, no more misses', 4],
    [rising(459), 'ttft.p99<454.5', 'too many misses to certify', 4],
    [rising(4603), 'ttft.p99.9<9999', 'enough requests to certify at 99 %', 4],
    [rising(7), 'ttft.p50<1000', 'enough requests to certify at 99 %', 3],
  ])('says what certifying takes', (lines, text, why, allowed) =>
    expect(verdict(text, lines)).toMatchObject({ why, allowed }),
  );

  it('of gaps counts requests by their own p99, since gaps of one answer are not independent', () => {
    const lines = times(10, (i) => line(i, { gaps: i < 3 ? [10, 10, 900] : [10, 10, 10] }));
    expect(verdict('itl.p90<50', lines)).toMatchObject({ n: 10, misses: 3 });
  });

  it('of the median gap counts requests by their mean', () => {
    const stalled = times(10, (i) => line(i, { gaps: i < 8 ? [10, 10, 10, 10, 100] : [10, 10, 10, 10, 1000] }));
    expect(verdict('itl.p50<50', stalled)).toMatchObject({ measured: 10, n: 10, misses: 2, verdict: 'PASS' });
  });

  it.each(['max', 'mean'])('%s is judged without misses', (stat) =>
    expect(verdict(`ttft.${stat}<1`, rising(3))).toMatchObject({ misses: null, allowed: null, verdict: 'FAIL', n: 3 }),
  );
});

describe('errors', () => {
  const lines = [...times(995, (i) => line(i)), ...times(5, (i) => failure(i))];

  it('are judged by their value, with the bound beside it', () => {
    expect(verdict('errors<=0.5%', lines)).toEqual({
      step: 'step_1',
      term: 'errors<=0.5%',
      kind: 'observed',
      limit: 0.005,
      measured: 0.005,
      n: 1000,
      misses: 5,
      allowed: 5,
      verdict: 'PASS',
      why: 'true rate below 1.3 % at 99 % confidence',
    });
    expect(verdict('errors<0.5%', lines)).toMatchObject({ verdict: 'FAIL', misses: 5, allowed: 4 });
  });

  it('count requests that never started', () => {
    const step = open({ load: { kind: 'open', rate: 101 } });
    expect(verdict('errors<2%', lines, step)).toMatchObject({ n: 1010, misses: 15, verdict: 'PASS' });
    expect(verdict('errors<50%', [], step)).toMatchObject({ n: 1010, misses: 1010, measured: 1, verdict: 'FAIL' });
  });
});

describe('certified', () => {
  const certify = (text: string, lines: RecordLine[], confidence = 0.99) =>
    verdict(text, lines, open({ load: { kind: 'open', rate: 5 } }), confidence);

  it('says how many requests are missing, and how long they take', () =>
    expect(certify('ttft.p90<95', rising(100))).toEqual({
      step: 'step_1',
      term: 'ttft.p90<95',
      kind: 'certified',
      confidence: 0.99,
      limit: 95,
      measured: expect.closeTo(90.1, 9),
      n: 100,
      misses: 5,
      allowed: 3,
      verdict: 'INCONCLUSIVE',
      more: { requests: 97, minutes: 97 / 5 / 60 },
      why: 'needs 97 more requests, 0.3 min at 5 req/s',
    }));

  it('needs its own time in a closed loop', () =>
    expect(verdict('ttft.p90<95', rising(100), closed(), 0.99)).toMatchObject({ more: { minutes: 97 / 10 / 60 } }));

  it.each([
    ['ttft.p50<1000', 7, 'PASS', 0],
    ['ttft.p50<1000', 6, 'INCONCLUSIVE', null],
    ['ttft.p99<1000', 459, 'PASS', 0],
    ['ttft.p99<1000', 458, 'INCONCLUSIVE', null],
    ['ttft.p90<10', 100, 'FAIL', 3],
  ])('%s of %d requests: %s', (text, n, found, allowed) =>
    expect(certify(text, rising(n))).toMatchObject({ kind: 'certified', verdict: found, allowed }),
  );

  it('takes the confidence that was asked for', () => {
    expect(certify('ttft.p99<1000', rising(299), 0.95)).toMatchObject({ verdict: 'PASS', confidence: 0.95 });
    expect(certify('ttft.p99<1000', rising(298), 0.95)).toMatchObject({ verdict: 'INCONCLUSIVE' });
  });

  it('says where more requests would not do', () =>
    expect(certify('ttft.p99<97.5', rising(100))).toMatchObject({
      verdict: 'INCONCLUSIVE',
      more: null,
      why: '3 % miss, 1 % may: more would not certify',
    }));

  it('counts a request once for ITL: by its own p99 gap, and by its mean gap for the median', () => {
    const lines = times(20, (i) => line(i, { gaps: i < 3 ? [10, 10, 900] : [10, 10, 20] }));
    expect(certify('itl.p90<50', lines)).toMatchObject({ n: 20, misses: 3 });
    expect(certify('itl.p50<15', lines)).toMatchObject({ n: 20, misses: 3, verdict: 'PASS' });
  });

  it('contradicts no measured value', () => {
    const lines = times(20, (i) => line(i, { gaps: [10, 10, 10, 10, 900] }));
    expect(certify('itl.p50<50', lines)).toMatchObject({
      misses: 20,
      verdict: 'INCONCLUSIVE',
      more: null,
      why: 'FAIL by requests, PASS by all gaps together',
    });
  });

  it.each([
    ['ttft.max<9', 'FAIL', ''],
    ['ttft.mean<9999', 'PASS', ''],
    ['throughput>0', 'PASS', ''],
    ['errors<1%', 'PASS', 'true rate below 9.2 % at 95 % confidence'],
  ])('%s stays observed', (text, found, why) => {
    const result = verdict(text, rising(31), closed(), 0.95);
    expect(result).toMatchObject({ kind: 'observed', verdict: found, why });
    expect(result).not.toHaveProperty('confidence');
  });

  it('has nothing to say of what nobody measured', () =>
    expect(certify('ttft.p99<9', [])).toMatchObject({ verdict: 'NOT_MEASURED', measured: null }));
});

describe('shares and rates', () => {
  const lines = times(10, (i) => line(1000 * i, { ttft: i < 9 ? 100 : 300 }));
  it.each([
    ['goodput>=1', 1, 'PASS'],
    ['goodput>1', 1, 'FAIL'],
    ['throughput>=10', 10, 'PASS'],
    ['in_slo>=1', 1, 'PASS'],
  ])('%s: %d, %s', (text, measured, found) =>
    expect(verdict(text, lines)).toMatchObject({ measured, verdict: found, misses: null }),
  );
});

describe('NOT_MEASURED', () => {
  const whole = line(0, { ttft: null, ttfo: null, gaps: null, frames: 0 });
  it.each([
    ['ttft.p99<9', [], 'no request was measured'],
    ['errors<9%', [], 'no request was measured'],
    ['e2e.p99<9', [failure(0)], 'no request succeeded'],
    ['ttft.p99<9', [whole], 'needs a streamed answer and bin/k6'],
    ['itl.p99<9', [line(0, { frames: 1, gaps: [] })], 'needs a streamed answer and bin/k6'],
  ])('%s of %j', (text, lines, why) =>
    expect(verdict(text, lines as RecordLine[])).toMatchObject({ measured: null, verdict: 'NOT_MEASURED', why }),
  );

  it('is what NaN is', () => {
    const result = { name: 's', requests: 1, ok: 1, dropped: 0, metrics: { e2e: { p99: Number.NaN } } };
    expect(judge(result as unknown as StepResult, parseTerm('e2e.p99<9'))).toMatchObject({
      verdict: 'NOT_MEASURED',
      why: 'certifying needs bin/k6',
    });
  });
});

it('judges E2E out of k6’s own statistics, without misses', () => {
  const result = { name: 's', requests: 9, ok: 9, dropped: 0, metrics: { e2e: { p99: 5 } } };
  expect(judge(result as unknown as StepResult, parseTerm('e2e.p99<9'))).toMatchObject({
    verdict: 'PASS',
    measured: 5,
    misses: null,
    n: 9,
  });
});

it.each([
  [0.013061, '1.3 %'],
  [1, '100 %'],
  [0.00000123, '0.00012 %'],
])('%d is %s', (share, text) => expect(percent(share)).toBe(text));
