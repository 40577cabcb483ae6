/** What report.html says, by what was found. */
import { describe, expect, it } from 'vitest';
import type { Chaos } from '../../lib/analysis/chaos/result.ts';
import type { Reading } from '../../lib/analysis/server/series.ts';
import type { Bench, CostReport, Results } from '../../lib/results.ts';
import type { Page, PageRun } from '../../report/page.ts';
import { renderPage } from '../../report/render.tsx';
import { EXPECTED, LINES, PLAN, resultsOf } from '../lib/results.ts';
import { brokenRun, CHAOS, explainedRun, suiteRun } from './explained.ts';
import { runOf } from './pages.ts';

const ASSETS = { script: 'draw("</script>")', style: 'body{}' };
const page = (...runs: [PageRun, ...PageRun[]]): string => renderPage({ runs } as Page, ASSETS);
const of = (results: Results): string => page({ name: 'one', results });

/** As a person reads it. */
const visible = (html: string): string =>
  html
    .replace(/<(style|script)[^>]*>.*?<\/\1>/gs, ' ')
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ');
const sections = (html: string): string[] => [...html.matchAll(/<section id="([^"]+)"/g)].map(([, id]) => id as string);
const chartTitles = (html: string): string[] =>
  [...html.matchAll(/<script type="application\/json">(.*?)<\/script>/gs)].map(
    ([, json]) => JSON.parse(json as string).title,
  );

const SATURATED = runOf({ loads: [2, 6, 10, 14, 18], slo: 'ttft.p99<500ms,errors<1%' });
const STEADY = runOf({ loads: [5], slo: 'ttft.p99<500ms,errors<1%' });
const UNTIMED = runOf({ loads: [5], slo: 'ttft.p99<500ms', change: () => ({ ttft: null, ttfo: null, gaps: null }) });

const BENCH: Bench = {
  sentence: '10 req/s holds chat at 99 % confidence; it breaks at 14: TTFT p99, 37 requests waiting',
  verdict: 'PASS',
  quick: false,
  phases: [
    { name: 'baseline', from: 1_790_000_000_000, to: 1_790_000_020_000, requests: 40 },
    { name: 'search', from: 1_790_000_025_000, to: 1_790_000_120_000, requests: 960 },
  ],
  interrupted: false,
};
const COST: CostReport = {
  rows: [
    {
      name: 'here',
      gpus: 2,
      dollarsPerGpuHour: 2.5,
      tokensPerSecond: 1000,
      basis: 'run',
      measured: true,
      load: '10 req/s',
      loadFactor: 1,
      dollarsPerHour: 5,
      productionTokensPerSecond: 1000,
      tokensPerHour: 3_600_000,
      dollarsPerMillion: { output: 1.39 },
      dollarsPerThousand: { output: 0.00139 },
      replicas: { count: 3, gpus: 6, dollarsPerHour: 15 },
    },
  ],
  asked: { loadFactor: 0.7, load: { value: 25, unit: 'req/s' }, headroom: 0.2 },
  notes: ['a note on the price'],
};
const benched = (bench: Partial<Bench> = {}): PageRun => ({
  ...SATURATED,
  results: { ...SATURATED.results, bench: { ...BENCH, ...bench }, cost: COST },
});

