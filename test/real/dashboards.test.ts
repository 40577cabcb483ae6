/**
 * What dashboards/*.json ask of Prometheus is there: k6 writes to a real one, which scrapes a mock, the reference router and an
 * exporter that says everything that any server says. Then every query is asked as Grafana would ask it.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AnnotationQuery, Dashboard, Panel, VariableModel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Results } from '../../lib/results.ts';
import { type Mock, startMock } from '../../mock/index.ts';
import { requestRandom } from '../../mock/random.ts';
import { type Router, readBackends, startRouter } from '../../mock/router/index.ts';
import { K6 } from '../../scripts/build/k6.mjs';
import { root } from '../../scripts/build/root.mjs';
import { QUIET_K6 } from '../../scripts/commands/k6.ts';
import { outputOf } from '../../scripts/commands/output.ts';
import { remoteWrite } from '../../scripts/commands/remote-write.ts';
import type { RealServer } from '../../scripts/real/llama.d.mts';
import { findPrometheus, startPrometheus } from '../../scripts/real/prometheus.mjs';
import { runCommand, until } from '../k6/run.ts';
import { type Exporter, startEverything } from './everything.ts';

const missing = await findPrometheus().then(
  () => undefined,
  (error: Error) => error.message,
);
const skip = missing !== undefined && !process.env.CI; // CI must have one: there the start below fails
if (skip) console.warn(`test/real/dashboards is skipped: ${missing}`);

const RENDERINGS = ['native', 'stats'] as const;
type Rendering = (typeof RENDERINGS)[number];
const SHARED = { WARMUP: '0s', OUTPUT_TOKENS: 10, K6_PROMETHEUS_RW_PUSH_INTERVAL: '1s' };
/** Two models through the router; an open loop that drops requests, on new connections, with an SLO that fails; one with lag. */
const RUNS = {
  mix: { scenario: 'mix', DURATION: '8s', CONCURRENCY: 4, MIX: 'small:0.7,large:0.3', SLO: 'ttft.p99<60s,errors<50%' },
  drops: { scenario: 'constant', DURATION: '8s', RATE: 20, VUS: 1, MODEL: 'small', SLO: 'ttft.p99<1ms' },
  lag: { scenario: 'constant', DURATION: '8s', RATE: 5, ARRIVAL: 'poisson', MODEL: 'small' },
} as const;
type Name = keyof typeof RUNS;
/** As a run of `chaos` would be tagged. */
const FAULT =
  'k6_llm_requests_total{testid="chaos",step="5",phase="during",model="small",outcome="ok",fault="1 of 4, dead"} 7';

/** Under this one no probe is struck. */
const seed = [...Array(100).keys()].find((n) =>
  [0, 1, 2, 3].every((k) => requestRandom(n, k, 'fault')() >= 0.05),
) as number;

interface Ran {
  name: Name;
  rendering: Rendering;
  testid: string;
  code: number | string | null;
  results: Results;
}

/** The whole way: flag, name of the test, results. */
async function byCommand(url: string): Promise<Ran> {
  const { scenario, ...settings } = RUNS.mix;
  const cwd = mkdtempSync(join(folder, 'cwd-'));
  const args = ['run', scenario, '--url', url, '--remote-write', prometheus.url];
  const { code, output } = await runCommand(args, { ...SHARED, ...settings }, cwd);
  expect(output).toContain(`latencies as native histograms`);
  const [testid = ''] = readdirSync(join(cwd, 'runs'));
  expect(output).toContain(`testid: ${testid}`);
  const results = JSON.parse(readFileSync(join(cwd, 'runs', testid, 'results.json'), 'utf8')) as Results;
  expect(results.run.testid).toBe(testid);
  return { name: 'mix', rendering: 'native', testid, code, results };
}

/** As the command starts k6, without what it does before and after: fewer processes on a small machine. */
async function byK6(rendering: Rendering, name: Name, url: string): Promise<Ran> {
  const { scenario, ...settings } = RUNS[name];
  const testid = `${rendering}-${name}`;
  const asked = {
    K6_TAGS: `testid:${testid}`,
    K6_PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM: `${rendering === 'native'}`,
  };
  const quiet = { say() {}, show() {}, clear() {} };
  const env = { ...asked, ...(await remoteWrite(prometheus.url, asked, quiet)) };
  const summary = join(folder, `${testid}.json`);
  const { PATH, HOME } = process.env;
  const set = Object.fromEntries(Object.entries({ ...SHARED, ...settings }).map(([key, value]) => [key, `${value}`]));
  const code = await promisify(execFile)(
    K6,
    ['run', '--quiet', ...QUIET_K6, ...outputOf(folder, env).flags, join(root, 'dist', `${scenario}.js`)],
    { env: { PATH, HOME, ...env, ...set, BASE_URL: url, SUMMARY_JSON: summary } },
  ).then(
    () => 0,
    ({ code, stderr }: { code: unknown; stderr: string }) => (typeof code === 'number' ? code : stderr),
  );
  return { name, rendering, testid, code, results: JSON.parse(readFileSync(summary, 'utf8')) as Results };
}

