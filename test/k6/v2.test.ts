/** k6 2.x beside 1.8: the same bundles, with the driver and without, end alike and find the same things. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Results } from '../../lib/results.ts';
import type { Mock } from '../../mock/index.ts';
import { builtK6, K6_V2 } from '../../scripts/build/k6.mjs';
import { root } from '../../scripts/build/root.mjs';
import { optionFiles, optionsOf } from '../../scripts/golden.mjs';
import { errorsOf } from '../lib/schema.ts';
import { folderFor, type K6Ended, mockFor, runCommand, runScenario, startScenario, until } from './run.ts';

/** The first build of it compiles k6. */
beforeAll(() => builtK6(K6_V2), 600_000);

const onV2 = (scenario: string, settings: Parameters<typeof runScenario>[1], flags: readonly string[] = []) =>
  runScenario(scenario, settings, flags, K6_V2);

/** Options that only v2 has, unset. */
const NEW = { handleSummaryTimeout: null, features: null };

test.each(optionFiles())('the same options: $name', async ({ file, script, settings }) => {
  const golden = JSON.parse(readFileSync(file, 'utf8'));
  expect(JSON.parse(await optionsOf(script, settings, K6_V2))).toEqual({ ...golden, ...NEW });
});

const SIX = { MODEL: 'mock', CONCURRENCY: 2, TOTAL_REQUESTS: 6 };
const SECOND = { MODEL: 'mock', RATE: 10, DURATION: '1s', VUS: 50 };

/** The smallest load that each scenario has something to say of. */
const SMALLEST: Record<string, (mock: Mock) => Record<string, string | number>> = {
  ab: ({ url }) => ({ ...SECOND, CONCURRENCY: '', TARGETS: `one=${url},two=${url.replace('127.0.0.1', 'localhost')}` }),
  blast: () => SIX,
  chaos: () => ({ ...SECOND, DURATION: '', SPIKE: 2, INJECT_AT: '1s', RESTORE_AT: '2s', WATCH: '1s', WARMUP: '0s' }),
  constant: () => SECOND,
  conversations: () => ({ MODEL: 'mock', CONCURRENCY: 2, CONVERSATIONS: 2, TURNS: 2, THINK_TIME: '0s' }),
  mix: () => ({ ...SIX, MODEL_A: 'a', MODEL_B: 'b' }),
  ramp: () => ({ MODEL: 'mock', CONCURRENCY: 2, RAMP_UP: '1s', HOLD: '1s', RAMP_DOWN: '0s' }),
  replay: () => {
    const trace = join(folderFor(), 'trace.csv');
    writeFileSync(trace, 'timestamp_ms,input_tokens,output_tokens\n0,9,3\n100,9,3\n200,9,3\n');
    return { MODEL: 'mock', TRACE: trace };
  },
  router: () => SIX,
  saturation: () => ({ ...SECOND, RATE: '', RATES: '10,20', BASELINE: 10 }),
  sla: () => ({ ...SECOND, SLO: 'e2e.p50<60s', RATE: 20 }),
};

test('every scenario is here', () => {
  const scenarios = readdirSync(join(root, 'scenarios')).map((file) => file.replace('.ts', ''));
  expect(['probe', ...Object.keys(SMALLEST)].sort()).toEqual(scenarios.sort());
});

/** Paths of all keys, whatever their values. */
function shapeOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  if (Array.isArray(value)) return [...new Set(value.flatMap((each) => shapeOf(each, `${path}[]`)))].sort();
  return Object.entries(value)
    .flatMap(([key, each]) => shapeOf(each, `${path}.${key}`))
    .sort();
}

function expectWhole({ results, stdout, output }: K6Ended, driver: string): void {
  expect(results?.run.driver, output).toBe(driver);
  expect(errorsOf(results as Results)).toEqual([]);
  for (const { ok } of results?.steps ?? []) expect(ok, output).toBeGreaterThan(0);
  expect(stdout).toMatch(/^llmload .* · driver .*\brequests +(failed|errors)\b/ms);
}

/** Where it is not 0: a spike that harms nobody was no fault, and without the driver nothing is certified. */
const CODES: Record<string, { native: number; http: number }> = {
  chaos: { native: 99, http: 99 },
  sla: { native: 0, http: 99 },
};