describe('the first screen', () => {
  it('says what a bench came to', () => {
    const html = page(benched());
    expect(visible(html)).toContain(`PASS ${BENCH.sentence}`);
    expect(html).toContain('class="badge pass"');
    expect(visible(html)).toContain('$1.39 per million output tokens (10 req/s) on 2 GPUs at $2.50 an hour each.');
    expect(visible(html)).toContain('25 req/s with 20% headroom need 3 replicas: 6 GPUs, $15.00 an hour.');
  });

  it.each([
    ['FAIL', 'FAIL'],
    ['INCONCLUSIVE', 'INCONCLUSIVE'],
    [null, 'NOT MEASURED'],
  ] as const)('has the verdict %s as a word', (verdict, word) =>
    expect(visible(page(benched({ verdict })))).toContain(`${word} ${BENCH.sentence}`),
  );

  it('says that a bench was quick, or interrupted', () => {
    expect(visible(page(benched({ quick: true })))).toContain('nothing is certified');
    expect(visible(page(benched({ interrupted: true })))).toContain('Interrupted: ');
    expect(visible(page(benched()))).not.toMatch(/Interrupted: |A quick run/);
  });

  it('shows the limit as a range, and no verdict where only the limit was looked for', () => {
    const { limit } = SATURATED.results;
    expect(limit?.range).toEqual([10, 14]);
    const html = page(SATURATED);
    const at = (pattern: RegExp) => Number(pattern.exec(html)?.[1]);
    const [held, broken] = [at(/class="held" style="width:([\d.]+)%/), at(/class="broken" style="left:([\d.]+)%/)];
    expect(held / broken).toBeCloseTo(10 / 14, 6);
    expect(visible(html)).toMatch(
      /Holds 10 req\/s, breaks at 14 req\/s .*recommended, up to 9.8 req\/s highest that held 10/,
    );
    expect(visible(html).slice(0, visible(html).indexOf('SLO at'))).not.toMatch(/PASS|FAIL/);
  });

  it.each<[string, [number | null, number | null], RegExp | undefined]>([
    ['nothing broke', [18, null], /no load broke it/],
    ['nothing held', [null, 2], /lowest that broke 2 req\/s/],
    ['nothing is known', [null, null], undefined],
  ])('%s', (_, range, says) => {
    const limit = { ...(SATURATED.results.limit as NonNullable<Results['limit']>), range, recommended: range[0] };
    const html = page({ ...SATURATED, results: { ...SATURATED.results, limit } });
    if (says) expect(visible(html)).toMatch(says);
    else expect(html).not.toContain('class="range"');
  });

  it('says which terms of the SLO did not hold', () => {
    expect(visible(page(STEADY))).toContain('PASS All 2 terms of the SLO held at 5 req/s');
    const html = of(resultsOf(LINES, PLAN, 'ttft.p99<50ms,errors<60%'));
    expect(visible(html)).toContain('FAIL 1 of 2 terms of the SLO did not hold at 2 req/s: ttft.p99<50ms');
  });

  it('says so where nothing was promised, and where nothing was measured', () => {
    expect(visible(of(resultsOf(LINES, PLAN)))).toContain('Measured at 2 req/s: TTFT p99 118 ms, 15.0% errors No SLO');
    const { limit: _, ...unlimited } = SATURATED.results;
    expect(visible(of({ ...unlimited, slo: [] }))).toContain('Measured 5 loads, baseline, 2 req/s to 18 req/s');
    expect(visible(of(resultsOf([], PLAN)))).toContain('Nothing was measured');
  });

  it('has the doubts in one strip', () => {
    const audit = [
      { check: 'a', ok: false, value: 1, sentence: 'the client was slow' },
      { check: 'b', ok: true, value: 1, sentence: 'all was sent' },
    ];
    const strip = (results: Results) =>
      visible(/<(aside|p) class="doubts.*?<\/\1>/s.exec(of(results))?.[0] ?? '').trim();
    expect(strip({ ...STEADY.results, audit })).toBe('A doubt the client was slow');
    expect(strip({ ...STEADY.results, audit: audit.slice(1) })).toMatch(/^No doubts/);
  });
});

describe('sections', () => {
  it('of several loads', () => {
    expect(sections(page(SATURATED))).toEqual([
      'slo',
      'latency',
      'throughput',
      'time',
      'distributions',
      'errors',
      'steps',
      'asked',
      'slowest',
      'audit',
      'environment',
    ]);
    expect(chartTitles(page(SATURATED))).toEqual([
      'Time to first token against load',
      'Time between tokens against load',
      'Output tokens per second against load',
      'Requests per second against load',
      'Time to first token over time',
      'Requests over time',
      'Time to first token, distribution',
      'Time between tokens, distribution',
      'Time to the last token, distribution',
      'Errors by outcome',
    ]);
  });

  it('of one load: time and distributions, nothing against load', () => {
    const found = sections(page(STEADY));
    expect(found).not.toContain('latency');
    expect(found).toEqual(expect.arrayContaining(['slo', 'time', 'distributions']));
  });

  it('without records there are no charts that need them', () => {
    const found = sections(of(SATURATED.results));
    expect(found).toEqual(expect.arrayContaining(['latency', 'throughput', 'errors']));
    for (const id of ['time', 'distributions', 'slowest']) expect(found).not.toContain(id);
  });

  it('under the http driver no chart has tokens', () => {
    const titles = chartTitles(page(UNTIMED));
    expect(titles).toContain('Time to the last token, distribution');
    expect(titles.join()).not.toMatch(/first token|between tokens/);
    expect(visible(page(UNTIMED))).toContain('NOT MEASURED');
  });

  it('says how many failed where k6 kept no count by outcome', () => {
    const steps = UNTIMED.results.steps.map((s) => ({ ...s, outcomes: {}, errorRate: 0.25 }));
    expect(visible(of({ ...UNTIMED.results, steps }))).toContain('5 req/s: 25.0% of the requests failed');
    expect(visible(page(UNTIMED))).toContain('No request failed.');
  });

  it('of models, profiles, routing, and failures', () => {
    const html = of(resultsOf(LINES, PLAN, 'chat', EXPECTED));
    expect(sections(html)).toEqual(expect.arrayContaining(['models', 'router', 'errors']));
    expect(visible(html)).toMatch(/wrong model 1 0 llama-3.1-8b-instruct asked one, answered by other/);
    const profiled = LINES.map((l, i) => ({ ...l, profile: i % 3 ? 'chat' : 'code' }));
    expect(sections(of(resultsOf(profiled, PLAN)))).toContain('profiles');
  });

  it('of a router, a comparison and drift', () => {
    const html = of({
      ...STEADY.results,
      router: {
        backends: [{ model: 'm', backend: 'b1', requests: 10, share: 1, due: null, ttftP50: null }],
        verdicts: [{ check: 'echo', verdict: 'FAIL', value: 2, why: '2 answers were swapped' }],
      },
      comparison: {
        a: 'direct',
        b: 'router',
        blocks: 30,
        blockMs: 2000,
        differences: [{ figure: 'ttft.p50', a: 50, b: 52, delta: 2, low: 1, high: 3, confidence: 0.99, shown: true }],
        sentence: 'router adds 2 ms to TTFT p50',
      },
      drift: [{ step: 'step_5', metric: 'ttft', perHour: 9, low: 1, high: 17, shown: true, sentence: 'TTFT rises' }],
    });
    expect(sections(html)).toEqual(expect.arrayContaining(['router', 'comparison', 'drift']));
    for (const text of ['Router adds 2 ms', '2 answers were swapped', '+1.0 to +3.0', '5 req/s: TTFT rises'])
      expect(visible(html)).toContain(text);
  });

  it('of the server’s own metrics: why it breaks, in words, charts and tables', () => {
    const html = page(explainedRun({ loads: [2, 6, 10, 14, 18], slo: 'ttft.p99<500ms' }));
    expect(sections(html)).toEqual(expect.arrayContaining(['latency', 'server']));
    const said = visible(html);
    expect(said).toContain(
      'Bottleneck: KV cache (14 req/s): requests wait: 14 at 14 req/s while the KV cache is at 99 %',
    );
    expect(said).toMatch(/ 14 req\/s 14\.0 14\.0 24\.0 24\.0 99\.0% 99\.0% 1\.00% 0\.00 125\.0 [\d.]+ 10 KV cache /);
    expect(said).toContain('Absent: memory-copy utilisation, NVLink sent, CPU, network received');
    expect(said).toMatch(/Goes with TTFT p99 over 5 steps .* KV cache \+0\.97/);
    expect(said).toContain('the band for chat is 70–85 %: above it');
    expect(said).toMatch(/requests waiting \+0\.89 /);
    expect(visible(/<section id="server".*?<section id="time"/s.exec(html)?.[0] ?? '')).not.toContain('step_');
    expect(chartTitles(html)).toEqual(
      expect.arrayContaining(['Requests in the server', 'How full it is', 'Output tokens by its counter and by ours']),
    );
    const one = page(explainedRun({ loads: [5] }));
    expect(visible(one)).toContain('Bottleneck: none shown');
    expect(chartTitles(one)).not.toContain('Requests in the server');
  });

  it('of a fault: the verdict first, then its phases, what was seen, and who suffered', () => {
    const html = page(brokenRun());
    expect(sections(html).slice(0, 2)).toEqual(['chaos', 'time']);
    const said = visible(html);
    expect(said).toContain('PASS 1 of 4 backends dead: withstood Seen after 0.4 s (errors), over 12.0 s');
    expect(said).toContain('It looks like this: connections are refused.');
    expect(said).toMatch(
      /injected at 0:30 detected by errors after 0\.4 s restored at 1:00 recovered unaided after 12\.0 s errors during 9\.67% throughput × 0\.90 TTFT p99 × 2\.60/,
    );
    expect(said).toMatch(
      / before 300 0% .* 1\.00 PASS nothing during 300 9\.67% .* 1\.25 FAIL connection 29 after 300 0% /,
    );
    expect(said).toContain('backend 25.0% 0% yes b1 gave 25 % of the answers, then none');
    expect(said).toMatch(/model m 300 0% 10\.0% yes backend b1 46 0% 63\.0% yes/);
  });

  it('of a fault that did nothing: not shown, and no verdict of the server', () => {
    const nothing = { verdict: 'NOT_MEASURED', why: 'fault not shown: nothing changed while it lasted' } as const;
    const said = visible(page(brokenRun({ ...nothing, shown: false, seen: [], detection: null, recovery: null })));
    expect(said).toContain('NOT SHOWN 1 of 4 backends dead: fault not shown Nothing changed while it lasted');
    expect(said).not.toContain('NOT MEASURED');
    expect(said).toContain('detected no ');
    const failed = brokenRun({ ...nothing, injectedAt: null, restoredAt: null, error: 'kubectl: no such pod' });
    expect(visible(page(failed))).toContain('The injector: kubectl: no such pod');
    expect(visible(page(failed))).toContain('injected at never');
  });

  it('of several faults: a row each, and each folded', () => {
    const html = page(suiteRun());
    const said = visible(html);
    expect(said).toContain(
      'FAIL 1 of 3 faults were withstood Network partition of a node: not recovered within 20 s; ',
    );
    expect(said).toMatch(
      /failure detected by recovered during tok\/s p99 verdict 1 of 4 backends dead 0\.4 s errors 12\.0 s\* 9\.67% × 0\.90 × 2\.60 PASS network partition of a node 1\.0 s no answers never 9\.67% × 0\.40 × 14 FAIL an injector that does nothing – – 9\.67% – – NOT SHOWN \* over by itself/,
    );
    const folds = [...html.matchAll(/<summary>([^<]+)<\/summary>/g)].map(([, text]) => text);
    expect(folds).toEqual(expect.arrayContaining(suiteRun().results.chaos?.map(({ fault }) => fault) ?? ['']));
  });

  it('of several runs: overlaid, with their unlike settings', () => {
    const other = runOf({ loads: [2, 6, 10], change: () => ({ frames: 10 }) });
    other.results.run.settings = { SEED: 8, WARMUP: 5000 };
    const html = page(
      { ...SATURATED, gpus: 1, dollarsPerGpuHour: 2 },
      { ...other, name: 'two', gpus: 2, dollarsPerGpuHour: 2 },
    );
    expect(sections(html)).toEqual(expect.arrayContaining(['runs', 'trade']));
    expect(visible(html)).toMatch(/WARMUP not set two 5000/);
    expect(chartTitles(html)).toEqual(
      expect.arrayContaining([
        'Tokens a second per GPU against per user',
        '$ per million output tokens against tokens a second per user',
      ]),
    );
    expect(sections(page(SATURATED))).not.toContain('trade');
  });

  it('labels come first in the environment, and the commands that repeat it are there', () => {
    const { results } = SATURATED;
    const run = {
      ...results.run,
      k6: '1.7.0',
      settings: { ...results.run.settings, META: { gpu: 'H100' } },
      command: ['bin/k6', 'run', '-e', 'SLO=ttft.p99<1s', '-e', 'API_KEY="$API_KEY"'],
    };
    const parts = [{ records: '01-2.jsonl', step: null, command: 'bin/k6 run dist/constant.js' }];
    const said = visible(of({ ...results, run, parts, target: { ...results.target, server: 'vLLM 0.11.0' } }));
    expect(said).toMatch(/Environment .*gpu H100 server vLLM 0\.11\.0/);
    expect(said).toContain(`bin/k6 run -e 'SLO=ttft.p99<1s' -e API_KEY="$API_KEY"`.replaceAll('"', '&quot;'));
    expect(said).toContain('# 01-2.jsonl bin/k6 run dist/constant.js');
  });
});

/** Wherever it has a text. */
function brokenChaos(text: string): Chaos {
  const part = { name: text, requests: 1, before: 0, during: 1, suffers: true };
  const seen = { sign: 'backend', before: 0, during: 1, shown: true, text } as const;
  return {
    ...CHAOS,
    fault: text,
    why: text,
    looksLike: text,
    error: text,
    models: [part],
    backends: [part],
    seen: [seen],
  };
}

describe('the file', () => {
  const pages: [string, string][] = [
    ['of several loads', page(SATURATED)],
    ['of a bench', page(benched({ quick: true, interrupted: true }))],
    ['of one load', page(STEADY)],
    ['without records', of(SATURATED.results)],
    ['under the http driver', page(UNTIMED)],
    [
      'of failures only',
      page(runOf({ loads: [5], change: () => ({ outcome: 'empty', ttft: null, e2e: null, gaps: null }) })),
    ],
    ['of nothing', of(resultsOf([], PLAN))],
    ['of several runs', page(SATURATED, STEADY, UNTIMED)],
    ['of a server that told why', page(explainedRun({ loads: [2, 6, 10, 14, 18] }))],
    ['of a fault', page(brokenRun())],
    [
      'of a fault that nobody saw',
      page(
        brokenRun({
          injectedAt: null,
          restoredAt: null,
          detection: null,
          recovery: null,
          throughput: null,
          ttft: null,
          attempts: { pre: null, during: null, post: null },
        }),
      ),
    ],
    ['of several faults', page(suiteRun())],
    ['of many loads', page(runOf({ loads: Array.from({ length: 40 }, (_, k) => 1 + k), seconds: 4 }))],
  ];
  it.each(pages)('%s has no figure that is none', (_, html) =>
    expect(visible(html)).not.toMatch(/NaN|undefined|null|Infinity|\[object/),
  );
  it.each(pages)('%s refers to nothing outside', (_, html) => {
    expect(html).not.toMatch(/(src|href|action|url\()\s*=?\s*["']?(https?:)?\/\//i);
    expect(html.match(/<link[^>]*>/g)).toEqual(['<link rel="icon" href="data:,"/>']);
  });
  it.each(pages)('%s has a table below each chart', (_, html) =>
    expect(html.match(/<figure>/g)?.length ?? 0).toBe(html.match(/<summary>Values<\/summary>/g)?.length ?? 0),
  );

  it('runs no script but its own', () => {
    const html = page(SATURATED);
    expect(html).toMatch(/Content-Security-Policy" content="default-src 'none'; script-src 'sha256-[\w+/]{43}='; /);
    expect(html.match(/<script(?! type="application\/json")[^>]*>/g)).toEqual(['<script>']);
  });

  it('takes no markup from a server', () => {
    const evil = '</script><img src=x onerror=alert(1)>\u2028';
    const run = runOf({
      loads: [2, 6, 10, 14, 18],
      slo: 'ttft.p99<500ms',
      change: (_, __, i) => ({
        model: i % 2 ? evil : 'm',
        answered: evil,
        profile: evil,
        backend: evil,
        id: evil,
        error: evil,
      }),
    });
    const settings = { MODEL: evil, META: { [evil]: evil } };
    run.results.run = { ...run.results.run, settings, command: [evil] };
    run.results.target = { baseUrl: evil, api: evil, models: [evil], server: evil };
    const { results: told } = explainedRun({ loads: [2, 6, 10, 14, 18] });
    if (told.server) {
      const steps = told.server.steps.map((step) => ({ ...step, custom: { [evil]: step.custom.watts as Reading } }));
      run.results.server = { ...told.server, steps, prometheus: evil, notes: [evil] };
    }
    run.results.chaos = [brokenChaos(evil), brokenChaos(`other ${evil}`)];
    const html = page({ ...run, name: evil }, { ...run, name: `other ${evil}` });
    expect(html).toContain('&lt;/script>&lt;img');
    expect(html).not.toContain('<img');
    expect(html).not.toMatch(/<script type="application\/json">[^<]*\u2028/);
    expect(html.match(/<\/script>/g)).toHaveLength(chartTitles(html).length + 1);
  });
});
