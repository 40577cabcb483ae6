/** The four scenarios against what the mock knows it did: every request, its order, its outcome, its tokens, its times. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RecordLine } from '../../lib/analysis/columns/columns.ts';
import type { Mock } from '../../mock/index.ts';
import { requestRandom } from '../../mock/random.ts';
import { folderFor, type K6Ended, mockFor, runScenario } from './run.ts';

/** Each record beside the mock's entry of the same id. Setup's requests (the first probe) have an entry only. */
function matched(mock: Mock, { lines, warmup }: K6Ended, others = 0) {
  const truth = new Map(mock.truth().map((entry) => [entry.id, entry]));
  const all = [...lines, ...warmup];
  expect(truth.size).toBe(all.length + others);
  expect(new Set(all.map((line) => line.id)).size).toBe(all.length);
  return all.map((line) => {
    const entry = truth.get(String(line.id));
    if (!entry) throw new Error(`the mock never saw ${line.id}`);
    return { line, entry };
  });
}

/** Tokens, model and status as the mock sent them, and no time earlier than it was. */
function expectTruth(mock: Mock, run: K6Ended, others = 0): void {
  for (const { line, entry } of matched(mock, run, others)) {
    expect(line).toMatchObject({
      outcome: 'ok',
      status: entry.status,
      model: entry.model,
      answered: entry.answered,
      out: entry.tokens,
      in: entry.promptTokens,
      frames: entry.frames.length,
      token_source: 'server',
      finish: 'stop',
    });
    expect(line.ttft).toBeGreaterThanOrEqual(entry.frames[0] ?? Number.NaN);
    expect(line.e2e).toBeGreaterThanOrEqual(entry.frames.at(-1) ?? Number.NaN);
    expect(line.gaps).toHaveLength(entry.frames.length - 1);
  }
  expect(run.records?.doubts).toEqual([]);
  expect(run.records?.end).toMatchObject({ requests: run.lines.length + run.warmup.length, cut: 0 });
}

const indexes = (lines: RecordLine[]): number[] => lines.map((line) => Number(line.i)).sort((a, b) => a - b);
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

test('constant: RATE × DURATION requests, every index once, a missing one counted; warm-up apart', async () => {
  const mock = await mockFor();
  const run = await runScenario('constant', {
    BASE_URL: mock.url,
    RATE: 10,
    DURATION: '2s',
    WARMUP: '1s',
    SLO: 'ttft.p99<60s,errors<20%',
  });
  expect(run.code, run.output).toBe(0);
  expectTruth(mock, run);
  // At the very end k6's constant-arrival-rate may start one more, or on a busy machine come too late for the last.
  const sent = run.lines.length;
  expect([18, 19, 20, 21]).toContain(sent);
  const missed = Math.max(0, 20 - sent);
  expect(indexes(run.lines)).toEqual(upTo(sent));
  expect(run.warmup.length).toBeGreaterThan(0);
  expect(run.results?.run.warmupRequests).toBe(run.warmup.length);
  const firstSent = Math.min(...[...run.lines, ...run.warmup].map((line) => Number(line.t)));
  expect(Date.parse(run.results?.run.startedAt ?? '')).toBeLessThanOrEqual(firstSent);
  expect(run.records?.run?.started).toBe(run.results?.run.startedAt);
  const [step] = run.results?.steps ?? [];
  expect(step).toMatchObject({
    name: 'step_10',
    requests: sent,
    ok: sent,
    dropped: missed,
    outcomes: { ok: sent },
    asked: 10,
  });
  expect(step?.outputTokens).toBe(sent * 5);
  expect(step?.metrics.ttft?.n).toBe(sent);
  expect(run.records?.end?.dropped).toEqual({ step_10: 0 });
});

test('constant: starts that no VU was free for are counted as dropped, and fail the SLO', async () => {
  const mock = await mockFor({ ttftMs: 400 });
  const run = await runScenario('constant', {
    BASE_URL: mock.url,
    RATE: 20,
    DURATION: '2s',
    VUS: 2,
    SLO: 'errors<1%',
  });
  expect(run.code).toBe(99);
  const [step] = run.results?.steps ?? [];
  expect(step?.dropped).toBeGreaterThan(0);
  expect(step?.dropped).toBe(40 - run.lines.length);
  // By k6's own count, which may include one start more, at the very end.
  expect([40, 41].map((starts) => ({ step_20: starts - run.lines.length }))).toContainEqual(run.records?.end?.dropped);
  expect(step?.errorRate).toBeCloseTo((step?.dropped ?? 0) / ((step?.dropped ?? 0) + run.lines.length), 6);
  expect(run.stdout).toContain('were never sent');
});

