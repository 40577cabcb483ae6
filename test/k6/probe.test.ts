/** `llmload probe` and the bundle behind it: one request, one line that says what is wrong, and its exit code. */
import { describe, expect, test } from 'vitest';
import type { ProbeResult } from '../../lib/probe-result.ts';
import type { MockOptions } from '../../mock/index.ts';
import { lastLine, mockFor, runCommand, runScenario } from './run.ts';

test('a good server: frame by frame, and the verdict', async () => {
  const mock = await mockFor({ tokens: 40, ttftMs: 30 });
  const { code, stdout, stderr } = await runCommand(['probe', mock.url]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const name of ['connect', 'headers', 'first frame', 'first token', 'end', 'usage', 'finish', 'answered as'])
    expect(stdout, name).toMatch(new RegExp(`^${name} +\\S`, 'm'));
  expect(stdout).toMatch(/^ +1 .* other +\{/m); // the role
  expect(stdout).toMatch(/^ +2 .* content +"The"$/m);
  expect(stdout).toMatch(/^ +… 19 more frames$/m); // 40 with the role, finish, usage and [DONE] are 44, less 20 and 5
  expect(stdout).toMatch(/^ +43 .* other /m);
  expect(stdout).toMatch(/^ +44 .* terminal +\[DONE\]$/m);
  expect(stdout.split('\n').every((line) => line.length <= 120)).toBe(true);
  expect(lastLine(stdout)).toMatch(
    /^OK: mock at http\S+ answered in .* ms, first token after .* ms, 40 tokens, streamed$/,
  );
  expect(mock.truth()).toHaveLength(1);
});

test('--json: the same as data, true to the mock', async () => {
  const mock = await mockFor({ tokens: 7, ttftMs: 20 });
  const run = await runCommand(['probe', '--json', mock.url]);
  expect(run.code).toBe(0);
  const result = JSON.parse(run.stdout) as ProbeResult;
  const [entry] = mock.truth();
  expect(result).toMatchObject({ ok: true, model: 'mock', outcome: 'ok', status: 200, frames: 7, finish: 'stop' });
  expect(result).toMatchObject({ usage: { output: 7 }, tokenSource: 'server', answered: 'mock' });
  expect(result.requestId).toBe(entry?.id);
  expect(result.log?.map((frame) => frame.kind)).toEqual([
    'other',
    ...Array(7).fill('content'),
    'other',
    'other',
    'terminal',
  ]);
  expect(result.ttft).toBeGreaterThanOrEqual(entry?.frames[0] ?? Number.NaN);
  expect(result.firstFrameMs).toBeLessThan(result.ttft ?? 0);
});

const troubles: {
  what: string;
  mock?: Partial<MockOptions>;
  flags?: string[];
  env?: Record<string, string>;
  says: RegExp;
  code?: number;
}[] = [
  { what: 'no key', mock: { apiKey: 'k' }, says: /wants a key: set API_KEY .*401/ },
  { what: 'no key, model known', mock: { apiKey: 'k' }, flags: ['--model', 'mock'], says: /set API_KEY .*401/ },
  { what: 'wrong key', mock: { apiKey: 'k' }, env: { API_KEY: 'x' }, says: /does not accept this API_KEY .*401/ },
  { what: 'forbidden', flags: ['--model', 'mock~status=403'], says: /API_KEY .*403/ },
  { what: 'wrong path', flags: ['--path-chat', '/v9/chat'], says: /no \/v9\/chat at .*lists mock: set PATH_CHAT/ },
  { what: 'unknown model', mock: { models: ['a', 'b'] }, flags: ['--model', 'c'], says: /no model c at .*: a, b$/ },
  { what: 'several models, none chosen', mock: { models: ['a', 'b'] }, code: 107, says: /MODEL is not set; .*a, b/ },
  { what: 'no stream', mock: { fault: 'no_stream' }, says: /answers whole although STREAM=true/ },
  { what: 'HTTP 500', mock: { fault: 'status=500' }, says: /says HTTP 500/ },
  { what: 'overloaded', mock: { fault: 'rate_limited=7' }, says: /refuses more requests .*retry after 7 s/ },
  { what: 'reset', mock: { fault: 'reset=2' }, says: /broke off its answer/ },
  { what: 'cut short', mock: { fault: 'truncate=2' }, says: /the stream ended after 2 frames/ },
  { what: 'error in the stream', mock: { fault: 'stream_error=2' }, says: /upstream closed/ },
  { what: 'empty', mock: { fault: 'empty' }, says: /without any content/ },
  {
    what: 'silent from the start',
    mock: { fault: 'stall_first' },
    flags: ['--first-token-timeout', '300ms'],
    says: /no token within FIRST_TOKEN_TIMEOUT=0.3s, headers after/,
  },
  {
    what: 'silent later',
    mock: { fault: 'stall=2' },
    flags: ['--idle-timeout', '300ms'],
    says: /fell silent for IDLE_TIMEOUT=0.3s after 2 frames/,
  },
  {
    what: 'too long',
    mock: { tokens: 1000, tokenMs: 5 },
    flags: ['--timeout', '300ms', '--output-tokens', '1000'],
    says: /not done within TIMEOUT=0.3s/,
  },
  { what: 'bad setting', flags: ['--timeout', 'soon'], code: 107, says: /TIMEOUT="soon": not a duration; allowed/ },
  { what: 'misspelt flag', flags: ['--modle', 'x'], code: 107, says: /unknown option '--modle' .*--model/ },
];

describe('one line, and the exit code', () => {
  test.each(troubles)('$what', async ({ mock: options, flags = [], env = {}, says, code = 1 }) => {
    const mock = await mockFor(options);
    const run = await runCommand(['probe', mock.url, ...flags], env);
    expect(run.stderr).toMatch(/^llmload: .*\n$/); // one line, and nothing else
    expect(run.stderr.trimEnd()).toMatch(says);
    expect(run.code).toBe(code);
  });

  test('dead server: its address and the reason', async () => {
    const mock = await mockFor();
    await mock.close();
    for (const flags of [[], ['--model', 'x']]) {
      const run = await runCommand(['probe', mock.url, ...flags]);
      expect(run.stderr).toMatch(/^llmload: no answer from http:\/\/127.0.0.1:\d+.*connection refused\n$/);
      expect(run.code).toBe(1);
    }
  });

  test('no such host', async () => {
    const run = await runCommand(['probe', 'nobody.invalid:1', '--model', 'x']);
    expect(run.stderr).toMatch(/^llmload: no answer from http:\/\/nobody.invalid:1: .*no such host\n$/);
    expect(run.code).toBe(1);
  });
});

test('not streamed on purpose is fine', async () => {
  const mock = await mockFor();
  const run = await runCommand(['probe', mock.url, '--no-stream']);
  expect(run.code).toBe(0);
  expect(lastLine(run.stdout)).toMatch(/^OK: .* not streamed, 5 tokens$/);
});

test('a buffered stream and an answer without usage are noted', async () => {
  const mock = await mockFor({ fault: 'buffered', tokens: 20, tokenMs: 5, usage: 'never' });
  const run = await runCommand(['probe', mock.url]);
  expect(run.code).toBe(0);
  expect(run.stdout).toMatch(/^buffered +YES$/m);
  expect(run.stdout).toMatch(/BUFFERED/);
  expect(run.stdout).toMatch(/^note: the answer has no usage/m);
});

describe('as a plain bundle', () => {
  test('readable text, and results where SUMMARY_JSON says', async () => {
    const mock = await mockFor();
    const run = await runScenario('probe', { BASE_URL: mock.url });
    expect(run.code, run.output).toBe(0);
    expect(lastLine(run.stdout)).toMatch(/^OK: mock at/);
    expect(run.results).toMatchObject([{ ok: true }]);
  });

  test('a failure is not 0', async () => {
    const mock = await mockFor({ fault: 'status=500' });
    const run = await runScenario('probe', { BASE_URL: mock.url });
    expect(run.code).not.toBe(0);
    expect(lastLine(run.stdout)).toMatch(/^FAILED: .*HTTP 500/);
  });

  test('under stock k6 it says what is not visible', async () => {
    const mock = await mockFor();
    const run = await runScenario('probe', { BASE_URL: mock.url, LLMLOAD_NATIVE: '' });
    expect(run.code, run.output).toBe(0);
    expect(run.stdout).toMatch(/^first token +not visible$/m);
    expect(run.stdout).toContain('frames, first token and gaps are not visible');
  });
});
