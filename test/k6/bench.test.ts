/** `llmload bench`, end to end, with phases of a second or two. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test, vi } from 'vitest';
import { readRecords } from '../../lib/analysis/columns/columns.ts';
import type { Results } from '../../lib/results.ts';
import { root } from '../../scripts/build/root.mjs';
import { each, type Fake, matrix, prometheus, vllm } from '../fakes/prometheus.ts';
import { folderOf, mockOf } from './own.ts';
import { lastLine, runCommand, startCommand, until } from './run.ts';

// What measures is alone; the rest is mostly waiting.
vi.setConfig({ maxConcurrency: 2 });

/** 4 answers at a time, 60 ms each: 66 a second. */
const SLOTS = { models: ['mock'], slots: 4, ttftMs: 20, tokenMs: 10, tokens: 5 };
/** Evenly spaced: what little is sent is spread well. */
const BASELINE = ['--arrival', 'constant', '--baseline', '10', '--baseline-time', '2s'];
const SHORT = ['--warmup-time', '1s', '--warmup', '0s', ...BASELINE];
const CANARY = 'sk-canary-7d1f93aa';

function kept(cwd: string) {
  const [name = '', ...more] = readdirSync(join(cwd, 'runs'));
  expect(more).toEqual([]);
  const folder = join(cwd, 'runs', name);
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  return { folder, files: readdirSync(folder), read, results: JSON.parse(read('results.json')) as Results };
}

function errorsOf(results: object): unknown[] {
  const schema = JSON.parse(readFileSync(join(root, 'docs/results.schema.json'), 'utf8'));
  const formats = { 'date-time': /^\d{4}-\d\d-\d\dT[\d:.]+Z$/ };
  const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true, formats }).compile(schema);
  validate(results);
  return validate.errors ?? [];
}

