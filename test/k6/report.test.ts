/**
 * `llmload report`: one file gives what its run gave, the files of execution segments what one run would have given; and the
 * page that each run writes.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { quantile } from '../../lib/analysis/stats/quantile.ts';
import type { Results } from '../../lib/results.ts';
import { nearly } from '../nearly.ts';
import { runHere } from './here.ts';
import { folderFor, type K6Ended, lastLine, mockFor, runCommand, startScenario, until } from './run.ts';

const reportOf = async (files: readonly string[], code = 0): Promise<Results> => {
  const ended = await runHere(['report', ...files, '--json', '-']);
  expect(ended.code, ended.output).toBe(code);
  return JSON.parse(ended.stdout) as Results;
};

/** All but the moment of writing. Two VUs may write their lines in another order than they add their records. */
const figures = ({ run: { endedAt, ...run }, target, ...found }: Results) => ({
  run,
  ...found,
  target: { ...target, models: [...target.models].sort() },
});

describe('one file', () => {
  const cases: { name: string; settings: Record<string, string | number>; code: number }[] = [
    { name: 'constant', settings: { RATE: 20, DURATION: '2s', WARMUP: '1s', SLO: 'chat,goodput>1' }, code: 0 },
    { name: 'constant', settings: { RATE: 20, DURATION: '2s', VUS: 1, SLO: 'errors<1%' }, code: 99 },
    {
      name: 'ramp',
      settings: { CONCURRENCY: 4, RAMP_UP: '1s', HOLD: '1s', RAMP_DOWN: '1s', SLO: 'ttft.p99<9s' },
      code: 0,
    },
    { name: 'mix', settings: { MODEL_A: 'mock', MODEL_B: 'other', TOTAL_REQUESTS: 60, CONCURRENCY: 4 }, code: 0 },
    { name: 'blast', settings: { LEVELS: '1,2,4,8', DURATION: '1s', WARMUP: '200ms' }, code: 0 },
    { name: 'conversations', settings: { CONVERSATIONS: 12, TURNS: 'uniform:1..5', THINK_TIME: '20ms' }, code: 0 },
    { name: 'sla', settings: { RATE: 20, DURATION: '3s', SLO: 'ttft.p50<60s,errors<50%' }, code: 0 },
  ];
  test.each(cases)('gives what its run gave: $name, exit code $code', async ({ name, settings, code }) => {
    const mock = await mockFor({ models: ['mock', 'other'], ttftMs: 60 });
    const { ended, recordsFile } = startScenario(name, { BASE_URL: mock.url, MODEL: 'mock', ...settings });
    const run = await ended;
    expect(run.code, run.output).toBe(code);
    expect(figures(await reportOf([recordsFile], code))).toEqual(nearly(figures(run.results as Results)));
    const { stdout } = await runHere(['report', recordsFile]);
    expect(stdout).toBe(run.stdout);
  });

  test('gives what its run gave though that was interrupted', async () => {
    const mock = await mockFor();
    const { child, ended, recordsFile } = startScenario('constant', { BASE_URL: mock.url, RATE: 20, DURATION: '10m' });
    await until(() => mock.truth().filter((entry) => entry.end !== null).length >= 30);
    child.kill('SIGINT');
    const { results } = await ended;
    expect(results?.steps[0]?.requests).toBeGreaterThanOrEqual(20);
    expect(figures(await reportOf([recordsFile]))).toEqual(nearly(figures(results as Results)));
  });
});

/** Both segments of a run at once. */
async function segments(name: string, settings: Record<string, string | number>, cut: string) {
  const mock = await mockFor();
  const flags = (segment: string) => ['--execution-segment', segment, '--execution-segment-sequence', `0,${cut},1`];
  const started = [`0:${cut}`, `${cut}:1`].map((segment) =>
    startScenario(name, { BASE_URL: mock.url, SEED: 7, ...settings }, flags(segment)),
  );
  const runs: K6Ended[] = await Promise.all(started.map(({ ended }) => ended));
  for (const run of runs) expect(run.code, run.output).toBe(0);
  return { mock, runs, lines: runs.flatMap((run) => run.lines), files: started.map((s) => s.recordsFile) };
}

