/** Ollama's own API through real k6: what the mock knows it did, what it says of itself, and one line where it fails. */
import { expect, test } from 'vitest';
import type { ProbeResult } from '../../lib/probe-result.ts';
import type { Mock } from '../../mock/index.ts';
import { type K6Ended, lastLine, mockFor, runCommand, runScenario } from './run.ts';

/** Every request at this path, its tokens and model as the mock sent them, and no time earlier than it was. */
function expectTruth(mock: Mock, { lines }: K6Ended, path: string): void {
  const truth = new Map(mock.truth().map((entry) => [entry.id, entry]));
  expect(lines.length).toBeGreaterThan(0);
  expect(truth.size).toBe(lines.length);
  for (const line of lines) {
    const entry = truth.get(String(line.id));
    if (!entry) throw new Error(`the mock never saw ${line.id}`);
    expect(entry.path).toBe(path);
    expect(line).toMatchObject({
      outcome: 'ok',
      answered: entry.answered,
      out: entry.tokens,
      in: entry.promptTokens,
      frames: entry.frames.length,
      token_source: 'server',
    });
    expect(line.ttft).toBeGreaterThanOrEqual(entry.frames[0] ?? Number.NaN);
    expect(line.e2e).toBeGreaterThanOrEqual(entry.frames.at(-1) ?? Number.NaN);
    expect(line.gaps).toHaveLength(entry.frames.length - 1);
  }
}

test('constant: the model is the one that /api/tags lists, thoughts count as tokens', async () => {
  const mock = await mockFor({ models: ['tiny:latest'], reasoningTokens: 2, headers: 'late' });
  const run = await runScenario('constant', {
    BASE_URL: mock.url,
    API: 'ollama',
    RATE: 10,
    DURATION: '1s',
    SLO: 'ttft.p99<60s,errors<20%',
  });
  expect(run.code, run.output).toBe(0);
  expectTruth(mock, run, '/api/chat');
  expect(run.results?.target).toMatchObject({ api: 'ollama', models: ['tiny:latest'] });
  for (const line of run.lines) expect(line).toMatchObject({ model: 'tiny:latest', out: 7, finish: 'stop' });
});

test.each([
  ['ollama-chat', '/api/chat'],
  ['ollama-generate', '/api/generate'],
])('blast over %s, OUTPUT_TOKENS long', async (api, path) => {
  const mock = await mockFor({ tokens: 50 });
  const run = await runScenario('blast', {
    BASE_URL: mock.url,
    API: api,
    OUTPUT_TOKENS: 4,
    CONCURRENCY: 3,
    TOTAL_REQUESTS: 12,
  });
  expect(run.code, run.output).toBe(0);
  expectTruth(mock, run, path);
  for (const line of run.lines) expect(line).toMatchObject({ out: 4, finish: 'length' });
});

test('not streamed, and under stock k6', async () => {
  const mock = await mockFor();
  const load = { BASE_URL: mock.url, API: 'ollama', CONCURRENCY: 2, TOTAL_REQUESTS: 6 };
  const whole = await runScenario('blast', { ...load, STREAM: false });
  expect(whole.code, whole.output).toBe(0);
  for (const line of whole.lines) expect(line).toMatchObject({ outcome: 'ok', ttft: null, out: 5 });
  const stock = await runScenario('blast', { ...load, DRIVER: 'http' });
  expect(stock.code, stock.output).toBe(0);
  expect(mock.truth()).toHaveLength(12);
});

test('probe: frame by frame, with the server’s own durations', async () => {
  const mock = await mockFor({ reasoningTokens: 1, tokens: 3, ttftMs: 20, tokenMs: 2 });
  const { code, stdout, stderr } = await runCommand(['probe', '--api', 'ollama', mock.url]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^status +200 HTTP\/1.1 application\/x-ndjson$/m);
  expect(stdout).toMatch(/^ +1 .* reasoning +"The"$/m);
  expect(stdout).toMatch(/^ +2 .* content +"The"$/m);
  expect(stdout).toMatch(/^ +5 .* other +\{"model":"mock"/m);
  expect(stdout).toMatch(/^usage +\d+ in 4 out$/m);
  for (const figure of ['total_duration 26.0 ms', 'prompt_eval_duration 20.0 ms', 'eval_duration 6.0 ms'])
    expect(stdout).toMatch(new RegExp(`^timings .*\\b${figure}`, 'm'));
  expect(lastLine(stdout)).toMatch(/^OK: mock at http\S+ answered in .* 4 tokens, streamed$/);

  const json = await runCommand(['probe', '--api', 'ollama-generate', '--json', mock.url]);
  const result = JSON.parse(json.stdout) as ProbeResult;
  expect(result.serverTimings).toMatchObject({ prompt_eval_duration: 20, eval_duration: 6 });
  expect(result.log?.map(({ kind }) => kind)).toEqual(['reasoning', ...Array(3).fill('content'), 'other']);
});

test.each([
  ['an error frame', 'mock~stream_error=2', /mock~stream_error=2 at .*: the upstream closed the connection/],
  ['no last frame', 'mock~truncate=2', /after 2 frames with neither a finish reason nor a last frame/],
  ['an unknown model', 'nope', /no model nope at .*'nope' does not exist.*there are: mock$/],
])('probe: %s is one line and exit 1', async (_, model, says) => {
  const mock = await mockFor();
  const run = await runCommand(['probe', '--api', 'ollama', '--model', model, mock.url]);
  expect(run.stderr).toMatch(/^llmload: .*\n$/);
  expect(run.stderr.trimEnd()).toMatch(says);
  expect(run.code).toBe(1);
});

test('probe: a server that is no Ollama', async () => {
  const mock = await mockFor();
  const url = `${mock.url}/elsewhere`;
  const run = await runCommand(['probe', '--api', 'ollama', '--model', 'mock', url]);
  expect(run.stderr).toMatch(/no \/api\/chat at .*, and no \/api\/tags either: check BASE_URL, PATH_CHAT and API\n$/);
  expect(run.code).toBe(1);
});