test('ramp: three phases, and each request belongs to one of them', async () => {
  const mock = await mockFor({ ttftMs: 20 });
  const run = await runScenario('ramp', {
    BASE_URL: mock.url,
    CONCURRENCY: 4,
    RAMP_UP: '1s',
    HOLD: '1s',
    RAMP_DOWN: '1s',
    WARMUP: '200ms',
  });
  expect(run.code, run.output).toBe(0);
  expectTruth(mock, run);
  const phases = ['ramp_up', 'steady', 'ramp_down'];
  expect(run.results?.steps.map((step) => step.phase)).toEqual(phases);
  for (const phase of phases) expect(run.lines.filter((line) => line.phase === phase).length, phase).toBeGreaterThan(0);
  expect(run.results?.steps.reduce((sum, step) => sum + step.requests, 0)).toBe(run.lines.length);
});

test('blast: exactly TOTAL_REQUESTS, never more than CONCURRENCY in flight', async () => {
  const mock = await mockFor({ ttftMs: 10 });
  const run = await runScenario('blast', { BASE_URL: mock.url, CONCURRENCY: 8, TOTAL_REQUESTS: 80, WARMUP: '200ms' });
  expect(run.code, run.output).toBe(0);
  expectTruth(mock, run);
  expect(indexes(run.lines)).toEqual(upTo(80));
  expect(mostInFlight(mock)).toBeLessThanOrEqual(8);
  expect(mostInFlight(mock)).toBeGreaterThan(1);
});

test('blast with LEVELS: a row a level, the knee table', async () => {
  const mock = await mockFor({ ttftMs: 20, slots: 4 });
  const run = await runScenario('blast', {
    BASE_URL: mock.url,
    LEVELS: '1,4,8',
    DURATION: '1s',
    WARMUP: '200ms',
    OUTPUT_TOKENS: 3,
  });
  expect(run.code, run.output).toBe(0);
  expect(run.results?.steps.map((step) => step.name)).toEqual(['step_1', 'step_4', 'step_8']);
  for (const step of run.results?.steps ?? []) {
    expect(step.ok).toBe(step.requests);
    expect(step.requests).toBe(run.lines.filter((line) => line.scenario === step.scenario).length);
    expect(step.requests).toBeGreaterThan(0);
  }
  const [head = '', ...rows] = run.stdout
    .split('\n')
    .slice(run.stdout.split('\n').findIndex((l) => /^ *conc /.test(l)));
  expect(head.trim().split(/ +/)).toEqual([
    'conc',
    'req',
    'ok',
    'err',
    'req/s',
    ...'p50 p90 p99 max p50 p99'.split(' '),
  ]);
  expect(rows.slice(0, 3).map((row) => row.trim().split(/ +/)[0])).toEqual(['1', '4', '8']);
  expect(matched(mock, run).every(({ line }) => line.out === 3 && line.finish === 'length')).toBe(true);
});

test('mix: 630 and 270 of 900, each answered by the model it asked for', async () => {
  const mock = await mockFor({ models: ['a', 'b'], ttftMs: 2, tokenMs: 0, tokens: 2 });
  const run = await runScenario('mix', { BASE_URL: mock.url, MODEL_A: 'a', MODEL_B: 'b' });
  expect(run.code, run.output).toBe(0);
  expectTruth(mock, { ...run, lines: run.lines }, 2); // and one first probe a model
  const asked = (model: string) => run.lines.filter((line) => line.model === model).length;
  expect({ a: asked('a'), b: asked('b') }).toEqual({ a: 630, b: 270 });
  expect(run.results?.routing?.verdict).toBe('PASS');
  expect(new Set(run.results?.routing?.matrix)).toEqual(
    new Set([
      { asked: 'a', answered: 'a', count: 630 },
      { asked: 'b', answered: 'b', count: 270 },
    ]),
  );
});

