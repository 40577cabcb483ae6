import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { SIGNALS, type SignalName } from '../../lib/analysis/server/catalogue.ts';
import { type Found, judgeServer } from '../../lib/analysis/server/server.ts';
import { serverText } from '../../lib/report/server.ts';
import type { Results, StepResult } from '../../lib/results.ts';
import { LINES, PLAN, resultsOf } from './results.ts';

const BASE = resultsOf(LINES, PLAN);

/** Steps of 10 s at these rates, one after the other from t = 0; TTFT p99 is ten times the rate. */
function run(rates: readonly number[], more: Partial<Results> = {}): Results {
  const [like] = BASE.steps as [StepResult];
  const steps = rates.map((rate, k) => ({
    ...like,
    name: `step_${rate}`,
    load: { kind: 'open' as const, rate },
    window: { from: 10_000 * k, to: 10_000 * (k + 1) },
    throughput: 100 * rate,
    inFlight: rate,
    metrics: { ...like.metrics, ttft: { p99: 10 * rate }, itl: { p99: 20, mean: 10 } },
  }));
  return { ...BASE, steps, ...more };
}

/** A value a step, five scrapes each; of a counter its rate. undefined: nobody said anything. */
function found(signal: string, perStep: readonly (number | undefined)[], more: Partial<Found> = {}): Found {
  let total = 0;
  const counter = Object.hasOwn(SIGNALS, signal) && SIGNALS[signal as SignalName].kind === 'counter';
  const samples = perStep.flatMap((value, k) =>
    [0, 2, 4, 6, 8].flatMap((at) => {
      if (value === undefined) return [];
      total += 2 * value;
      return [{ t: 1000 * (10 * k + at), value: counter ? total : value }];
    }),
  );
  return { signal, source: 'vLLM', query: signal, series: [{ instance: 'a:8000', samples }], ...more };
}

const judge = (results: Results, ...signals: Found[]) => judgeServer(results, 'http://p:9090', signals);

/** Waiting begins at 20 req/s, when the KV cache is full. */
const FULL = [
  found('waiting', [0, 0, 12, 41]),
  found('running', [5, 40, 90, 92]),
  found('kv_cache', [0.1, 0.5, 0.97, 0.99]),
  found('tokens', [500, 1000, 2000, 4500]),
  found('gpu', [0.6, 0.9, 0.98, 0.99], { source: 'DCGM' }),
];

describe('what a server says of a run', () => {
  it('is read step by step, with its bottleneck at the highest load', () => {
    const server = judge(run([5, 10, 20, 45]), ...FULL);
    expect(server.bottleneck).toEqual({
      kind: 'kv_cache',
      step: 'step_45',
      sentence: 'requests wait: 41 at 45 req/s while the KV cache is at 99 %',
    });
    expect(server.steps.map(({ bottleneck }) => bottleneck?.kind)).toEqual([
      undefined,
      undefined,
      'kv_cache',
      'kv_cache',
    ]);
    expect(server.steps[1]?.readings.kv_cache).toEqual({
      mean: 0.5,
      max: 0.5,
      last: 0.5,
      samples: 5,
      limit: 1,
      headroom: 0.5,
    });
    expect(server.absent).toEqual(['preemptions', 'mem_copy', 'nvlink', 'cpu', 'network_tx', 'network_rx']);
    expect(server.steps.map(({ tokens }) => tokens)).toEqual(
      [500, 1000, 2000, 4500].map((tokens) => ({ server: tokens, ours: tokens })),
    );
    expect(server.notes).toEqual([]);
  });

  it('is judged at the lowest load that broke, where a limit was found', () => {
    const limit = { range: [10, 20], by: 'rate' } as unknown as Results['limit'];
    expect(judge(run([5, 10, 20, 45], { ...(limit && { limit }) }), ...FULL).bottleneck).toMatchObject({
      step: 'step_20',
      sentence: expect.stringContaining('12 at 20 req/s'),
    });
  });

  it('goes with latencies as ranks do, and says nothing below four steps', () => {
    const { correlations } = judge(run([5, 10, 20, 45]), ...FULL, found('own', [4, 3, 2, 1], { own: OWN }));
    const of = (signal: string) => correlations.filter((each) => each.signal === signal);
    expect(of('kv_cache')).toEqual([{ signal: 'kv_cache', latency: 'ttft.p99', rho: 1, n: 4 }]);
    expect(of('own')).toEqual([{ signal: 'own', latency: 'ttft.p99', rho: -1, n: 4 }]);
    expect(judge(run([5, 10, 20]), ...FULL).correlations).toEqual([]);
    const patchy = found('waiting', [1, undefined, 2, 3]);
    expect(judge(run([5, 10, 20, 45]), patchy).correlations).toEqual([]);
  });

  it('says none where none is shown, and what is not known', () => {
    const quiet = judge(run([5, 10]), found('waiting', [0, 0]), found('running', [2, 4]));
    expect(quiet.bottleneck).toEqual({
      kind: null,
      step: 'step_10',
      sentence: 'none shown; nothing is known of KV cache, GPU utilisation',
    });
    expect(judge(run([5, 10]), found('gpu', [0.5, undefined])).bottleneck.sentence).toMatch(
      /^none shown; fewer than 3 scrapes in step_10; nothing is known of requests waiting, /,
    );
  });

  it('is judged by nothing that counts more than its signal', () => {
    const waiting = found('waiting', [0, 0, 12, 41], { broad: true });
    const server = judge(run([5, 10, 20, 45]), waiting, ...FULL.slice(1));
    expect(server.bottleneck.kind).toBeNull();
    expect(server.steps[3]?.readings.waiting?.mean).toBe(41);
  });

  it('names several instances, few scrapes, and counters that differ', () => {
    const two = found('waiting', [1, 1]);
    two.series = [...two.series, { instance: 'b:8000', samples: two.series[0]?.samples ?? [] }];
    const rare = found('kv_cache', [0.5, undefined]);
    rare.series = rare.series.map((one) => ({ ...one, samples: one.samples.slice(0, 2) }));
    const { notes, steps } = judge(run([5, 10]), two, rare, found('tokens', [500, 1500]), found('cpu', [0.5, 0.5]));
    expect(steps[0]?.readings.waiting?.mean).toBe(2);
    expect(notes).toEqual([
      'waiting: of a:8000, b:8000 together, counts added and shares of the fullest; narrow it with --selector',
      'fewer than 3 scrapes in step_5: nothing is judged by them',
      'the server counts more output tokens than we: other clients, requests of the warm-up, or tokens still on their way ' +
        '(1500 to our 1000 tok/s in step_10)',
    ]);
    expect(judge(run([5, 10]), found('waiting', [1, undefined])).notes).toContain('no scrape in step_10');
    expect(judge(run([5]), found('tokens', [100])).notes[0]).toBe(
      'the server counts fewer output tokens than we: a part of it is not in this Prometheus, or it counts late ' +
        '(100 to our 500 tok/s in step_5)',
    );
  });

  it('holds the GPU against the band of its work', () => {
    const gpu = found('gpu', [0.8], { source: 'DCGM' });
    expect(judge(run([5]), gpu).gpuBand).toEqual({ for: 'chat', low: 0.7, high: 0.85, used: 0.8, is: 'in' });
    const batch = run([5], { run: { ...BASE.run, settings: { SLO: 'batch,errors<1%' } } });
    expect(judge(batch, gpu).gpuBand).toMatchObject({ for: 'batch', is: 'below' });
    expect(judge(run([5]), found('gpu', [0.99])).gpuBand?.is).toBe('above');
    expect(judge(run([5]), found('waiting', [0])).gpuBand).toBeUndefined();
  });
});