describe('llmload bench', () => {
  test('every phase, the sentence, the folder; a part can be run again; no secret anywhere', async (own) => {
    const mock = await mockOf(own, { ...SLOTS, apiKey: CANARY });
    const cwd = folderOf(own);
    const stairs = ['--staircase', '30:130:100:2s', '--validation-time', '2s', '--slo', 'ttft.p50<5s,errors<50%'];
    const cost = ['--gpus', '2', '--price', '3', '--load', '100 req/s'];
    const env = { API_KEY: CANARY };
    const args = ['bench', '--url', mock.url, ...SHORT, ...stairs, ...cost, '--meta', 'commit=1a2b3c', '--json', '-'];
    const run = await runCommand(args, env, cwd);
    expect(run.code, run.output).toBe(0);

    const { folder, files, read, results } = kept(cwd);
    expect(errorsOf(results)).toEqual([]);
    expect(JSON.parse(run.stdout)).toEqual(results);
    const { steps, parts = [], bench, limit } = results;
    const names = steps.map((s) => s.name);
    expect([names[0], names.at(-1)]).toEqual(['baseline', 'validation']);
    expect(names).toContain('step_130');
    expect(limit?.range[1]).not.toBeNull();
    expect(steps.at(-1)?.load).toEqual({ kind: 'open', rate: limit?.recommended });
    expect(bench).toMatchObject({ verdict: 'PASS', quick: false, validation: 'validation', interrupted: false });
    expect(bench?.sentence).toMatch(
      / req\/s holds ttft\.p50<5s,errors<50% at 99 % confidence; it breaks between .* waiting$/,
    );
    expect(bench?.phases.map((p) => p.name)).toEqual(['warmup', 'baseline', 'search', 'validation']);
    expect(new Set(results.slo.map((v) => v.step))).toEqual(new Set(['validation']));
    expect(results.cost?.rows.length).toBeGreaterThan(0);
    expect(results.run).toMatchObject({ scenario: 'bench', k6: expect.stringMatching(/^v/) });
    expect(results.run.settings).toMatchObject({ META: { commit: '1a2b3c' }, WORKLOAD: expect.anything() });

    // Every request of every part, as the server has them; the rest are the single ones before and between.
    const lines = parts.map((part) => readRecords(read(part.records)).lines);
    expect(parts.map((part) => part.step)).toEqual([null, ...names.filter((n) => n !== 'validation'), 'validation']);
    parts.forEach(({ step }, k) => {
      if (step) expect(lines[k]?.length, step).toBe(steps.find((s) => s.name === step)?.requests);
    });
    expect(bench?.phases.map((p) => p.requests).reduce((a, b) => a + b)).toBe(lines.flat().length);
    expect(results.run.warmupRequests).toBe(lines[0]?.length);
    const known = new Set(mock.truth().map((entry) => entry.id));
    expect(lines.flat().every((line) => known.has(String(line.id)))).toBe(true);
    const alone = mock.truth().length - lines.flat().length;
    expect(alone).toBeGreaterThanOrEqual(2);
    expect(alone).toBeLessThan(60);

    expect(files).toEqual(expect.arrayContaining(['01-warmup.jsonl', '02-10.jsonl', 'table.txt', 'report.html']));
    expect(run.stderr).toMatch(/^phase +load +time +requests why$/m);
    expect(run.stderr).toMatch(
      /^validation: \S+ req\/s for 2 s, \d+ requests: certifies ttft\.p50<5s with up to \d+ m/m,
    );
    expect(lastLine(run.stderr)).toMatch(/^report: runs\/.*-bench\/report\.html$/);
    const table = read('table.txt');
    expect(table).toContain('overall PASS');
    expect(table).toContain('for 100 req/s');
    for (const line of table.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120);

    // Each command was told when its part began, and does the same again.
    const commands = read('commands.txt').trimEnd().split('\n');
    expect(commands).toEqual(parts.map((part) => part.command));
    for (const command of commands) expect(run.stderr).toContain(`$ ${command}\n`);
    const before = read('02-10.jsonl');
    const shell = { cwd, env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' } as const;
    const again = await promisify(execFile)('sh', ['-c', `${commands[1]}`], shell);
    // Of an arrival rate k6 may start one more at the end, or on a busy machine come too late for the last.
    const [, requests] = /^step_10 +[\d.]+ +(\d+) /m.exec(again.stdout) ?? [];
    expect(Math.abs(Number(requests) - (steps[0]?.requests ?? 0))).toBeLessThanOrEqual(2);
    expect(read('02-10.jsonl')).toBe(before);

    for (const file of files) expect(readFileSync(join(folder, file), 'utf8'), file).not.toContain(CANARY);
    expect(run.output).not.toContain(CANARY);
    expect(commands[0]).toContain('API_KEY="$API_KEY"');
  });

  test('says why it breaks where a Prometheus knows; its password is nowhere', async (own) => {
    // 26 a second, so slowly that no client is the limit.
    const mock = await mockOf(own, { ...SLOTS, ttftMs: 100 });
    const fake: Fake = (query, range) =>
      query.includes('vllm:kv_cache_usage_perc')
        ? matrix({ metric: {}, values: each(range, (at) => (query.includes('timestamp(') ? at : 0.99)) })
        : vllm(() => 41, 1)(query, range);
    const { port } = await prometheus(fake, new Date(), own);
    const cwd = folderOf(own);
    // Nothing is under way as the baseline begins; the longer it is, the less that looks like a queue that grows.
    const phases = [...SHORT, '--baseline-time', '4s', '--warmup-time', '0s'];
    const stairs = ['--staircase', '60:60:1:4s', '--validation-time', '2s'];
    const server = ['--prometheus', `http://me:${CANARY}@127.0.0.1:${port}`];
    const args = ['bench', '--quick', '--url', mock.url, ...phases, ...stairs, '--slo', 'errors<50%', ...server];
    const run = await runCommand(args, {}, cwd);
    expect(run.code, run.output).toBe(0);
    expect(run.stderr).toContain(`metrics of the server: vLLM, by http://127.0.0.1:${port}\n`);
    const { folder, files, read, results } = kept(cwd);
    expect(errorsOf(results)).toEqual([]);
    const why = 'requests wait: 41 at 60 req/s while the KV cache is at 99 %';
    expect(results.server?.steps.map(({ step }) => step)).toEqual(['baseline', 'step_60', 'validation']);
    expect(results.server?.bottleneck).toEqual({ kind: 'kv_cache', step: 'step_60', sentence: why });
    expect(results.bench?.sentence).toMatch(new RegExp(`; it breaks between 10 and 60 req/s: [\\w ]+, ${why}$`));
    expect(read('table.txt')).toContain(`\nbottleneck: KV cache (step_60): ${why}\n`);
    expect(read('report.html')).toContain('<section id="server"');
    for (const file of files) expect(readFileSync(join(folder, file), 'utf8'), file).not.toContain(CANARY);
    expect(run.output).not.toContain(CANARY);

    const again = await runCommand(['report', folder, ...server, '--markdown'], {}, cwd);
    expect(again.code, again.output).toBe(0);
    expect(again.stdout).toContain(`- bottleneck: KV cache (step\\_60): ${why}\n`);
  });

  test('quick: observed, and 99 where the SLO does not hold', async (own) => {
    const mock = await mockOf(own, SLOTS);
    const cwd = folderOf(own);
    const phases = [...SHORT, '--warmup-time', '0s', '--staircase', '20:20:1:2s', '--validation-time', '2s'];
    const run = await runCommand(['bench', '--quick', '--url', mock.url, ...phases, '--slo', 'ttft.p50<1ms'], {}, cwd);
    expect(run.code, run.output).toBe(99);
    const { results } = kept(cwd);
    expect(errorsOf(results)).toEqual([]);
    expect(results.bench).toMatchObject({ verdict: 'FAIL', quick: true });
    expect(results.slo.map((v) => v.kind)).toEqual(['observed']);
    expect(results.bench?.sentence).toMatch(
      /^\d+ req\/s did not hold ttft\.p50<1ms for 2 s, observed: ttft\.p50<1ms is /,
    );
    expect(run.stdout).toMatch(/^SLO, observed /m);
    expect(run.stderr).toMatch(/^1\/4|^2\/4|^validation: /m);
  });

  test.concurrent('SIGINT in the validation: what was measured so far, 130', async (own) => {
    const mock = await mockOf(own, SLOTS);
    const cwd = folderOf(own);
    const phases = [...SHORT, '--warmup-time', '0s', '--staircase', '20:20:1:2s', '--validation-time', '10m'];
    const { child, ended } = startCommand(['bench', '--url', mock.url, ...phases], {}, cwd);
    const validating = () =>
      existsSync(join(cwd, 'runs')) &&
      readdirSync(join(cwd, 'runs')).some((name) => {
        const file = join(cwd, 'runs', name, '03-validation.jsonl');
        return existsSync(file) && readRecords(readFileSync(file, 'utf8')).lines.length >= 20;
      });
    await until(validating);
    child.kill('SIGINT');
    const run = await ended;
    expect(run.code, run.output).toBe(130);
    const { results, files } = kept(cwd);
    expect(errorsOf(results)).toEqual([]);
    expect(results.bench).toMatchObject({ interrupted: true, validation: 'validation' });
    expect(results.bench?.sentence).toMatch(/stopped after \d+ s/);
    expect(results.steps.at(-1)?.requests).toBeGreaterThanOrEqual(20);
    expect(files).toEqual(expect.arrayContaining(['report.html', 'table.txt']));
    expect(run.stdout).toContain('doubt: interrupted before the validation was over');
  });

  test.concurrent('SIGINT before anything was measured: one line, 130', async (own) => {
    const mock = await mockOf(own, SLOTS);
    const cwd = folderOf(own);
    const { child, ended } = startCommand(['bench', '--url', mock.url, '--warmup-time', '10m'], {}, cwd);
    await until(() => mock.truth().length >= 5);
    child.kill('SIGTERM');
    const run = await ended;
    expect(run.code, run.output).toBe(130);
    expect(lastLine(run.stderr)).toBe('llmload: interrupted before the baseline was measured');
    expect(run.stdout).toBe('');
  });

  test('a server that cannot hold the baseline: no validation, a report, 1', async (own) => {
    const mock = await mockOf(own, { models: ['mock'], slots: 1, queue: 0, ttftMs: 300, tokens: 5, tokenMs: 1 });
    const cwd = folderOf(own);
    const run = await runCommand(['bench', '--url', mock.url, ...SHORT, '--warmup-time', '0s'], {}, cwd);
    expect(run.code, run.output).toBe(1);
    const { results, files } = kept(cwd);
    expect(errorsOf(results)).toEqual([]);
    expect(results.bench?.verdict).toBeNull();
    expect(lastLine(run.stderr)).toMatch(
      /^llmload: Even 10 req\/s breaks it: errors, .*there is no load to judge chat at$/,
    );
    expect(files).toContain('report.html');
    expect(results.steps.map((s) => s.name)).toEqual(['baseline']);
  });
});

describe('llmload bench stops before any load', () => {
  test.for<[string[], RegExp]>([
    [['--rate', '5'], /--rate: the search sets the load itself; allowed: --baseline, /],
    [['--staircase', '5:100:5'], /--staircase 5:100:5: 3 parts, not 4/],
    [['--load', '20 req/s'], /--load is about a --price, and there is none/],
    [['--slo', 'good'], /SLO="good": no such profile/],
    [['--baseline-time', '1s', '--baseline', '0.5'], /--baseline: no request in --baseline-time/],
    [['--selector', 'job="vllm"'], /--selector is about a --prometheus, and there is none/],
    [['--prometheus', 'http://'], /--prometheus="http:\/\/": not an address/],
    [['--by', 'concurrency'], /unknown option '--by'/],
  ])('%j', async ([args, says], own) => {
    const cwd = folderOf(own);
    const run = await runCommand(['bench', '--url', '127.0.0.1:9', ...args], {}, cwd);
    expect(run.code, run.output).toBe(107);
    expect(lastLine(run.stderr)).toMatch(says);
    expect(existsSync(join(cwd, 'runs'))).toBe(false);
  });

  test('where its Prometheus does not answer', async (own) => {
    const mock = await mockOf(own, SLOTS);
    const run = await runCommand(['bench', '--url', mock.url, '--prometheus', '127.0.0.1:1']);
    expect(run.code, run.output).toBe(1);
    expect(run.stderr).toMatch(/^llmload: Prometheus at http:\/\/127\.0\.0\.1:1 cannot be asked: .+\n$/);
    expect(mock.truth()).toEqual([]);
  });
});
