/** Runs whose server told why it slows, or that was broken on purpose. */
import { analyze } from '../../lib/analysis/analyze.ts';
import type { Chaos } from '../../lib/analysis/chaos/result.ts';
import { chartsOf } from '../../lib/analysis/charts/charts.ts';
import { columnsOf, type RecordLine } from '../../lib/analysis/columns/columns.ts';
import { loadOf } from '../../lib/analysis/limit/limit.ts';
import { type Found, judgeServer } from '../../lib/analysis/server/server.ts';
import type { Step } from '../../lib/load/plan.ts';
import type { Results, StepResult } from '../../lib/results.ts';
import type { PageRun } from '../../report/page.ts';
import { failure, line, open, times } from '../lib/make.ts';
import { runOf } from './pages.ts';

/** A server that carries 12 req/s: its KV cache is full beyond, and its network has room. */
export function explainedRun(made: Parameters<typeof runOf>[0]): PageRun {
  const run = runOf(made);
  const { results } = run;
  const found = (signal: Found['signal'], of: (load: number) => number, more: Partial<Found> = {}): Found => {
    const counter = signal === 'tokens' || signal.startsWith('network');
    let total = 0;
    const samples = results.steps.flatMap((step) =>
      times(10, (k) => {
        const t = step.window.from + ((step.window.to - step.window.from) * k) / 10;
        total += (of(loadOf(step)) * (step.window.to - step.window.from)) / 10_000;
        return { t, value: counter ? total : of(loadOf(step)) };
      }),
    );
    return { signal, source: 'vLLM', query: signal, series: [{ instance: 'a:8000', samples }], ...more };
  };
  const linked = found('network_tx', (load) => 4e6 * load, { source: 'node_exporter' });
  const server = judgeServer(results, 'http://127.0.0.1:9090', [
    found('waiting', (load) => Math.max(0, (load - 12) * 7)),
    found('running', (load) => Math.min(load * 2, 24)),
    found('kv_cache', (load) => Math.min(0.99, load / 12.1)),
    found('preemptions', () => 0),
    found('tokens', (load) => 10 * Math.min(load, 12.5)),
    found('gpu', (load) => Math.min(0.98, 0.3 + load / 20), { source: 'DCGM' }),
    { ...linked, series: linked.series.map((one) => ({ ...one, instance: 'a:9100 eth0', limit: 125e6 })) },
    found('watts', (load) => 200 + 20 * load, {
      source: 'own query',
      own: { kind: 'gauge', over: 'max', unit: 'W', limit: 700 },
    }),
  ]);
  return { ...run, results: { ...results, server } };
}

export const START = 1_790_000_000_000;
const PHASES = ['pre', 'during', 'post'] as const;
const INJECT = 30_000;
const RESTORE = 60_000;
const END = 90_000;

const BOUNDS = [0, INJECT, RESTORE, END];

export const STEPS = PHASES.map(
  (phase, k): Step =>
    open({
      name: phase,
      scenario: 'step_10',
      phase,
      shared: true,
      load: { kind: 'open', rate: 10 },
      offset: BOUNDS[k] as number,
      duration: (BOUNDS[k + 1] as number) - (BOUNDS[k] as number),
    }),
);

/** 10 req/s for 90 s; from second 30 to 60 one of four backends is dead, which shows for 12 s. */
export const LINES = times(900, (i): RecordLine => {
  const at = 100 * i;
  const phase = PHASES[BOUNDS.findLastIndex((bound) => at >= bound)] as string;
  const own = { scenario: 'step_10', phase, backend: `b${1 + (i % 4)}` };
  const broken = at >= INJECT && at < INJECT + 12_000;
  if (broken && at >= INJECT + 400 && i % 4 === 0)
    return failure(START + at, { ...own, outcome: 'connection', status: null, error: 'connection refused' });
  const wait = 80 + ((37 * i) % 40) + (broken ? 200 : 0);
  return line(START + at, { ...own, ttft: wait, ttfo: wait, e2e: wait + 90, end: wait + 90, gaps: Array(9).fill(10) });
});

