/**
 * A run as k6-operator carries it: four runners, each with the flags that the operator gives it. Merged they are what one k6
 * would have found; that the times are, too, `npm run bench:segments` shows on a quiet machine.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RecordLine } from '../../lib/analysis/columns/columns.ts';
import { quantile } from '../../lib/analysis/stats/quantile.ts';
import type { Results } from '../../lib/results.ts';
import { type Mock, startMock } from '../../mock/index.ts';
import { root } from '../../scripts/build/root.mjs';
import { type K6Ended, runCommand, startScenario } from './run.ts';

const RUNNERS = 4;
/** Prompts differ by index, and the mock's time to the first token is that of the prompt: a latency of each request's own. */
const SETTINGS = { MODEL: 'mock', RATES: '20,60', DURATION: '3s', VUS: 180, SLO: 'ttft.p50<60s,errors<50%' };
const SAME = { WORKLOAD: 'chat', OUTPUT_TOKENS: 3, SEED: 7, RUN_ID: 'fixed' };
const MOCK = { models: ['mock'], ttftMs: 20, promptTokenMs: 1, tokenMs: 1, tokens: 3 };

/** As k6-operator's pkg/segmentation has them: fractions are not reduced. */
const flagsOf = (runner: number): string[] => {
  const cut = (k: number) => (k === 0 ? '0' : k === RUNNERS ? '1' : `${k}/${RUNNERS}`);
  const sequence = Array.from({ length: RUNNERS + 1 }, (_, k) => cut(k)).join(',');
  return [`--execution-segment=${cut(runner)}:${cut(runner + 1)}`, `--execution-segment-sequence=${sequence}`];
};

interface Load {
  mock: Mock;
  runs: K6Ended[];
  files: string[];
  lines: RecordLine[];
}

async function load(
  flags: readonly string[][],
  scenario = 'sla',
  settings: Readonly<Record<string, string | number>> = { ...SETTINGS, ...SAME },
): Promise<Load> {
  const mock = await startMock(MOCK);
  const started = flags.map((each) => startScenario(scenario, { BASE_URL: mock.url, ...settings }, each));
  const runs = await Promise.all(started.map(({ ended }) => ended));
  await mock.close();
  return { mock, runs, files: started.map((s) => s.recordsFile), lines: runs.flatMap((run) => run.lines) };
}

/** What is asked, in an order that both have. */
const asked = ({ lines }: Load) =>
  lines
    .map(({ step, i, id, due, model, in: input }) => ({ step, i: Number(i), id, due, model, input }))
    .sort((a, b) => String(a.step).localeCompare(String(b.step)) || a.i - b.i);

const counts = (results: Results | undefined) =>
  results?.steps.map(({ name, asked: rate, achieved, requests, dropped, ok, outcomes, outputTokens }) => [
    ...[name, rate, achieved, requests, dropped, ok, outcomes, outputTokens],
  ]);

const ALL = Array.from({ length: RUNNERS }, (_, runner) => flagsOf(runner));

/** The times of a scenario, rising. */
const times = ({ lines }: Load, scenario: string) =>
  Float64Array.from(
    lines.filter((line) => line.scenario === scenario),
    (line) => Number(line.ttft),
  ).sort();

test('four runners are what one k6 is that carries it all', async () => {
  const [one, four] = await Promise.all([load([[]]), load(ALL)]);
  for (const run of [...one.runs, ...four.runs]) expect(run.code, run.output).toBe(0);

  // The same requests: by step, index, identity, planned moment and length; each once, shared out evenly.
  expect(asked(four)).toEqual(asked(one));
  expect(new Set(four.lines.map(({ step, i }) => `${step} ${i}`)).size).toBe(four.lines.length);
  const ids = new Set(four.mock.truth().map(({ id }) => id));
  expect(four.lines.filter(({ id }) => !ids.has(String(id)))).toEqual([]);
  for (const run of four.runs) expect(Math.abs(run.lines.length - four.lines.length / RUNNERS)).toBeLessThan(20);

  // Merged, the counts of each step are the plan's, as those of one k6.
  const report = await runCommand(['report', ...four.files, '--json', '-']);
  expect(report.code, report.output).toBe(0);
  const merged = JSON.parse(report.stdout) as Results;
  expect(counts(merged)).toEqual(counts(one.runs[0]?.results));
  expect(merged.steps.map(({ requests }) => requests)).toEqual([20 * 3, 60 * 3]);
  expect(merged.audit).toContainEqual(expect.objectContaining({ check: 'segments', ok: true, value: 1 }));

  expect(merged.slo.map(({ verdict }) => verdict)).toEqual(one.runs[0]?.results?.slo.map(({ verdict }) => verdict));

  // Percentiles are those of all requests together, to the last bit.
  for (const { name, scenario, metrics } of merged.steps) {
    const all = times(four, scenario);
    expect(metrics.ttft?.n, name).toBe(times(one, scenario).length);
    expect(metrics.ttft?.p50, name).toBe(quantile(all, 0.5));
    expect(metrics.ttft?.p99, name).toBe(quantile(all, 0.99));
  }

  // Goodput is a count of requests, so that the runners' add up. A limit in the middle of these times tells them apart.
  const limit = Math.round(quantile(times(four, 'step_60'), 0.5));
  const stricter = await runCommand(['report', ...four.files, '--slo', `ttft.p50<${limit}ms`, '--json', '-']);
  for (const { scenario, inSlo, goodput } of (JSON.parse(stricter.stdout) as Results).steps) {
    // Not by latency alone: what starts over 100 ms late has missed it, too.
    const met = four.lines.filter(
      (line) => line.scenario === scenario && Number(line.ttft) + Number(line.lag) < limit && line.outcome === 'ok',
    ).length;
    expect(goodput).toBeCloseTo(met / 3, 9);
    expect(inSlo).toBeCloseTo(met / times(four, scenario).length, 9);
  }
});

/** Whatever the load, each request of the plan is sent once, by one of the runners. */
test.each([
  ['blast', { CONCURRENCY: 10, TOTAL_REQUESTS: 103, ...SAME }, 103],
  ['replay', { TRACE: join(root, 'data/traces/plain.csv'), WINDOW: '0s..4s', SEED: 7, RUN_ID: 'fixed' }, undefined],
])('%s: four runners ask what one asks', async (scenario, settings, requests) => {
  const given = { MODEL: 'mock', ...settings };
  const [one, four] = await Promise.all([load([[]], scenario, given), load(ALL, scenario, given)]);
  for (const run of [...one.runs, ...four.runs]) expect(run.code, run.output).toBe(0);
  expect(asked(four)).toEqual(asked(one));
  if (requests) expect(asked(four).map(({ i }) => i)).toEqual(Array.from({ length: requests }, (_, i) => i));
  expect(four.lines.length).toBeGreaterThan(RUNNERS);
  expect(four.runs.every((run) => run.lines.length > 0)).toBe(true);
});