test('mix of three', async () => {
  const mock = await mockFor({ models: ['a', 'b', 'c'] });
  const run = await runScenario('mix', { BASE_URL: mock.url, MIX: 'a:0.5,b:0.3,c:0.2', TOTAL_REQUESTS: 50 });
  expect(run.code, run.output).toBe(0);
  expect(run.results?.steps[0]?.perModel.map((m) => [m.model, m.requests]).sort()).toEqual([
    ['a', 25],
    ['b', 15],
    ['c', 10],
  ]);
});

test('a workload: exact shares of its profiles, a row each, and every request of the length that was asked', async () => {
  const mock = await mockFor({ tokenMs: 0 });
  const run = await runScenario('blast', {
    BASE_URL: mock.url,
    WORKLOAD: 'chat:0.7,code:0.2,summarization:0.1',
    // The mock ends after 5 tokens unless it is asked for fewer.
    OUTPUT_TOKENS: 'uniform:1..5',
    IGNORE_EOS: true,
    TOTAL_REQUESTS: 100,
    CONCURRENCY: 4,
    SEED: 3,
  });
  expect(run.code, run.output).toBe(0);
  const [step] = run.results?.steps ?? [];
  const shares = [
    ['chat', 70],
    ['code', 20],
    ['summarization', 10],
  ];
  expect(step?.perProfile?.map((p) => [p.profile, p.requests])).toEqual(shares);
  for (const p of step?.perProfile ?? []) expect(p.metrics.ttft?.n, p.profile).toBe(p.requests);
  for (const [name, n] of shares) expect(run.stdout).toMatch(new RegExp(`^  ${name} +${n} `, 'm'));
  // What the mock was sent is what the records say was asked for.
  const truth = new Map(mock.truth().map((entry) => [entry.id, entry]));
  for (const line of run.lines) expect(line.out).toBe(truth.get(String(line.id))?.tokens);
  expect(run.lines.every((line) => line.out === line.asked_out)).toBe(true);
  expect(new Set(run.lines.map((line) => line.asked_out)).size).toBe(5);
  const asked = run.lines.map((line) => Number(line.asked_in));
  expect(Math.min(...asked)).toBeGreaterThanOrEqual(10);
  expect(new Set(asked).size).toBeGreaterThan(50);
  const checks = new Map(run.results?.audit.map((c) => [c.check, c]));
  expect(checks.get('output_length')).toMatchObject({ ok: true, value: 0 });
  expect(checks.get('input_length')?.ok).toBe(true);
});

test('the same SEED asks the same, on one k6 and on four execution segments', async () => {
  const mock = await mockFor({ tokenMs: 0, tokens: 1 });
  const settings = {
    BASE_URL: mock.url,
    WORKLOAD: 'chat:0.6,code:0.4',
    TOTAL_REQUESTS: 40,
    CONCURRENCY: 4,
    SEED: 11,
    RUN_ID: 'fixed',
  };
  const asked = (runs: readonly K6Ended[]) =>
    runs
      .flatMap((run) => run.lines)
      .sort((a, b) => Number(a.i) - Number(b.i))
      .map(({ i, profile, asked_in, asked_out, in: counted, id }) => ({
        i,
        profile,
        asked_in,
        asked_out,
        counted,
        id,
      }));
  const whole = asked([await runScenario('blast', settings)]);
  expect(whole).toHaveLength(40);
  const quarters = ['0:1/4', '1/4:1/2', '1/2:3/4', '3/4:1'].map((segment) =>
    runScenario('blast', settings, ['--execution-segment', segment, '--execution-segment-sequence', '0,1/4,1/2,3/4,1']),
  );
  expect(asked(await Promise.all(quarters))).toEqual(whole);
});

