/** A k6 without the native driver: the same bundles run, and nothing that was not measured gets a number. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderFor, mockFor, runScenario } from './run.ts';

const BLAST = { CONCURRENCY: 2, TOTAL_REQUESTS: 10, MODEL: 'mock' };

/** DRIVER=http under bin/k6; and a k6 whose marker is empty, which is what stock k6 is to a bundle. */
const ways = [
  { way: 'DRIVER=http', settings: { DRIVER: 'http' } },
  { way: 'no marker', settings: { LLMLOAD_NATIVE: '' } },
];

describe.each(ways)('$way', ({ settings }) => {
  test('TTFT is not measured, said in words, and no sample of it is emitted', async () => {
    const mock = await mockFor();
    const samples = join(folderFor(), 'samples.json');
    const run = await runScenario('blast', { BASE_URL: mock.url, ...BLAST, ...settings }, ['--out', `json=${samples}`]);
    expect(run.code, run.output).toBe(0);
    expect(run.stdout).toMatch(/TTFT.* not measured/);
    const points = readFileSync(samples, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; metric: string })
      .filter(({ type }) => type === 'Point');
    const of = (metric: string) => points.filter((point) => point.metric === metric).length;
    expect({ e2e: of('llm_e2e'), requests: of('llm_requests') }).toEqual({ e2e: 10, requests: 10 });
    for (const metric of ['llm_ttft', 'llm_ttfo', 'llm_itl', 'llm_tpot', 'llm_ttft_samples'])
      expect(of(metric), metric).toBe(0);
    expect(run.results?.run.driver).toBe('http');
    expect(run.results?.steps[0]?.metrics.ttft).toBeUndefined();
    expect(run.results?.steps[0]?.ok).toBe(10);
  });

  test('an SLO on tokens cannot hold', async () => {
    const mock = await mockFor();
    const run = await runScenario('blast', { BASE_URL: mock.url, ...BLAST, ...settings, SLO: 'chat' });
    expect(run.code).toBe(99);
    expect(run.results?.slo.find((term) => term.term.startsWith('ttft'))?.verdict).toBe('NOT_MEASURED');
  });
});

test('an SLO without tokens can hold without the native driver', async () => {
  const mock = await mockFor();
  const run = await runScenario('blast', {
    BASE_URL: mock.url,
    ...BLAST,
    DRIVER: 'http',
    SLO: 'e2e.p99<60s,errors<1%',
  });
  expect(run.code, run.output).toBe(0);
});

test('DRIVER=native asked of a k6 that lacks it: 107, and what to do', async () => {
  const mock = await mockFor();
  const run = await runScenario('blast', { BASE_URL: mock.url, ...BLAST, LLMLOAD_NATIVE: '', DRIVER: 'native' });
  expect(run.code).toBe(107);
  expect(run.output).toContain('npm run build:k6');
  expect(mock.truth()).toHaveLength(0);
});

test('faults are outcomes there too', async () => {
  const mock = await mockFor();
  const run = await runScenario('mix', {
    BASE_URL: mock.url,
    MIX: 'mock:1,mock~status=500:1,mock~truncate:1,mock~stream_error:1',
    EXPECT_MODEL: 'any',
    TOTAL_REQUESTS: 8,
    CONCURRENCY: 2,
    DRIVER: 'http',
  });
  const { outcomes } = run.results?.steps[0] ?? {};
  expect(run.results?.failures.map((f) => [f.outcome, f.count]).sort(), JSON.stringify(outcomes)).toEqual([
    ['http_error', 2],
    ['stream_error', 2],
    ['truncated', 2],
  ]);
});
