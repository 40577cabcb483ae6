import '../fakes/k6-globals.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { StepResult } from '../../lib/results.ts';
import { analyzeServer, serverAfter, tryMetrics } from '../../scripts/analyze/analyze.ts';
import { metricsOf } from '../../scripts/analyze/flags.ts';
import { createPrometheus } from '../../scripts/analyze/prometheus.ts';
import { readQueries } from '../../scripts/analyze/queries.ts';
import { rangeOver } from '../../scripts/analyze/read.ts';
import { addSelector } from '../../scripts/analyze/selectors.ts';
import { each, matrix, prometheus, vllm } from '../fakes/prometheus.ts';
import { LINES, PLAN, resultsOf } from '../lib/results.ts';

const BASE = resultsOf(LINES, PLAN);
const [LIKE] = BASE.steps as [StepResult];
const FROM = 1_700_000_000;
/** Two steps of 10 s. */
const RUN = {
  ...BASE,
  steps: [5, 45].map((rate, k) => ({
    ...LIKE,
    name: `step_${rate}`,
    load: { kind: 'open' as const, rate },
    window: { from: 1000 * (FROM + 10 * k), to: 1000 * (FROM + 10 * (k + 1)) },
  })),
};

const folder = mkdtempSync(join(tmpdir(), 'llmload-queries-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
function file(content: unknown): string {
  const path = join(folder, 'queries.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe('what a Prometheus answers', () => {
  it('is read over the whole run at once, each scrape counted once and in its own step', async () => {
    const { client, asked } = await prometheus(vllm((at) => (at < FROM + 10 ? 0 : 41)));
    const { steps, absent, prometheus: url } = await analyzeServer(RUN, client);
    expect(steps.map(({ readings }) => readings.waiting)).toEqual([
      { mean: 0, max: 0, last: 0, samples: 2 },
      { mean: 41, max: 41, last: 41, samples: 2 },
    ]);
    expect(absent).not.toContain('waiting');
    expect(absent).toContain('running');
    expect(url).toBe(client.url);
    for (const { url } of asked) {
      expect(url.pathname).toBe('/api/v1/query_range');
      expect(Object.fromEntries(url.searchParams)).toMatchObject({ start: `${FROM}`, end: `${FROM + 20}`, step: '1' });
    }
  });

  it('says nothing of a step in which a series was gone, or was no number', async () => {
    const gone = await prometheus(vllm((at) => (at < FROM + 10 ? 3 : undefined)));
    const stale = await analyzeServer(RUN, gone.client);
    expect(stale.steps.map(({ readings }) => readings.waiting?.mean)).toEqual([3, undefined]);
    expect(stale.bottleneck.kind).toBeNull();
    const odd = await prometheus(vllm((at) => (at < FROM + 10 ? 3 : 'NaN')));
    expect((await analyzeServer(RUN, odd.client)).steps[1]?.readings).toEqual({});
  });

  it('says nothing of a step that only an older scrape lies before', async () => {
    // Prometheus repeats it for five minutes.
    const { client } = await prometheus((query, range) =>
      query.includes('vllm:num_requests_waiting')
        ? matrix({
            metric: { instance: 'a' },
            values: each(range, () => (query.includes('timestamp(') ? FROM + 5 : 7)),
          })
        : matrix(),
    );
    const { steps } = await analyzeServer(RUN, client);
    expect(steps.map(({ readings }) => readings.waiting?.samples)).toEqual([1, undefined]);
  });

  it('is of several instances where more than one answers', async () => {
    const { client } = await prometheus((query, range) => {
      if (!query.includes('vllm:num_requests_waiting')) return matrix();
      const values = each(range, (at) => (query.includes('timestamp(') ? at : 4));
      return matrix({ metric: { instance: 'a:8000' }, values }, { metric: { instance: 'b:8000' }, values });
    });
    const { steps, notes } = await analyzeServer(RUN, client);
    expect(steps[0]?.readings.waiting?.mean).toBe(8);
    expect(notes[0]).toMatch(/^waiting: of a:8000, b:8000 together, .* --selector$/);
  });

  it('may be by a clock of its own', async () => {
    const { client } = await prometheus(
      vllm(() => 0),
      new Date(Date.now() + 60_000),
    );
    expect((await analyzeServer(RUN, client)).notes.at(-1)).toMatch(/^the clock of Prometheus is \d\d s ahead of this/);
  });

  it('takes the first of several names that is there', async () => {
    const { client } = await prometheus((query, range) =>
      query.includes('gpu_cache_usage_perc') || query.includes('sglang:token_usage')
        ? matrix({ metric: {}, values: each(range, (at) => (query.includes('timestamp(') ? at : 0.5)) })
        : matrix(),
    );
    const { signals } = await analyzeServer(RUN, client);
    expect(signals).toMatchObject([{ signal: 'kv_cache', source: 'vLLM', instances: [''] }]);
  });

  it('may be nothing at all', async () => {
    const { client, port } = await prometheus(() => matrix());
    await expect(analyzeServer(RUN, client)).rejects.toThrow(
      `Prometheus at http://127.0.0.1:${port} knows nothing of 2023-11-14T22:13:20 to 2023-11-14T22:13:40: is the server scraped?`,
    );
    await expect(analyzeServer(RUN, client, { selectors: { gpu: 'a="b"' } })).rejects.toThrow(
      ', with this --selector: is',
    );
  });
});

describe('a Prometheus that does not answer', () => {
  it.each<[string, [number, string], string, number]>([
    ['401', [401, 'Unauthorized'], 'refuses us (401): set PROMETHEUS_TOKEN, or name user:password@', 107],
    ['403', [403, ''], 'refuses us (403)', 107],
    [
      '422',
      [422, JSON.stringify({ status: 'error', errorType: 'execution', error: 'query\ntimed out' })],
      'Prometheus refuses sum by (instance) (vllm:num_requests_waiting{}): query timed out',
      107,
    ],
    ['503', [503, JSON.stringify({ status: 'error', error: 'starting up' })], ': starting up', 1],
    ['another server', [200, '<html>'], 'is no Prometheus: /api/v1/query_range answers 200 without its JSON', 1],
    ['404', [404, '{"detail":"Not Found"}'], 'is no Prometheus: /api/v1/query_range answers 404', 1],
  ])('is told in one line: %s', async (_, answer, says, code) => {
    const { client } = await prometheus(() => answer);
    const failed = await analyzeServer(RUN, client).catch((e) => e);
    expect(failed.message).toContain(says);
    expect(failed.message).not.toContain('\n');
    expect(failed.code).toBe(code);
  });

  it('may not be there', async () => {
    const client = createPrometheus(new URL('http://127.0.0.1:1'), undefined);
    await expect(analyzeServer(RUN, client)).rejects.toThrow('Prometheus at http://127.0.0.1:1 cannot be asked: ');
  });
});

describe('around a load', () => {
  const NOW = 1000 * (FROM + 60);
  const metrics = (client: ReturnType<typeof createPrometheus>, queries: Parameters<typeof metricsOf>[0] = {}) => ({
    ...metricsOf({ prometheus: 'x', ...queries }),
    selectors: {},
    queries: [],
    prometheus: client,
  });

  it('is asked before it for all that will be asked after it', async () => {
    const { client, port, asked } = await prometheus(vllm(() => 3));
    expect(await tryMetrics(metrics(client), NOW)).toBe(`metrics of the server: vLLM, by http://127.0.0.1:${port}`);
    for (const { url } of asked) expect(url.searchParams.get('start')).toBe(`${FROM}`);
    const queries = [{ name: 'mine', query: 'sum(' }];
    const refused = await prometheus((query) => (query === 'sum(' ? [400, '{"status":"error"}'] : matrix()));
    await expect(tryMetrics({ ...metrics(refused.client), queries }, NOW)).rejects.toMatchObject({ code: 107 });
    const empty = await prometheus(() => matrix());
    expect(await tryMetrics(metrics(empty.client), NOW)).toMatch(/^warning: .* knows nothing of the last minute/);
  });

  it('is no reason to lose what was measured, if it fails after it', async () => {
    const warn = vi.fn();
    const { client } = await prometheus(vllm(() => 3));
    expect((await serverAfter(RUN, metrics(client), warn))?.steps).toHaveLength(2);
    expect(warn).not.toHaveBeenCalled();
    const gone = createPrometheus(new URL('http://127.0.0.1:1'), undefined);
    expect(await serverAfter(RUN, metrics(gone), warn)).toBeUndefined();
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(/^warning: no metrics of the server here: Prometheus at http:\/\/127.* asks again$/)],
    ]);
  });

  it('is only asked where it is named', () => {
    expect(metricsOf({})).toBeUndefined();
    expect(() => metricsOf({ selector: { gpu: 'a="b"' } })).toThrow(
      '--selector is about a --prometheus, and there is none',
    );
    expect(() => metricsOf({ queries: 'mine.json' })).toThrow('--queries is about a --prometheus');
    expect(() => metricsOf({ prometheus: 'me:pass@' })).toThrow('--prometheus="…@": not an address');
    expect(metricsOf({ prometheus: 'me:pass@host:9090/prom' })?.prometheus.url).toBe('http://host:9090/prom');
  });
});

