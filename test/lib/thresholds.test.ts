import '../fakes/k6-globals.ts';
import { describe, expect, it } from 'vitest';
import { submetrics } from '../../lib/analysis/submetrics.ts';
import { rampingVus } from '../../lib/load/closed.ts';
import { constantRate } from '../../lib/load/open.ts';
import { testThresholds } from '../../lib/options.ts';
import { parseSlo } from '../../thresholds/slo.ts';
import { ALWAYS, sloThresholds } from '../../thresholds/thresholds.ts';

const ramp = rampingVus({ concurrency: 4, warmup: 1000, rampUp: 4000, hold: 9000, rampDown: 1000, timeout: 5000 });
const constant = constantRate({ rate: 5, duration: 200_000, warmup: 0, timeout: 5000, vus: undefined });
const thresholds = (slo: string, steps = constant.steps, routing = false) =>
  sloThresholds(parseSlo(slo), steps, routing);

describe('an SLO as k6 thresholds', () => {
  it('is nothing without an SLO', () => expect(thresholds('')).toEqual({}));

  it('has each figure, its guards and the verdict in teardown', () => {
    expect(thresholds('ttft.p99<800ms,itl.p99.9<50,tpot.mean<30,errors<0.5%,in_slo>99%,goodput>4')).toEqual({
      llm_slo_failed: ['count<1'],
      llm_verdicts: ['count>=1'],
      'llm_requests{scenario:step_5}': ['count>=1'],
      'llm_ttft_samples{scenario:step_5}': ['count>=1'],
      'llm_ttft{scenario:step_5}': ['p(99)<800'],
      'llm_itl{scenario:step_5}': ['p(99.9)<50'],
      'llm_tpot{scenario:step_5}': ['avg<30'],
      'llm_errors{scenario:step_5}': ['rate<0.005'],
      'dropped_iterations{scenario:step_5}': ['count<=4'],
      'llm_in_slo{scenario:step_5}': ['rate>0.99'],
    });
  });

  it('guards E2E by a request that succeeded: a Trend without samples passes', () => {
    expect(thresholds('e2e.p99<9s')).toEqual({
      llm_slo_failed: ['count<1'],
      llm_verdicts: ['count>=1'],
      'llm_requests{scenario:step_5}': ['count>=1'],
      'llm_requests{scenario:step_5,outcome:ok}': ['count>=1'],
      'llm_e2e{scenario:step_5}': ['p(99)<9000'],
    });
  });

  it('keeps two statistics of one figure', () =>
    expect(thresholds('ttft.p50<100,ttft.p99<800')['llm_ttft{scenario:step_5}']).toEqual(['p(50)<100', 'p(99)<800']));

  it('judges the steady phase only, and selects it by its tag', () => {
    const names = Object.keys(thresholds('ttft.p99<800', ramp.steps));
    expect(names).toContain('llm_ttft{scenario:step_4,phase:steady}');
    expect(names.filter((n) => n.includes('ramp_'))).toEqual([]);
  });

  it('has no limit on dropped iterations where the load is a closed loop', () =>
    expect(Object.keys(thresholds('errors<1%', ramp.steps)).filter((n) => n.startsWith('dropped'))).toEqual([]));

  it('fails a routing test on one wrong answer, and without a verdict', () =>
    expect(thresholds('', constant.steps, true)).toEqual({
      'llm_requests{outcome:wrong_model}': ['count<1'],
      llm_slo_failed: ['count<1'],
      llm_verdicts: ['count>=1'],
    }));

  it('fails on one swapped answer where answers echo their nonces, whatever else is judged', () =>
    expect(sloThresholds([], constant.steps, false, true)).toEqual({ 'llm_requests{outcome:swapped}': ['count<1'] }));
});

it('fails on an exception whatever the SLO', () =>
  expect(ALWAYS).toEqual({ 'llm_requests{outcome:exception}': ['count<1'] }));

describe('the thresholds of a test', () => {
  it('joins limits and names to keep without losing either', () => {
    const all = testThresholds(constant, {
      terms: parseSlo('ttft.p99<800,errors<1%'),
      models: ['a', 'b'],
      profiles: ['chat'],
      routing: true,
      router: undefined,
      chaos: false,
      echo: true,
    });
    expect(all['llm_ttft{scenario:step_5}']).toEqual(['p(99)<800']);
    expect(all['llm_ttft{scenario:step_5,model:b}']).toEqual([]);
    expect(all['llm_ttft{scenario:step_5,profile:chat}']).toEqual([]);
    expect(all['llm_requests{outcome:exception}']).toEqual(['count<1']);
    expect(all['llm_requests{outcome:wrong_model}']).toEqual(['count<1']);
    expect(all['llm_requests{outcome:swapped}']).toEqual(['count<1']);
    expect(all['llm_requests{outcome:empty}']).toEqual([]);
    for (const name of Object.keys(submetrics(constant.steps, ['a', 'b']))) expect(all).toHaveProperty([name]);
  });
});
