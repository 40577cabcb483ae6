/** The `sla` scenario, under bin/k6 and by the command: certified verdicts and their exit codes. */
import { expect, test } from 'vitest';
import { mockFor, runCommand, runScenario } from './run.ts';

/** Sixty requests in two seconds. p50 wants 7 at least, p99 459. */
const SHORT = { RATE: 30, DURATION: '2s', MODEL: 'mock', VUS: 60 };
const verdicts = (results: Awaited<ReturnType<typeof runScenario>>['results']) =>
  results?.slo.map((v) => [v.step, v.term, v.kind, v.verdict]);

test('a percentile that enough requests certify passes', async () => {
  const mock = await mockFor();
  const run = await runScenario('sla', { BASE_URL: mock.url, ...SHORT, SLO: 'ttft.p50<60s,itl.p50<60s,errors<1%' });
  expect(run.code, run.output).toBe(0);
  expect(verdicts(run.results)).toEqual([
    ['step_30', 'ttft.p50<60s', 'certified', 'PASS'],
    ['step_30', 'itl.p50<60s', 'certified', 'PASS'],
    ['step_30', 'errors<1%', 'observed', 'PASS'],
  ]);
  expect(run.results?.slo[0]).toMatchObject({ confidence: 0.99, misses: 0 });
  expect(run.stdout).toMatch(/^ttft\.p50<60s .* 99 % PASS$/m);
  expect(run.stdout).toMatch(/^overall PASS · percentiles certified at 99 % · as observed: error rate/m);
  expect(run.stdout.match(/ttft\.p50<60s/g)).toHaveLength(1);
});

test('too few requests: INCONCLUSIVE fails the gate, and says what is missing', async () => {
  const mock = await mockFor();
  const run = await runScenario('sla', { BASE_URL: mock.url, ...SHORT, SLO: 'ttft.p99<60s' });
  expect(run.code, run.output).toBe(99);
  const [found] = run.results?.slo ?? [];
  expect(found).toMatchObject({ kind: 'certified', verdict: 'INCONCLUSIVE', allowed: null, misses: 0 });
  const requests = 459 - (found?.n ?? 0);
  expect(found?.more).toEqual({ requests, minutes: requests / 30 / 60 });
  expect(run.stdout).toContain(`INCONCLUSIVE needs ${requests} more requests, 0.2 min at 30 req/s\n`);
});

test('a slow server fails, also by the command', async () => {
  const mock = await mockFor({ ttftMs: 150 });
  const settings = { ...SHORT, SLO: 'ttft.p50<100ms,ttft.p99<60s', BASE_URL: mock.url };
  const run = await runCommand(['run', 'sla', '--warmup', '0s'], settings);
  expect(run.code, run.output).toBe(99);
  expect(run.stdout).toMatch(/ttft\.p50<100ms .* 99 % FAIL$/m);
  expect(run.stdout).toMatch(/^overall FAIL/m);
});

test('several rates: one table; from the command INCONCLUSIVE alone is 3', async () => {
  const mock = await mockFor();
  const run = await runCommand(
    ['run', 'sla', '--rates', '20,40', '--duration', '1s', '--slo', 'ttft.p50<60s,ttft.p99<60s,errors<1%'],
    { BASE_URL: mock.url, WARMUP: '0s' },
  );
  expect(run.code, run.output).toBe(3);
  expect(run.stdout).toMatch(/^ +─+ 20 req\/s ─+ +─+ 40 req\/s ─+$/m);
  expect(run.stdout).toMatch(/^TTFT P50 +<60s +\S+ ms PASS +\S+ ms PASS$/m);
  expect(run.stdout).toMatch(/^TTFT P99 +<60s +\S+ ms INCONCLUSIVE +\S+ ms INCONCLUSIVE$/m);
  expect(run.stdout).toMatch(/^error rate +<1% +0% PASS +0% PASS$/m);
  expect(run.stdout).toMatch(/^throughput +\S+ tok\/s +\S+ tok\/s$/m);
  expect(run.stdout).toMatch(/^overall +INCONCLUSIVE +INCONCLUSIVE$/m);
  expect(run.stdout).toMatch(/^20 req\/s · ttft\.p99<60s: needs 439 more requests, 0\.4 min at 20 req\/s$/m);
  expect(run.stdout).not.toContain('SLO, observed');
  expect(Math.max(...run.stdout.split('\n').map((l) => l.length))).toBeLessThanOrEqual(120);
});

test('without records nothing is certified', async () => {
  const mock = await mockFor();
  const run = await runScenario('sla', { BASE_URL: mock.url, ...SHORT, SLO: 'e2e.p50<60s', LLMLOAD_NATIVE: '' });
  expect(run.code, run.output).toBe(99);
  expect(verdicts(run.results)).toEqual([['step_30', 'e2e.p50<60s', 'observed', 'NOT_MEASURED']]);
  expect(run.stdout).toContain('certifying needs bin/k6');
});

test.each([
  ['CONFIDENCE', '99', /CONFIDENCE=\\?"99\\?": too large; allowed: a number from 0.5 to 0.9999/],
  ['RATES', '20,10', /RATES=\\?"20,10\\?": not rising/],
])('%s=%s is a bad setting', async (name, value, says) => {
  const run = await runScenario('sla', { BASE_URL: 'http://127.0.0.1:9', ...SHORT, [name]: value });
  expect(run.code).toBe(107);
  expect(run.output).toMatch(says);
});
