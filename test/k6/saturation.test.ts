/** `saturation` against a mock whose limit is known, and with a client that is the limit. */
import { expect, test } from 'vitest';
import { mockFor, runScenario } from './run.ts';

test('a baseline and a step a rate; the limit in results and text', async () => {
  // Service 200 ms in 4 slots: 20 req/s.
  const mock = await mockFor({ ttftMs: 100, tokenMs: 10, tokens: 11, slots: 4 });
  const run = await runScenario('saturation', {
    BASE_URL: mock.url,
    RATES: '6,10,50',
    BASELINE: 5,
    VUS: 200,
    DURATION: '4s',
    SLO: 'chat',
  });
  expect(run.code, run.output).toBe(0);
  const { steps = [], limit, slo } = run.results ?? {};
  expect(steps.map((s) => s.name)).toEqual(['baseline', 'step_6', 'step_10', 'step_50']);
  for (const step of steps) {
    expect(step.requests).toBe(run.lines.filter((line) => line.scenario === step.scenario).length);
    expect(step.goodput).toBeDefined();
    expect(step.schedule?.max).toBeGreaterThan(0);
  }
  const broken = limit?.checks.filter((c) => c.step === 'step_50' && c.verdict === 'broken').map((c) => c.rule);
  expect(broken).toContain('backlog');
  expect(run.stdout).toMatch(/^limit: /m);
  if (limit?.client === undefined) {
    expect(limit?.range[1]).toBeLessThanOrEqual(50);
    expect(limit?.recommended).toBeLessThanOrEqual(35);
    expect(limit?.sentence).toMatch(/, breaks at /);
  } else {
    // On a busy machine the client is truly to blame, which is told in place of a limit.
    expect(limit.range[1]).toBeNull();
    expect(limit.sentence).toContain(`the client gave out, not the server: ${limit.client}`);
  }
  expect(run.stdout).toMatch(/max throughput \S+ tok\/s at /);
  // What is meant to break fails no SLO.
  expect(slo).toEqual([]);
  for (const line of run.stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120);
});

test('too few VUs: the client is to blame', async () => {
  const mock = await mockFor({ ttftMs: 300 });
  const run = await runScenario('saturation', {
    BASE_URL: mock.url,
    RATES: '4,40',
    BASELINE: 4,
    DURATION: '3s',
    VUS: 5,
  });
  expect(run.code, run.output).toBe(0);
  expect(run.results?.limit?.rule).toBeNull();
  expect(run.results?.limit?.range[1]).toBeNull();
  expect(run.results?.limit?.client).toContain('more VUS');
  expect(run.stdout).toContain('the client gave out, not the server');
});

test('stock driver: rows without a limit, and why', async () => {
  const mock = await mockFor();
  const run = await runScenario('saturation', {
    BASE_URL: mock.url,
    RATES: '5,10',
    DURATION: '1s',
    DRIVER: 'http',
    LLMLOAD_NATIVE: '',
  });
  expect(run.code, run.output).toBe(0);
  expect(run.results?.steps.map((s) => s.name)).toEqual(['baseline', 'step_5', 'step_10']);
  expect(run.results?.limit).toBeUndefined();
  expect(run.stdout).toContain('limit: not judged');
});

test('a rate that changes within a step has no limit', async () => {
  const run = await runScenario('saturation', { BASE_URL: 'http://127.0.0.1:9', ARRIVAL: 'day', DURATION: '1s' });
  expect(run.code).toBe(107);
  expect(run.output).toMatch(
    /ARRIVAL=\\?"day\\?": its rate changes within a step; allowed: constant, poisson or gamma/,
  );
});