const folder = mkdtempSync(join(tmpdir(), 'llmload-dashboards-'));
let mocks: Mock[] = [];
let router: Router;
let everything: Exporter;
let prometheus: RealServer;
let ran: Ran[] = [];
let started: number;

beforeAll(async () => {
  if (skip) return;
  const common = { ttftMs: 30, tokenMs: 3, fault: 'status=500@0.05', seed };
  mocks = await Promise.all([
    startMock({ ...common, models: ['small', 'large'] }),
    startMock({ ...common, models: ['small'], closeAfterAnswer: true }),
  ]);
  const [behind, alone] = mocks as [Mock, Mock];
  router = await startRouter({ backends: readBackends(behind.url) });
  everything = await startEverything([FAULT]);
  prometheus = await startPrometheus(
    { router: [`127.0.0.1:${router.port}`], mock: [`127.0.0.1:${behind.port}`], everything: [everything.address] },
    { receives: true },
  );
  started = Date.now() / 1000;
  const url = { mix: router.url, drops: alone.url, lag: alone.url };
  const command = byCommand(url.mix);
  // Its probes are the first requests.
  await Promise.race([command, until(() => behind.truth().length >= 2)]);
  ran = await Promise.all([
    command,
    ...RENDERINGS.flatMap((rendering) =>
      (Object.keys(RUNS) as Name[])
        .filter((name) => rendering === 'stats' || name !== 'mix')
        .map((name) => byK6(rendering, name, url[name])),
    ),
  ]);
});
afterAll(async () => {
  await prometheus?.stop();
  everything?.close();
  await router?.close();
  await Promise.all(mocks.map((mock) => mock.close()));
  rmSync(folder, { recursive: true, force: true });
});

/** What a reader would have chosen. */
const VARIABLES: Record<string, string> = {
  $__rate_interval: '20s',
  $__range: '300s',
  $quantile: '0.99',
  '${quantile:text}': 'p99',
  $model: '.*',
  $step: '.*',
  $job: '.*',
  $instance: '.*',
};

function filled(expr: string): string {
  const values = { ...VARIABLES, $testid: `(${[...ran.map(({ testid }) => testid), 'chaos'].join('|')})` };
  const text = Object.entries(values).reduce((so, [name, value]) => so.replaceAll(name, value), expr);
  expect(text, 'a variable that nobody sets').not.toContain('$');
  return text;
}

interface Series {
  metric: Record<string, string>;
  values: [number, string][];
}

async function ask<T>(path: string, asked: Record<string, string>): Promise<T> {
  const response = await fetch(`${prometheus.url}/api/v1/${path}?${new URLSearchParams(asked)}`);
  const { status, error, data } = (await response.json()) as { status: string; error?: string; data: T };
  expect(status, `${asked.query}: ${error}`).toBe('success');
  return data;
}

/** A few seconds ahead: what is read every 5 s has read the last value then. */
const now = (): string => `${Date.now() / 1000 + 6}`;

/** Series with a number, of a query over the time of the test or at its end. */
async function answered(expr: string, instant: boolean): Promise<Series[]> {
  const query = filled(expr);
  const series = instant
    ? (
        await ask<{ result: (Omit<Series, 'values'> & { value: [number, string] })[] }>('query', { query, time: now() })
      ).result.map(({ metric, value }) => ({ metric, values: [value] }))
    : (await ask<{ result: Series[] }>('query_range', { query, start: `${started}`, end: now(), step: '1' })).result;
  return series.filter(({ values }) => values?.some(([, value]) => Number.isFinite(Number(value))));
}

