/** `llmload saturate`, end to end. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test, vi } from 'vitest';
import type { Results } from '../../lib/results.ts';
import { root } from '../../scripts/build/root.mjs';
import { folderOf, mockOf } from './own.ts';
import { lastLine, runCommand, startCommand, until } from './run.ts';

// What measures is alone; the rest is mostly waiting.
vi.setConfig({ maxConcurrency: 2 });

/** 4 answers at a time, 60 ms each: 66 a second. */
const SLOTS = { models: ['mock'], slots: 4, ttftMs: 20, tokenMs: 10, tokens: 5 };
/** As short as a search can be: the baseline, what holds, what breaks. */
const SHORT = ['--precision', '100%', '--warmup', '0s'];

function savedIn(cwd: string): { folder: string; files: string[]; results: Results } {
  const [name = '', ...more] = readdirSync(join(cwd, 'runs'));
  expect(more).toEqual([]);
  const folder = join(cwd, 'runs', name);
  const results = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')) as Results;
  return { folder, files: readdirSync(folder).sort(), results };
}

function errorsOf(results: object): unknown[] {
  const schema = JSON.parse(readFileSync(join(root, 'docs/results.schema.json'), 'utf8'));
  const formats = { 'date-time': /^\d{4}-\d\d-\d\dT[\d:.]+Z$/ };
  const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true, formats }).compile(schema);
  validate(results);
  return validate.errors ?? [];
}

describe('llmload saturate', () => {
  test('probes one by one, the table, the limit, what was saved', async (own) => {
    // So slowly that what a busy machine adds is little beside it: first tokens after 50 ms, or 150 ms later.
    const mock = await mockOf(own, { ...SLOTS, ttftMs: 50, tokenMs: 25 });
    const cwd = folderOf(own);
    const slo = ['--by', 'concurrency', '--baseline', '4', '--slo', 'ttft.p50<120ms,errors<1%'];
    const run = await runCommand(['saturate', '--url', mock.url, ...slo, ...SHORT, '--json', '-'], {}, cwd);
    expect(run.code, run.output).toBe(0);

    const { folder, files, results } = savedIn(cwd);
    expect(errorsOf(results)).toEqual([]);
    expect(JSON.parse(run.stdout)).toEqual(results);
    const { limit, steps } = results;
    expect(limit).toMatchObject({ by: 'concurrency', range: [4, 8], rule: 'slo' });
    expect(limit?.sentence).toMatch(
      /ttft\.p50<120ms: \d+ of \d+ requests miss it.*; that 4 holds is certified at 99 %$/,
    );
    expect(steps.map((s) => s.name)).toEqual(['baseline', 'step_8']);
    expect(files).toEqual(
      expect.arrayContaining(['01-4.jsonl', '02-8.jsonl', 'commands.txt', 'report.html', 'results.json', 'table.txt']),
    );
    expect(results.parts?.map(({ records, step }) => [records, step])).toEqual([
      ['01-4.jsonl', 'baseline'],
      ['02-8.jsonl', 'step_8'],
    ]);
    // Every request is in the results, but for the single ones before and between the probes.
    const alone = mock.truth().length - steps.reduce((sum, s) => sum + s.requests, 0);
    expect(alone).toBeGreaterThanOrEqual(2);
    expect(alone).toBeLessThan(60);

    expect(run.stderr).toMatch(/^about \d+ probes in about .*, for the limit to 100 %$/m);
    expect(run.stderr).toMatch(
      /^4 in flight \(baseline\) held: TTFT p99 [\d.]+ ms, [\d.]+ tok\/s \(10 s, \d+ requests\)$/m,
    );
    expect(run.stderr).toMatch(/^8 in flight broke: ttft\.p50<120ms: .*\(10 s, \d+ requests\)$/m);
    expect(run.stderr).toContain('limit: holds 4 in flight, breaks at 8 in flight');
    expect(run.stderr).toMatch(/^ttft\.p50<120ms +step_8 .*FAIL/m);
    expect(run.stderr).toMatch(/^searched to 100 % with \d+ requests in \d+ s$/m);
    const commands = readFileSync(join(folder, 'commands.txt'), 'utf8').trimEnd().split('\n');
    expect(commands).toEqual(results.parts?.map((part) => part.command));
    expect(commands[1]).toMatch(/dist\/blast.js .*-e DURATION=10000ms .*-e CONCURRENCY=8 /);
    expect(new Set(commands.map((c) => /-e SEED=(\d+)/.exec(c)?.[1])).size).toBe(1);
    expect(run.stderr).toMatch(/^repeat a probe: runs\/\S+\/commands\.txt /m);
    expect(lastLine(run.stderr)).toMatch(/^report: runs\/\S+\/report\.html$/);
  });

  test.concurrent('SIGINT: what was found so far, 130', async (own) => {
    const mock = await mockOf(own, SLOTS);
    const cwd = folderOf(own);
    const { child, ended } = startCommand(['saturate', '--url', mock.url, '--baseline', '20', ...SHORT], {}, cwd);
    await until(() => mock.truth().filter((entry) => entry.end !== null).length >= 240); // in the second probe
    child.kill('SIGINT');
    const run = await ended;
    expect(run.code, run.output).toBe(130);
    expect(run.stdout).toMatch(
      /^limit: (holds 20 req\/s and broke nowhere|no load was shown to hold; 20 req\/s is unclear)/m,
    );
    expect(run.stdout).toMatch(/open loop,\s+poisson/);
    expect(run.stdout).toContain('doubt: interrupted before the search was over');
    const { results, files } = savedIn(cwd);
    expect(results.steps.map((s) => s.name)).toEqual(['baseline']);
    expect(files).toContain('02-40.jsonl');
  });

  test.concurrent('a server that dies: one line, what was measured is kept', async (own) => {
    const mock = await mockOf(own, SLOTS);
    const cwd = folderOf(own);
    const { ended } = startCommand(['saturate', '--url', mock.url, '--baseline', '20', ...SHORT], {}, cwd);
    await until(() => mock.truth().length >= 100);
    await mock.close();
    const run = await ended;
    expect(run.code, run.output).toBe(1);
    expect(lastLine(run.stderr)).toMatch(
      /^llmload: after the probe at 20 req\/s the server stopped answering: .*; what was measured is kept$/,
    );
    expect(savedIn(cwd).results.steps.map((s) => s.name)).toEqual(['baseline']);
  });
});