/** Of these records. */
export function brokenRun(change: Partial<Chaos> = {}): PageRun {
  const columns = columnsOf(LINES);
  let measured: Parameters<typeof chartsOf>[1] = [];
  const { models, warmupRequests, ...rest } = analyze(columns, {
    steps: STEPS,
    terms: [],
    wanted: { stream: true, driver: 'native', ignoreEos: false, caching: false },
    extras: [
      {
        find(_, all) {
          measured = all;
          return {};
        },
        text: () => [],
      },
    ],
  });
  const base = runOf({ loads: [5], seconds: 2 }).results;
  const results: Results = {
    ...base,
    run: { ...base.run, scenario: 'chaos', warmupRequests },
    target: { ...base.target, models },
    ...rest,
    chaos: [{ ...CHAOS, ...change }],
  };
  return { name: 'one', results, charts: chartsOf(columns, measured) };
}

export const CHAOS: Chaos = {
  fault: '1 of 4 backends dead',
  injectedAt: START + INJECT,
  restoredAt: START + RESTORE,
  steps: { pre: 'pre', during: 'during', post: 'post' },
  interval: 100,
  seen: [
    { sign: 'errors', before: 0, during: 0.1, shown: true, text: 'errors 0 → 10 %' },
    { sign: 'ttft', before: 98, during: 102, shown: false, text: 'TTFT p50 98 → 102 ms' },
    { sign: 'load', before: 10, during: 10, shown: false, text: 'as many requests as before' },
    { sign: 'backend', before: 0.25, during: 0, shown: true, text: 'b1 gave 25 % of the answers, then none' },
  ],
  shown: true,
  looksLike: 'connections are refused',
  detection: { at: START + INJECT + 400, after: 400, by: 'errors' },
  recovery: { at: START + INJECT + 12_000, after: 12_000, by: 'errors', unaided: true },
  models: [{ name: 'm', requests: 300, before: 0, during: 0.1, suffers: true }],
  backends: [{ name: 'b1', requests: 46, before: 0, during: 0.63, suffers: true }],
  attempts: { pre: 1, during: 1.25, post: 1 },
  slo: { pre: 'PASS', during: 'FAIL', post: 'PASS' },
  throughput: 0.9,
  ttft: 2.6,
  verdict: 'PASS',
  why: 'withstood: seen after 0.4 s (errors), over 12.0 s after it began, unaided; 9.67 % failed meanwhile',
};

/** Several faults, one after the other. */
export function suiteRun(): PageRun {
  const run = brokenRun();
  const faults: Partial<Chaos>[] = [
    {},
    {
      fault: 'network partition of a node',
      injectedAt: START + 65_000,
      restoredAt: START + 85_000,
      detection: { at: START + 66_000, after: 1000, by: 'no_answers' },
      recovery: null,
      verdict: 'FAIL',
      why: 'not recovered within 20 s',
      throughput: 0.4,
      ttft: 14.2,
    },
    {
      fault: 'an injector that does nothing',
      injectedAt: START + 86_000,
      restoredAt: null,
      seen: [],
      shown: false,
      detection: null,
      recovery: null,
      models: [],
      backends: [],
      attempts: { pre: null, during: null, post: null },
      slo: { pre: null, during: null, post: null },
      throughput: null,
      ttft: null,
      verdict: 'NOT_MEASURED',
      why: 'fault not shown: nothing changed while it lasted',
    },
  ];
  const chaos = faults.map((fault, k): Chaos => {
    const steps = { pre: `f${k}_pre`, during: `f${k}_during`, post: `f${k}_post` };
    const { looksLike, ...rest } = { ...CHAOS, ...fault, steps };
    return { ...rest, ...(rest.shown && looksLike !== undefined && { looksLike }) };
  });
  const steps = chaos.flatMap((_, k) => run.results.steps.map((s): StepResult => ({ ...s, name: `f${k}_${s.name}` })));
  return { ...run, results: { ...run.results, steps, chaos } };
}