describe('logging in', () => {
  it('is by a token or by name and password, which are never said', async () => {
    const { port, asked } = await prometheus(() => [401, '']);
    const login = (url: string, token?: string) =>
      createPrometheus(new URL(url), token)
        .range('up', { start: 0, end: 1, step: 1 }, 'x')
        .catch((e: Error) => e.message);
    const told = await login(`http://someone:s%40cret@127.0.0.1:${port}/prometheus/`);
    expect(asked.at(-1)?.request.headers.authorization).toBe(`Basic ${btoa('someone:s@cret')}`);
    expect(asked.at(-1)?.url.pathname).toBe('/prometheus/api/v1/query_range');
    expect(told).toContain(`Prometheus at http://127.0.0.1:${port}/prometheus refuses us`);
    expect(told).not.toMatch(/cret|someone/);
    expect(await login(`http://127.0.0.1:${port}`, 'hidden')).not.toContain('hidden');
    expect(asked.at(-1)?.request.headers.authorization).toBe('Bearer hidden');
    await login(`http://127.0.0.1:${port}`);
    expect(asked.at(-1)?.request.headers.authorization).toBeUndefined();
  });
});

describe('queries of one’s own', () => {
  it('stand in for a signal, or beside the signals, as they are', async () => {
    const queries = readQueries(
      file({ waiting: 'sum(my_queue)', watts: { query: 'sum(power)', limit: 700, unit: 'W' }, none: 'nothing' }),
    );
    const { client, asked } = await prometheus((query, range) =>
      query === 'nothing'
        ? matrix()
        : matrix({ metric: {}, values: each(range, () => (query.includes('power') ? 350 : 9)) }),
    );
    const { steps, signals } = await analyzeServer(RUN, client, { queries });
    expect(steps[1]?.readings.waiting?.mean).toBe(9);
    expect(steps[1]?.custom).toEqual({
      watts: { mean: 350, max: 350, last: 350, samples: 10, limit: 700, headroom: 0.5 },
    });
    expect(signals.filter(({ source }) => source === 'own query').map(({ signal, unit }) => [signal, unit])).toEqual([
      ['waiting', ''],
      ['watts', 'W'],
    ]);
    expect(asked.some(({ url }) => url.search.includes('num_requests_waiting'))).toBe(false);
  });

  it('may be a limit alone: virtual machines do not know how fast their network is', async () => {
    const queries = readQueries(file({ network_tx: { limit: 2000 } }));
    const { client } = await prometheus((query, range) =>
      query.includes('node_network_transmit_bytes_total')
        ? matrix({
            metric: { instance: 'a', device: 'eth0' },
            values: each(range, (at) => (query.includes('timestamp(') ? at : 1900 * at)),
          })
        : matrix(),
    );
    const { bottleneck } = await analyzeServer(RUN, client, { queries });
    expect(bottleneck).toMatchObject({ kind: 'network', sentence: expect.stringContaining('1.9 kB/s of 2.0 kB/s') });
  });

  it('are named when Prometheus refuses them', async () => {
    const { client } = await prometheus((query) =>
      query === 'sum(' ? [400, JSON.stringify({ status: 'error', error: 'parse error: unclosed' })] : matrix(),
    );
    await expect(analyzeServer(RUN, client, { queries: [{ name: 'mine', query: 'sum(' }] })).rejects.toThrow(
      '--queries, "mine": Prometheus refuses sum(: parse error: unclosed',
    );
  });

  it.each<[unknown, string]>([
    ['{', 'no JSON: '],
    [[], 'the file is no object'],
    [{ a: 5 }, '"a" is no object'],
    [{ a: '' }, '"a" has no query'],
    [{ a: { limit: 1 } }, '"a" has no query'],
    [{ a: { query: 'up', limits: 1 } }, '"a" has an unknown key "limits"'],
    [{ a: { query: 'up', limit: 0 } }, 'the limit of "a" is 0'],
    [{ a: { query: 'up', unit: 5 } }, 'the unit of "a" is 5'],
  ])('%j is refused', (content, says) => expect(() => readQueries(file(content))).toThrow(says));

  it('a file that is not there is told', () =>
    expect(() => readQueries(join(folder, 'none'))).toThrow('there is no such file'));
});