describe('two execution segments', () => {
  /** Figures of the merged step against those of all lines. */
  function expectMerged(results: Results, { runs, lines }: Awaited<ReturnType<typeof segments>>): void {
    const [step] = results.steps;
    const sorted = (values: unknown[]) => Float64Array.from(values as number[]).sort();
    expect(step).toMatchObject({
      requests: lines.length,
      ok: lines.length,
      outcomes: { ok: lines.length },
      outputTokens: 5 * lines.length,
      metrics: { ttft: { n: lines.length }, itl: { n: 4 * lines.length } },
    });
    expect(results.run.warmupRequests).toBe(runs.reduce((sum, run) => sum + run.warmup.length, 0));
    expect(results.run.id).toBe(runs.map((run) => run.results?.run.id).join(', '));
    for (const [metric, values] of [
      ['ttft', sorted(lines.map((line) => line.ttft))],
      ['e2e', sorted(lines.map((line) => line.e2e))],
      ['itl', sorted(lines.flatMap((line) => line.gaps ?? []))],
    ] as const)
      for (const [key, q] of [
        ['p50', 0.5],
        ['p90', 0.9],
        ['p99', 0.99],
        ['max', 1],
      ] as const)
        expect(step?.metrics[metric]?.[key], `${metric} ${key}`).toBeCloseTo(quantile(values, q), 9);
    expect(results.audit).toContainEqual(expect.objectContaining({ check: 'segments', ok: true, value: 1 }));
  }

  test('of a count: every request once', async () => {
    const ended = await segments('blast', { TOTAL_REQUESTS: 61, CONCURRENCY: 6, SLO: 'errors<1%' }, '1/3');
    const results = await reportOf(ended.files);
    expectMerged(results, ended);
    expect(ended.lines.map((line) => Number(line.i)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 61 }, (_, i) => i),
    );
    expect(ended.mock.truth()).toHaveLength(61);
    expect(results.steps[0]).toMatchObject({ load: { concurrency: 6 }, requests: 61 });
    expect(results.slo).toMatchObject([{ n: 61, verdict: 'PASS' }]);
  });

  test('of a rate: judged against all of it', async () => {
    const ended = await segments('constant', { RATE: 20, DURATION: '2s', WARMUP: '1s' }, '1/4');
    const results = await reportOf(ended.files);
    expectMerged(results, ended);
    const [step] = results.steps;
    expect(step?.asked).toBe(20);
    // As in one process, k6 may start one more at the end; and a window may lose one where all answers were in before it ended.
    const planned = ended.lines.length + (step?.dropped ?? 0);
    expect(planned).toBeGreaterThanOrEqual(39);
    expect(planned).toBeLessThanOrEqual(42);
    expect(ended.runs.map((run) => run.results?.steps[0]?.asked)).toEqual([5, 15]);
    const [quarter] = (await reportOf(ended.files.slice(0, 1))).steps;
    expect(quarter).toMatchObject({ asked: 5, requests: ended.runs[0]?.lines.length });
  });

  test('twice the same is refused', async () => {
    const { files } = await segments('blast', { TOTAL_REQUESTS: 10, CONCURRENCY: 2 }, '1/2');
    const { code, stderr } = await runHere(['report', ...files, files[0] ?? '']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^llmload: .* both hold request \d+ of step_2: the same records, or the same .*twice\n$/);
  });
});

