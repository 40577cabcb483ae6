/** `llmload compare` on two recorded runs, and on two that it runs again: what it prints, writes, and ends with. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { RESULTS_SCHEMA, type Results } from '../../lib/results.ts';
import type { Mock } from '../../mock/index.ts';
import { root } from '../../scripts/build/root.mjs';
import { uniform } from '../sim/draw.ts';
import { writtenRun } from '../sim/runs.ts';
import { flat } from '../sim/servers.ts';
import { closed } from '../sim/simulation.ts';
import { folderFor, K6, mockFor, runCommand, startCommand, until } from './run.ts';

/** Two runs in runs/: the second is half as slow again, and had twice as much load asked of it by name. */
function recorded(): string {
  const cwd = folderFor();
  [100, 150].forEach((ttft, k) => {
    const folder = join(cwd, 'runs', `20260101-00000${k}-ramp`);
    mkdirSync(folder, { recursive: true });
    const server = flat({ ttft: uniform(0.9 * ttft, 1.1 * ttft), tokenTime: 5, tokens: 21 });
    const told = { scenario: 'ramp', settings: { CONCURRENCY: 8 * (k + 1) } };
    writeFileSync(join(folder, 'records.jsonl'), writtenRun(server, [closed(8, 30, { name: 'steady' })], k, told));
  });
  return cwd;
}

test('two runs side by side, and the gate', async () => {
  const cwd = recorded();
  const compare = (...args: string[]) => runCommand(['compare', ...args], {}, cwd);

  const plain = await compare('last~1', 'last');
  expect(plain.code, plain.output).toBe(0);
  expect(plain.stdout).toMatch(/^steady +TTFT p50 ms +\d+(\.\d)? +\d+ +\+\d\d\.\d % .* worse$/m);
  expect(plain.stdout).toContain('CONCURRENCY: 8 against 16\n');
  expect(plain.stdout).toContain('20260101-000001-ramp is worse than 20260101-000000-ramp in TTFT p50 +');

  const failed = await compare('last~1', 'last', '--fail-on', 'regression=ttft.p50:10%', '--json', 'found.json');
  expect(failed.code, failed.output).toBe(99);
  expect(JSON.parse(readFileSync(join(cwd, 'found.json'), 'utf8'))).toMatchObject({
    schema: 'llmload/compare@1',
    comparisons: [{ gate: [{ figure: 'ttft.p50', limit: 0.1, verdict: 'FAIL' }] }],
  });
  const passed = await compare('last', 'last~1', '--fail-on', 'regression=ttft.p50:10%,itl.mean:5%', '--markdown');
  expect(passed.code, passed.output).toBe(0);
  expect(passed.stdout).toContain('| step | figure |');
  expect((await compare('last', 'last', '--fail-on', 'regression=errors:0.1pp')).code).toBe(3);

  const bad = await compare('last~1', 'last', '--fail-on', 'regression=ttft.p98:10%');
  expect(bad).toMatchObject({ code: 107, stdout: '' });
  expect(bad.stderr).toMatch(/^llmload: --fail-on="regression=ttft.p98:10%": no figure "ttft.p98"; allowed: .*\n$/);
  expect((await compare('last')).code).toBe(107);
});

/** A folder with the results of two runs that can be repeated: so many seconds at 30 req/s of each server. */
function repeatable(seconds: number, servers: readonly Mock[]): string {
  const cwd = folderFor();
  for (const [k, { url }] of servers.entries()) {
    const set = [
      'RATE=30',
      'ARRIVAL=poisson',
      `DURATION=${seconds}s`,
      'WARMUP=0s',
      'SEED=1',
      `BASE_URL=${url}`,
    ].flatMap((s) => ['-e', s]);
    const script = resolve(root, 'dist/constant.js');
    const command = ['API_KEY="$API_KEY"', K6, 'run', script, ...set];
    const run = { id: `${k}`, scenario: 'constant', driver: 'native', settings: {}, command };
    const folder = join(cwd, ['old', 'new'][k] as string);
    mkdirSync(folder);
    writeFileSync(
      join(folder, 'results.json'),
      JSON.stringify({ schema: RESULTS_SCHEMA, run, target: {}, steps: [], audit: [] }),
    );
  }
  return cwd;
}