test.each(Object.keys(SMALLEST))('%s: 1.8, 2.x and 2.x without the driver', async (name) => {
  const run = async (k6: string | undefined, more: Record<string, string>) => {
    const mock = await mockFor({ models: ['mock', 'a', 'b'] });
    return runScenario(name, { BASE_URL: mock.url, ...SMALLEST[name]?.(mock), ...more }, [], k6);
  };
  const [v1, v2, stock] = await Promise.all([run(undefined, {}), run(K6_V2, {}), run(K6_V2, { LLMLOAD_NATIVE: '' })]);
  const { native = 0, http = 0 } = CODES[name] ?? {};
  expect([v1.code, v2.code, stock.code], v2.output).toEqual([native, native, http]);
  expectWhole(v2, 'native');
  expectWhole(stock, 'http');
  // What is found beyond these may be another thing each time.
  const measured = ({ results }: K6Ended) => shapeOf({ ...results?.run, ...results?.target, steps: results?.steps });
  expect(measured(v2)).toEqual(measured(v1));
  expect(v2.records?.doubts).toEqual([]);
  expect(v2.records?.end?.requests).toBe(v2.records?.lines.length);
  expect(v2.lines.length).toBe(v2.results?.steps.reduce((sum, step) => sum + step.requests, 0));
});

test.each([
  { what: 'an SLO that fails', scenario: 'blast', settings: { SLO: 'ttft.p50<1ms' }, code: 99, says: /FAIL/ },
  { what: 'goodput, which only records know', scenario: 'blast', settings: { SLO: 'goodput>1000000' }, code: 99 },
  { what: 'a bad setting', scenario: 'blast', settings: { CONCURRENCY: 'many' }, code: 107, says: /CONCURRENCY=/ },
  { what: 'an exception', scenario: 'blast', settings: { PATH_CHAT: '/%zz' }, code: 99, says: /%zz/ },
  { what: 'a good probe', scenario: 'probe', settings: {}, code: 0, says: /^OK: mock /m },
  { what: 'a probe that aborts', scenario: 'probe', settings: { MODEL: 'nobody' }, code: 108, says: /no model nobody/ },
])('2.x, $what: $code', async ({ scenario, settings, code, says = /./ }) => {
  const mock = await mockFor();
  const run = await onV2(scenario, { BASE_URL: mock.url, ...(scenario === 'blast' ? SIX : {}), ...settings });
  expect(run.code, run.output).toBe(code);
  expect(run.output).toMatch(says);
});

test('2.x, SIGINT: 105, and what was measured is written', async () => {
  const mock = await mockFor();
  const settings = { BASE_URL: mock.url, ...SECOND, DURATION: '10m' };
  const { child, recordsFile, ended } = startScenario('constant', settings, [], K6_V2);
  await until(() => existsSync(recordsFile) && /"warm":false/.test(readFileSync(recordsFile, 'utf8')));
  child.kill('SIGINT');
  const run = await ended;
  expect(run.code, run.output).toBe(105);
  expect(run.records?.end?.requests).toBe(run.records?.lines.length);
  expect(run.results?.steps[0]?.ok).toBeGreaterThan(0);
});

test.each([
  { of: '1.8', on: '2.x', archiving: {}, k6: K6_V2 },
  { of: '2.x', on: '1.8', archiving: { LLMLOAD_K6: K6_V2 }, k6: undefined },
])('an archive of $of runs on $on', async ({ archiving, k6 }) => {
  const mock = await mockFor();
  const cwd = folderFor();
  const args = ['archive', 'blast', '--requests', '6', '--concurrency', '2', '--model', 'mock', '--warmup', '0s'];
  const archived = await runCommand(args, archiving, cwd);
  expect(archived.code, archived.output).toBe(0);
  const run = await runScenario(join(cwd, 'archives/blast.tar'), { BASE_URL: mock.url }, [], k6);
  expect(run.code, run.output).toBe(0);
  expect(run.results?.steps[0]).toMatchObject({ requests: 6, ok: 6, load: { concurrency: 2 } });
});

test('LLMLOAD_K6: the command runs that k6, and an absent one is named', async () => {
  const mock = await mockFor();
  const args = [
    'run',
    'blast',
    '--url',
    mock.url,
    '--requests',
    '6',
    '--concurrency',
    '2',
    '--warmup',
    '0s',
    '--json',
    '-',
  ];
  const run = await runCommand(args, { LLMLOAD_K6: K6_V2 });
  expect(run.code, run.stderr).toBe(0);
  expect((JSON.parse(run.stdout) as Results).run).toMatchObject({
    k6: expect.stringMatching(/^v2\./),
    driver: 'native',
  });
  const absent = await runCommand(['probe', mock.url], { LLMLOAD_K6: '/nowhere/k6' });
  expect(absent).toMatchObject({ code: 1, stderr: 'llmload: LLMLOAD_K6="/nowhere/k6": there is no such file\n' });
});