describe('pages', () => {
  const BLAST = ['run', 'blast', '--requests', '20', '--concurrency', '2', '--warmup', '0s'];
  const foldersIn = (cwd: string): string[] => readdirSync(join(cwd, 'runs')).map((name) => join(cwd, 'runs', name));

  test('a run writes its own, and says what it was made with', async () => {
    const mock = await mockFor();
    const cwd = folderFor();
    const run = await runCommand([...BLAST, '--url', mock.url, '--meta', 'commit=1a2b3c'], {}, cwd);
    expect(run.code, run.output).toBe(0);
    const [folder = ''] = foldersIn(cwd);
    expect(run.stderr).toMatch(/^saved: runs\/\S+\/report\.html /m);
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toMatch(/^<!doctype html>/i);
    const results = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')) as Results;
    expect(results.run.k6).toMatch(/^v\d+\.\d+\.\d+$/);
    expect(results.target.server).toBe('llmload mock');
    const { command = [] } = results.run;
    expect(`repeat: ${command.join(' ')}`).toBe(lastLine(run.stderr));

    const again = await runCommand(['report', 'last', '--html', 'again.html'], {}, cwd);
    expect(again.code, again.output).toBe(0);
    expect(again.stdout).toBe(run.stdout);
    expect(existsSync(join(cwd, 'again.html'))).toBe(true);
  });

  test('one page of several runs, with what their tokens cost', async () => {
    const mock = await mockFor();
    const cwd = folderFor();
    for (const requests of ['20', '30']) {
      const run = await runCommand([...BLAST, '--url', mock.url, '--requests', requests], {}, cwd);
      expect(run.code, run.output).toBe(0);
    }
    const folders = foldersIn(cwd);
    const price = ['--gpus', '4,2', '--price', '3.50', '--load', '20 req/s'];
    const both = await runCommand(['report', ...folders, '--html', 'both.html', ...price], {}, cwd);
    expect(both.code, both.output).toBe(0);
    const tables = folders.map((folder) => readFileSync(join(folder, 'table.txt'), 'utf8'));
    for (const table of tables) expect(both.stdout).toContain(table);
    expect(both.stdout.match(/replicas/gi)?.length).toBeGreaterThanOrEqual(2);
    expect(readFileSync(join(cwd, 'both.html'), 'utf8')).toMatch(/^<!doctype html>/i);

    const one = await runCommand(['report', 'last', '--price', '3.50', '--json', '-'], {}, cwd);
    expect((JSON.parse(one.stdout) as Results).cost?.rows[0]).toMatchObject({ gpus: 1, dollarsPerGpuHour: 3.5 });
  });

  test('of a run that keeps no records, and of one whose records are gone', async () => {
    const mock = await mockFor();
    const cwd = folderFor();
    const http = await runCommand([...BLAST, '--url', mock.url, '--driver', 'http'], {}, cwd);
    expect(http.code, http.output).toBe(0);
    const lost = await runCommand([...BLAST, '--url', mock.url, '--records', '/dev/null'], {}, cwd);
    expect(lost.code, lost.output).toBe(0);
    expect(lost.stderr).toContain('warning: there is no report.html: /dev/null is empty');
    expect(foldersIn(cwd).map((folder) => existsSync(join(folder, 'report.html')))).toEqual([true, false]);
  });

  test('what does not go together is told in a line', async () => {
    const mock = await mockFor();
    const cwd = folderFor();
    await runCommand([...BLAST, '--url', mock.url], {}, cwd);
    const cases: [args: string, code: number, why: string][] = [
      ['last --html none/x.html', 1, 'none/x.html cannot be written: there is no such folder'],
      ['last last --json -', 107, '--json is of one run, and these are 2'],
      ['last --gpus 4', 107, '--gpus is about --price or --html, and there is neither'],
      ['last --load 5req/s', 107, '--load is about a --price, and there is none'],
      ['last~1', 107, 'last~1: runs/ holds only 1 run of blast'],
    ];
    for (const [args, code, why] of cases) {
      const run = await runHere(['report', ...args.split(' ')], {}, cwd);
      expect(run.code, args).toBe(code);
      expect(lastLine(run.stderr)).toBe(`llmload: ${why}`);
    }
  });
});