/** What a repeat wrote: its folders, in the order in which they were run. */
function repeatsIn(cwd: string): { folder: string; runs: { name: string; results: Results }[] } {
  const folder = join(cwd, 'runs', readdirSync(join(cwd, 'runs'))[0] as string);
  const runs = readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'results.json')))
    .sort()
    .map((name) => ({
      name,
      results: JSON.parse(readFileSync(join(folder, name, 'results.json'), 'utf8')) as Results,
    }));
  return { folder, runs };
}

test('each again, in turns', async () => {
  const servers = await Promise.all([5, 50].map((ttftMs) => mockFor({ ttftMs, jitter: 0.1, apiKey: 'secret' })));
  const cwd = repeatable(2, servers);
  // What happens to be set here is not what they were run with.
  const settings = { API_KEY: 'secret', RATE: 5, MODEL: 'other' };
  const run = await runCommand(['compare', 'old', 'new', '--repeat', '2', '--json', '-'], settings, cwd);
  expect(run.code, run.output).toBe(0);
  expect(run.stderr).toContain('new against old, 2 repeats each, interleaved\n');
  expect(run.stderr).toMatch(/^BASE_URL: \S+ against \S+$/m);

  const { folder, runs } = repeatsIn(cwd);
  expect(runs.map(({ name }) => name)).toEqual(['01-a', '02-b', '03-b', '04-a']);
  const seeds = runs.map(({ results }) => results.run.settings.SEED);
  expect([seeds[0], seeds[2]]).toEqual([seeds[1], seeds[3]]);
  expect(new Set(seeds).size).toBe(2);
  for (const [k, mock] of servers.entries()) {
    const own = runs.filter(({ name }) => name.endsWith('ab'[k] as string));
    const steps = own.flatMap(({ results }) => results.steps);
    expect(steps.reduce((sum, { requests, dropped }) => sum + requests + dropped, 0)).toBe(120);
    expect(mock.truth()).toHaveLength(steps.reduce((sum, { requests }) => sum + requests, 0));
  }
  const found = JSON.parse(readFileSync(join(folder, 'compare.json'), 'utf8'));
  expect(JSON.parse(run.stdout)).toEqual(found);
  const [comparison] = found.comparisons;
  const ttft = runs.map(({ results }) => results.steps[0]?.metrics.ttft?.p50 as number) as [
    number,
    number,
    number,
    number,
  ];
  expect(comparison).toMatchObject({ a: 'old', b: 'new', repeats: 2 });
  expect(comparison.rows[0]).toMatchObject({ step: 'step_30', figure: 'ttft.p50' });
  expect(comparison.rows[0].a).toBeCloseTo(Math.sqrt(ttft[0] * ttft[3]), 6);
  expect(comparison.rows[0].b).toBeCloseTo(Math.sqrt(ttft[1] * ttft[2]), 6);

  const commands = readFileSync(join(folder, 'commands.txt'), 'utf8').trimEnd().split('\n');
  expect(commands).toHaveLength(4);
  for (const line of commands) expect(line).toMatch(/^API_KEY="\$API_KEY" \S*k6\S* run \S+constant\.js .*-e RATE=30 /);

  const bare = await runCommand(['compare', 'old', 'new', '--repeat', '2'], {}, cwd);
  expect(bare).toMatchObject({ code: 107, stdout: '' });
  expect(bare.stderr).toBe(
    'llmload: old cannot be run again: it was run with API_KEY; allowed: API_KEY in the environment\n',
  );
}, 60_000);

test('what was run before Ctrl-C is compared', async () => {
  const mock = await mockFor({ apiKey: 'secret' });
  const cwd = repeatable(3, [mock, mock]);
  const { child, ended } = startCommand(['compare', 'old', 'new', '--repeat', '50'], { API_KEY: 'secret' }, cwd);
  // A third run is under way.
  await until(() => existsSync(join(cwd, 'runs')) && existsSync(join(repeatsIn(cwd).folder, '03-b/records.jsonl')));
  child.kill('SIGINT');
  const run = await ended;
  expect(run.code, run.output).toBe(130);
  expect(run.stdout).toContain('new against old, 1 run each, interleaved\n');
  // What one round shows of a difference is not the point: both are there.
  expect(run.stdout).toMatch(/^step_30 +TTFT p50 ms +[\d.]+ +[\d.]+ /m);
  expect(run.stderr).toMatch(/llmload: interrupted after 1 of 50 rounds\n$/);
}, 60_000);
