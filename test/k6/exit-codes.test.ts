import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { lastLine, mockFor, runScenario, startScenario, until } from './run.ts';

/** Exit codes are the contract of a gate. Some twenty requests, as fast as they go. */
const BLAST = { CONCURRENCY: 4, TOTAL_REQUESTS: 20, MODEL: 'mock' };

const cases: { what: string; settings: Record<string, string | number>; code: number; says?: RegExp; sent?: number }[] =
  [
    { what: 'no SLO', settings: {}, code: 0, sent: 20 },
    { what: 'every SLO term holds', settings: { SLO: 'ttft.p99<60s,itl.p99<60s,errors<1%' }, code: 0, says: /PASS/ },
    { what: 'one SLO term fails', settings: { SLO: 'ttft.p50<1ms,errors<1%' }, code: 99, says: /FAIL/ },
    { what: 'goodput, which only records know', settings: { SLO: 'goodput>1000000' }, code: 99, says: /FAIL/ },
    { what: 'a bad value', settings: { CONCURRENCY: 'many' }, code: 107, says: /CONCURRENCY=\\?"many/, sent: 0 },
    { what: 'a bad SLO', settings: { SLO: 'ttft.p98<1s' }, code: 107, says: /no statistic/, sent: 0 },
    { what: 'a comma in a model', settings: { MODEL: 'a,b' }, code: 107, says: /a name without/, sent: 0 },
    { what: 'every request fails, with an SLO', settings: { MODEL: 'mock~status=503', SLO: 'ttft.p99<60s' }, code: 99 },
    { what: 'every request fails, errors allowed', settings: { MODEL: 'mock~reset', SLO: 'errors<100%' }, code: 99 },
    { what: 'an unknown model', settings: { MODEL: 'nobody', SLO: 'errors<1%' }, code: 99 },
    { what: 'an exception in the scenario', settings: { PATH_CHAT: '/%zz' }, code: 99, says: /%zz/, sent: 0 },
  ];

describe('exit code', () => {
  test.each(cases)('$what', async ({ settings, code, says, sent }) => {
    const mock = await mockFor();
    const run = await runScenario('blast', { BASE_URL: mock.url, ...BLAST, ...settings });
    expect(run.code, run.output).toBe(code);
    if (says) expect(run.output).toMatch(says);
    if (sent !== undefined) expect(mock.truth()).toHaveLength(sent);
  });

  test('a dead server never passes a gate', async () => {
    const mock = await mockFor();
    await mock.close();
    const run = await runScenario('blast', { BASE_URL: mock.url, ...BLAST, SLO: 'errors<1%' });
    expect(run.code).not.toBe(0);
  });

  test('without teardown there is no verdict, and that fails too', async () => {
    const mock = await mockFor();
    const run = await runScenario('blast', { BASE_URL: mock.url, ...BLAST, SLO: 'errors<1%' }, ['--no-teardown']);
    expect(run.code).toBe(99);
  });

  test('MODEL unset where the server lists several: 107, and they are named', async () => {
    const mock = await mockFor({ models: ['one', 'two'] });
    const { MODEL: _, ...rest } = BLAST;
    const run = await runScenario('blast', { BASE_URL: mock.url, ...rest });
    expect(run.code).toBe(107);
    expect(run.output).toContain('allowed: one, two');
  });
});

test('SIGINT: what was measured is written, with an end line and the summary', async () => {
  const mock = await mockFor();
  const { child, recordsFile, ended } = startScenario('constant', {
    BASE_URL: mock.url,
    MODEL: 'mock',
    RATE: 20,
    DURATION: '10m',
  });
  // The mock is done with an answer before the client is.
  const measured = () => readFileSync(recordsFile, 'utf8').match(/"warm":false/g)?.length ?? 0;
  await until(() => existsSync(recordsFile) && measured() >= 5);
  child.kill('SIGINT');
  const run = await ended;
  expect(run.code).toBe(105);
  expect(run.records?.doubts).toEqual([]);
  expect(run.records?.end?.requests).toBe(run.records?.lines.length);
  expect(run.lines.length).toBeGreaterThanOrEqual(5);
  expect(run.results?.steps[0]?.ok).toBeGreaterThanOrEqual(5);
  expect(run.stdout).toContain('step_20');
  expect(lastLine(run.stderr)).not.toContain('panic');
});