test('lengths out of a file, under any k6; a bad line stops the run before any load', async () => {
  const mock = await mockFor({ tokens: 50 });
  const folder = folderFor();
  writeFileSync(join(folder, 'lengths.txt'), '3\n7\n');
  writeFileSync(join(folder, 'bad.txt'), '3\nseven\n');
  const settings = {
    BASE_URL: mock.url,
    TOTAL_REQUESTS: 12,
    CONCURRENCY: 2,
    WORKLOAD: 'chat:1,code:1',
    LLMLOAD_NATIVE: '',
  };
  const run = await runScenario('blast', { ...settings, OUTPUT_TOKENS: `file:${folder}/lengths.txt` });
  expect(run.code, run.output).toBe(0);
  // Before the load prompts are calibrated: one word, and a text of either kind.
  const probes = 3;
  const measured = mock.truth().slice(probes);
  expect(new Set(measured.map((entry) => entry.tokens))).toEqual(new Set([3, 7]));
  expect(run.results?.steps[0]?.perProfile?.map((p) => [p.profile, p.requests])).toEqual([
    ['chat', 6],
    ['code', 6],
  ]);
  const refused = await runScenario('blast', { ...settings, OUTPUT_TOKENS: `file:${folder}/bad.txt` });
  expect(refused.code).toBe(107);
  expect(refused.output).toMatch(/OUTPUT_TOKENS=.*line 2, .*seven.*, is no length of 1 or more; allowed: a text file/);
  expect(mock.truth()).toHaveLength(probes + 12);
});

test('mix: an answer under another name than the first probe learned fails the routing', async () => {
  // A seed under which the first two requests, the probes, are not struck.
  const honest = (seed: number) => [0, 1].every((request) => requestRandom(seed, request, 'fault')() >= 0.5);
  const seed = Array.from({ length: 100 }, (_, k) => k).find(honest);
  const mock = await mockFor({
    models: ['a'],
    modelOverrides: { b: { fault: 'wrong_model@0.5' } },
    seed: seed ?? 0,
  });
  const run = await runScenario('mix', { BASE_URL: mock.url, MODEL_A: 'a', MODEL_B: 'b', TOTAL_REQUESTS: 40 });
  const wrong = mock.truth().filter((entry) => entry.answered === 'another-model').length;
  expect(wrong).toBeGreaterThan(0);
  expect(run.results?.routing?.verdict).toBe('FAIL');
  expect(run.stdout).toContain('routing FAIL');
  expect(run.lines.filter((line) => line.outcome === 'wrong_model')).toHaveLength(wrong);
  expect(run.results?.routing?.matrix).toContainEqual({ asked: 'b', answered: 'another-model', count: wrong });
});

test('not streamed: no TTFT, the whole answer timed', async () => {
  const mock = await mockFor();
  const run = await runScenario('blast', { BASE_URL: mock.url, STREAM: false, CONCURRENCY: 2, TOTAL_REQUESTS: 10 });
  expect(run.code, run.output).toBe(0);
  for (const line of run.lines) expect(line).toMatchObject({ outcome: 'ok', ttft: null, gaps: [], out: 5 });
  expect(run.results?.steps[0]?.metrics.ttft).toBeUndefined();
});

test('completions API', async () => {
  const mock = await mockFor();
  const run = await runScenario('blast', {
    BASE_URL: mock.url,
    API: 'openai-completions',
    CONCURRENCY: 2,
    TOTAL_REQUESTS: 10,
  });
  expectTruth(mock, run);
  expect(new Set(mock.truth().map((entry) => entry.path))).toEqual(new Set(['/v1/completions']));
});

/** By the mock's own clock. */
function mostInFlight(mock: Mock): number {
  const changes = mock
    .truth()
    .flatMap(({ receivedAt, end }) => [
      { at: receivedAt, by: 1 },
      { at: receivedAt + (end ?? 0), by: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.by - b.by);
  let [now, most] = [0, 0];
  for (const { by } of changes) {
    now += by;
    most = Math.max(most, now);
  }
  return most;
}

test('execution segments: each carries its share, no index twice, nobody misses the rest', async () => {
  const mock = await mockFor();
  const settings = { BASE_URL: mock.url, RATE: 10, DURATION: '2s', WARMUP: 0, SEED: 7, SLO: 'errors<20%' };
  const runs = await Promise.all(
    ['0:1/2', '1/2:1'].map((segment) =>
      runScenario('constant', settings, ['--execution-segment', segment, '--execution-segment-sequence', '0,1/2,1']),
    ),
  );
  // Judged on the whole plan, each would miss half of it.
  for (const { code, output, results } of runs) {
    expect(code, output).toBe(0);
    expect(results?.steps[0]?.asked).toBe(5);
    expect(results?.steps[0]?.dropped).toBeLessThanOrEqual(1);
  }
  const all = indexes(runs.flatMap((run) => run.lines));
  expect(new Set(all).size).toBe(all.length);
  expect(all.length).toBeGreaterThanOrEqual(18);
});