const read = (name: string): Dashboard => JSON.parse(readFileSync(join(root, 'dashboards', name), 'utf8')) as Dashboard;
const FILES = readdirSync(join(root, 'dashboards')).filter((file) => file.endsWith('.json'));
const queries = FILES.flatMap((file) =>
  (read(file).panels as Panel[]).flatMap(({ title, targets = [] }) =>
    (targets as Dataquery[]).map((target) => ({ file, title, ...target })),
  ),
);
const variables = FILES.flatMap((file) =>
  (read(file).templating.list as VariableModel[])
    .filter(({ type }) => `${type}` === 'query')
    .map((one) => ({ file, ...one })),
);
const annotations = FILES.flatMap((file) =>
  (read(file).annotations.list as AnnotationQuery[]).map((one) => ({ file, ...one })),
);

describe.skipIf(skip)('with a real Prometheus that k6 writes to', () => {
  test.each(queries)('$file: $title, $refId has data', async ({ expr, instant }) => {
    const series = await answered(expr, instant === true);
    expect(series.length, filled(expr)).toBeGreaterThan(0);
  });

  test.each(variables)('$file: the variable $name has values', async ({ query }) => {
    const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(String(query)) ?? [];
    const values = await ask<string[]>(`label/${label}/values`, { 'match[]': filled(selector) });
    expect(values.length, String(query)).toBeGreaterThan(0);
  });

  test.each(annotations)('$file: $name are marked', async ({ name, expr = '', tagKeys = '' }) => {
    const series = await answered(expr, false);
    expect(series.map(({ metric }) => Object.keys(metric).sort())).toContainEqual(tagKeys.split(',').sort());
    expect(series.map(({ metric }) => metric.fault ?? metric.phase)).toContain(
      name === 'Faults' ? '1 of 4, dead' : 'steady',
    );
  });

  const column = (file: string, name: string) =>
    answered(
      queries.find((query) => query.file === file && query.title === 'Models and steps' && query.legendFormat === name)
        ?.expr ?? '',
      true,
    );

  test.each(RENDERINGS)('the table of steps says what results.json says: %s', async (rendering) => {
    const file = `load-test-${rendering}.json`;
    const [requests, p50] = [await column(file, 'Requests'), await column(file, 'TTFT p50')];
    for (const { testid, results } of ran.filter((run) => run.rendering === rendering)) {
      const [step] = results.steps;
      for (const { model, requests: sent, metrics } of step?.perModel ?? []) {
        const of = ({ metric }: Series): boolean => metric.testid === testid && metric.model === model;
        expect(sum(requests.filter(of)), `${testid} ${model}`).toBe(sent);
        const truth = (metrics.ttft?.p50 ?? Number.NaN) / 1000;
        const [found = Number.NaN] = p50.filter(of).map(last);
        // Buckets of a native histogram are 2^(1/8) wide; stats are k6's own percentiles.
        const error = rendering === 'native' ? 2 ** (1 / 8) : 1.0001; // results.json has µs
        expect(found).toBeGreaterThan(truth / error);
        expect(found).toBeLessThan(truth * error);
      }
    }
  });

  test('failures, drops and a missed SLO are there', async () => {
    const [failed = 0, dropped = 0, terms = 0] = await Promise.all(
      ['Failed', 'Dropped', 'SLO terms failed'].map(async (title) =>
        sum(await answered(queries.find((query) => query.title === title)?.expr ?? '', true)),
      ),
    );
    const all = ran.flatMap(({ results }) => results.steps);
    const wrong = all.reduce((n, { requests, outcomes }) => n + requests - (outcomes.ok ?? 0), 0);
    const sent = all.reduce((n, { requests }) => n + requests, 0);
    expect(failed).toBeCloseTo(wrong / (sent + 7), 6); // 7 that the exporter tells of
    // k6 plans one request a run beyond the end, which llmload does not count.
    const known = all.reduce((n, step) => n + step.dropped, 0);
    expect([known, known + 1, known + 2]).toContain(dropped);
    expect(terms).toBe(2);
    expect(new Set(ran.map(({ name, code }) => `${name} ${code}`))).toEqual(new Set(['mix 0', 'drops 99', 'lag 0']));
  });
});

test.skipIf(skip)('promtool finds nothing wrong with what deploy/ starts Prometheus with', async () => {
  const promtool = (await findPrometheus()).replace(/prometheus$/, 'promtool');
  const config = join(root, 'deploy/prometheus/prometheus.yml');
  const { stdout } = await promisify(execFile)(promtool, ['check', 'config', config]);
  expect(stdout).toContain('SUCCESS');
});

const last = ({ values }: Series): number => Number(values.at(-1)?.[1]);
const sum = (series: readonly Series[]): number => series.map(last).reduce((a, b) => a + b, 0);