describe('llmload saturate stops before any load', () => {
  const stops: { what: string; args: string[]; code: number; says: RegExp }[] = [
    {
      what: 'a load',
      args: ['--rate', '5'],
      code: 107,
      says: /--rate: the search sets the load itself; allowed: --by/,
    },
    { what: 'a trace', args: ['--trace', 'x.csv'], code: 107, says: /--trace: the search sets the load itself/ },
    {
      what: 'a ramp',
      args: ['--arrival', 'ramped'],
      code: 107,
      says: /ARRIVAL="ramped": its rate changes within a step/,
    },
    {
      what: 'arrivals in a closed loop',
      args: ['--by', 'concurrency', '--arrival', 'poisson'],
      code: 107,
      says: /ARRIVAL="poisson": in a closed loop answers say when requests start; allowed: --by rate/,
    },
    { what: 'an unknown flag', args: ['--mix', 'a:1,b:1'], code: 107, says: /unknown option '--mix'/ },
    { what: 'another search', args: ['--by', 'users'], code: 107, says: /--by users: unknown; allowed: rate/ },
    { what: 'no precision', args: ['--precision', '5'], code: 107, says: /--precision 5: not a share/ },
    { what: 'half a request', args: ['--by', 'concurrency', '--baseline', '0.5'], code: 107, says: /BASELINE="0.5"/ },
    { what: 'a budget too short', args: ['--budget', '30s'], code: 107, says: /too short; allowed: .*baseline alone/ },
    { what: 'an SLO on goodput', args: ['--slo', 'goodput>5'], code: 107, says: /SLO="goodput>5": little load/ },
    { what: 'a bad setting', args: ['--output-tokens', 'x'], code: 107, says: /OUTPUT_TOKENS="x": not a whole number/ },
    { what: 'the http driver', args: ['--driver', 'http'], code: 107, says: /DRIVER="http"/ },
    { what: 'an unknown model', args: ['--model', 'x'], code: 1, says: /no model x at/ },
  ];
  test.for(stops)('$what', async ({ args, code, says }, own) => {
    const mock = await mockOf(own, { models: ['mock'] });
    const cwd = folderOf(own);
    const run = await runCommand(['saturate', '--url', mock.url, ...args], {}, cwd);
    expect(run.code, run.output).toBe(code);
    expect(lastLine(run.stderr)).toMatch(says);
    expect(run.stdout).toBe('');
    expect(existsSync(join(cwd, 'runs'))).toBe(false);
    expect(mock.truth().length).toBeLessThanOrEqual(1);
  });
});