describe('selectors', () => {
  it('are of all metrics, or of one kind', () => {
    expect(addSelector('job="v"', {})).toEqual({ engine: 'job="v"', gpu: 'job="v"', node: 'job="v"' });
    const own = addSelector('gpu: Hostname=~"a.*",gpu!="1"', {});
    expect(own).toEqual({ gpu: 'Hostname=~"a.*",gpu!="1"' });
    const both = { engine: 'job="v"', gpu: 'Hostname=~"a.*",gpu!="1"', node: 'job="v"' };
    expect(addSelector('job="v"', own)).toEqual(both);
    expect(addSelector('gpu:Hostname=~"a.*",gpu!="1"', addSelector('job="v"', {}))).toEqual(both);
  });

  it.each(['', 'job', 'job=v', '{job="v"}', 'job="v"} or up{a="b"', 'cpu:job="v"', 'job="v",'])('%s is none', (text) =>
    expect(() => addSelector(text, {})).toThrow('no label matchers'),
  );
});

it('a long run is asked for in steps that Prometheus allows', () => {
  expect(rangeOver({ from: 1_000_500, to: 1_060_200 })).toEqual({ start: 1000, end: 1061, step: 1 });
  expect(rangeOver({ from: 0, to: 86_400_000 })).toEqual({ start: 0, end: 86_400, step: 9 });
});