const OWN = { kind: 'gauge', over: 'max', unit: 'W', limit: 700 } as const;

/** All signals, one of them of two devices, and one of our own. */
const everything = () =>
  judge(
    run([5, 10, 20, 45]),
    ...FULL,
    found('preemptions', [0, 0, 0.5, 1.25]),
    found('mem_copy', [0.3, 0.4, 0.5, 0.6], { source: 'DCGM' }),
    found('nvlink', [1e9, 2e9, 3e9, 400e9], { source: 'DCGM' }),
    found('cpu', [0.1, 0.2, 0.3, 0.4], { source: 'node_exporter' }),
    ...(['network_tx', 'network_rx'] as const).map((signal) => {
      const link = found(signal, [1e4, 2e6, 3e6, 1150e6], { source: 'node_exporter' });
      return { ...link, series: link.series.map((one) => ({ ...one, instance: 'a:9100 eth0', limit: 1250e6 })) };
    }),
    found('watts', [300, 400, 500, 600], { own: OWN, source: 'own query' }),
  );

describe('as text', () => {
  it('is tables of at most 120 columns, without a step that nobody told of as zero', () => {
    const lines = serverText(everything());
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(120);
    const text = lines.join('\n');
    expect(text).toContain('the server by http://p:9090: vLLM, DCGM, node_exporter, own query of a:8000, a:9100');
    expect(text).toMatch(/^step_45 +41\.0 +41\.0 +92\.0 +92\.0 +99\.0% +99\.0% +1\.00% +1\.25 +4500 +4500 +5$/m);
    expect(text).toMatch(/^step_5 .* 0\.010 +1250 99\.99% /m);
    expect(text).toMatch(/^step_45 +600\.0 +700\.0 +14\.3% +5$/m);
    expect(text).not.toContain('absent:');
    expect(lines.filter((line) => line === '')).toHaveLength(4);
    expect(text).toMatch(/^goes with TTFT p99 over 4 steps .*KV cache \+1\.00/m);
    expect(lines.at(-1)).toMatch(/^bottleneck: network \(step_45\): the network is full: network sent 1\.15 GB\/s/);
    const sparse = serverText(judge(run([5, 10]), found('waiting', [0, undefined]))).join('\n');
    expect(sparse).toMatch(/^step_5 +0\.00 +0\.00 +5$/m);
    expect(sparse).toMatch(/^step_10 +– +– +0$/m);
    expect(sparse).toMatch(/^absent: requests running, KV cache, /m);
  });
});

it('fits the schema of results', () => {
  const schema = JSON.parse(readFileSync(new URL('../../docs/results.schema.json', import.meta.url), 'utf8'));
  const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true, formats: { 'date-time': true } }).compile(
    schema,
  );
  const errorsOf = (results: object) => {
    validate(JSON.parse(JSON.stringify(results)));
    return validate.errors ?? [];
  };
  const server = everything();
  expect(errorsOf({ ...BASE, server })).toEqual([]);
  expect(errorsOf({ ...BASE, server: judge(run([5]), found('waiting', [0])) })).toEqual([]);
  expect(
    errorsOf({ ...BASE, server: { ...server, bottleneck: { ...server.bottleneck, kind: 'ghosts' } } }),
  ).not.toEqual([]);
});
