/**
 * `llmload analyze` with a real Prometheus: every query of the catalogue, and four simulated engines, each with another bottleneck.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { METRICS, SIGNAL_NAMES } from '../../lib/analysis/server/catalogue.ts';
import type { Results } from '../../lib/results.ts';
import { type Mock, startMock } from '../../mock/index.ts';
import { createPrometheus } from '../../scripts/analyze/prometheus.ts';
import { readRow } from '../../scripts/analyze/read.ts';
import type { RealServer } from '../../scripts/real/llama.mjs';
import { findPrometheus, startPrometheus } from '../../scripts/real/prometheus.mjs';
import { runCommand } from '../k6/run.ts';
import { type Exporter, startEverything } from './everything.ts';

const missing = await findPrometheus().then(
  () => undefined,
  (error: Error) => error.message,
);
const skip = missing !== undefined && !process.env.CI; // CI must have one: there the start below fails
if (skip) console.warn(`test/real/prometheus is skipped: ${missing}`);

/** Engines that have little of one thing, and what is said of them at 24 requests in flight. */
const ENGINES = {
  kv_cache: {
    options: { engine: '8b-h100,base-ms=40,kv-tokens=1024,prefix-cache=false' },
    says: /^requests wait: [\d.]+ at 24 in flight while the KV cache is at \d+ %/,
  },
  queue: {
    options: { engine: '8b-h100,base-ms=40,max-sequences=4' },
    says: /^requests wait: [\d.]+ at 24 in flight while the batch is full: [34](\.\d)? running, and never more, KV cache at \d %$/,
  },
  compute: {
    options: { engine: '8b-h100,base-ms=20,sequence-ms=4' },
    says: /^the GPU is busy \d+ % of the time at 24 in flight and takes longer for each token the more requests run: ITL .* hardly any waits$/,
  },
  network: {
    options: { engine: '8b-h100,base-ms=40', bandwidth: 20_000 },
    says: /^the network is full: network sent [\d.]+ kB\/s of 20.0 kB\/s at 24 in flight(, while no request waits)?$/,
  },
} as const;
type Name = keyof typeof ENGINES;
const NAMES = Object.keys(ENGINES) as Name[];

/** Two steps: 2 in flight, then 24. Lengths differ, so that requests do not all begin and end together. */
const LOAD = {
  LEVELS: '2,24',
  DURATION: '8s',
  WARMUP: '0s',
  INPUT_TOKENS: '100',
  OUTPUT_TOKENS: 'uniform:20..60',
  IGNORE_EOS: true,
  SLO: 'errors<50%',
};

const folder = mkdtempSync(join(tmpdir(), 'llmload-analyze-'));
let mocks: Mock[] = [];
let prometheus: RealServer;
let everything: Exporter;
let runs: Record<Name, string>;

beforeAll(async () => {
  if (skip) return;
  mocks = await Promise.all(NAMES.map((name) => startMock({ tokens: 2000, ...ENGINES[name].options })));
  everything = await startEverything();
  const address = (port: number) => [`127.0.0.1:${port}`];
  prometheus = await startPrometheus({
    ...Object.fromEntries(NAMES.map((name, k) => [name, address((mocks[k] as Mock).port)])),
    everything: [everything.address],
  });
  const ended = await Promise.all(
    mocks.map(async ({ url }) => {
      const cwd = mkdtempSync(join(folder, 'cwd-'));
      const { code, output } = await runCommand(['run', 'blast', '--url', url], LOAD, cwd);
      expect(code, output).toBe(0);
      return join(cwd, 'runs', readdirSync(join(cwd, 'runs'))[0] as string);
    }),
  );
  runs = Object.fromEntries(NAMES.map((name, k) => [name, ended[k]])) as Record<Name, string>;
});
afterAll(async () => {
  await prometheus?.stop();
  everything?.close();
  await Promise.all(mocks.map((mock) => mock.close()));
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(skip)('with a real Prometheus', () => {
  test.each(METRICS.map((row) => [`${row.signal} of ${row.source}: ${row.metric}`, row] as const))(
    '%s is read, each scrape once',
    async (_, row) => {
      const end = Math.floor(Date.now() / 1000);
      const range = { start: end - 10, end, step: 1 };
      const client = createPrometheus(new URL(prometheus.url), undefined);
      const { series } = await readRow(client, range, { [row.kind]: 'job="everything"' }, row);
      expect(series).toHaveLength(1);
      const [{ samples, limit, instance } = { samples: [], instance: '' }] = series;
      expect(instance).toMatch(row.limit ? /^127\.0\.0\.1:\d+ eth0$/ : /^127\.0\.0\.1:\d+$/);
      expect(limit).toBe(row.limit && 1000);
      expect(samples.length).toBeGreaterThanOrEqual(3);
      expect(samples.length).toBeLessThanOrEqual(12);
      expect(new Set(samples.map(({ t }) => t)).size).toBe(samples.length);
    },
  );

  test.each(NAMES)('the bottleneck that an engine was given is found: %s', async (name) => {
    const run = await runCommand([
      ...['analyze', runs[name], '--prometheus', prometheus.url],
      ...['--selector', `job="${name}"`, '--json', '-'],
    ]);
    expect(run.code, run.output).toBe(0);
    const { server, steps } = JSON.parse(run.stdout) as Results;
    expect(server?.bottleneck, run.stderr).toMatchObject({ kind: name, step: steps[1]?.name });
    expect(server?.bottleneck.sentence).toMatch(ENGINES[name].says);
    expect(server?.steps[0]?.bottleneck, run.stderr).toBeNull();
    expect(server?.absent).toEqual(
      SIGNAL_NAMES.filter(
        (each) => ['nvlink', 'cpu', 'network_rx'].includes(each) || (each === 'network_tx' && name !== 'network'),
      ),
    );
    expect(run.stderr).toContain(`bottleneck: `);
    const page = join(folder, `${name}.html`);
    const told = await runCommand([
      ...['report', runs[name], '--prometheus', prometheus.url],
      ...['--selector', `job="${name}"`, '--html', page, '--markdown'],
    ]);
    expect(told.code, told.output).toBe(0);
    expect(told.stdout).toContain('- bottleneck: ');
    expect(readFileSync(page, 'utf8')).toContain('How full it is');
    // What the run left behind is as it was.
    expect(readFileSync(join(runs[name], 'results.json'), 'utf8')).not.toContain('"prometheus"');
  });
});
