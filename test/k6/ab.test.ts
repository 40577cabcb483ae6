/** The `ab` scenario and command: two mocks, judged by what they know they did. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { quantile } from '../../lib/analysis/stats/quantile.ts';
import type { Difference, Results } from '../../lib/results.ts';
import type { Mock } from '../../mock/index.ts';
import { nearly } from '../nearly.ts';
import { folderFor, mockFor, runCommand, runScenario } from './run.ts';

/** What a mock took to its first token, p50 of the requests with these ids, ms. */
function trueTtft(mock: Mock, ids: ReadonlySet<unknown>): number {
  const own = mock.truth().filter((entry) => ids.has(entry.id));
  return quantile(Float64Array.from(own, (entry) => entry.frames[0] ?? Number.NaN).sort(), 0.5);
}
const figure = (results: Results | undefined, name: Difference['figure']) =>
  results?.comparison?.differences.find((d) => d.figure === name);

const TWO = { ttftMs: 50, tokenMs: 2, tokens: 10 };
const PREFIX = { PREFIX_TOKENS: 200, MODEL: 'mock', DURATION: '8s', CONCURRENCY: 4, WARMUP: '1s' };

test('the difference is the one that both servers tell, and only one of them caches', async () => {
  const [direct, router] = [await mockFor(TWO), await mockFor({ ...TWO, ttftMs: 80, prefixCache: 100_000 })];
  const run = await runScenario('ab', { TARGETS: `direct=${direct.url},router=${router.url}`, ...PREFIX });
  expect(run.code, run.output).toBe(0);
  const { results, lines } = run;
  expect(results?.comparison).toMatchObject({ a: 'direct', b: 'router' });

  const idsOf = (scenario: string) => new Set(lines.filter((l) => l.scenario === scenario).map((l) => l.id));
  const truth = trueTtft(router, idsOf('router')) - trueTtft(direct, idsOf('direct'));
  const ttft = figure(results, 'ttft.p50') ?? expect.fail(run.output);
  // Twice as far as its 99 % interval reaches: some five standard errors.
  expect(Math.abs(ttft.delta - truth)).toBeLessThan(ttft.high - ttft.low);
  expect(ttft.high - ttft.low).toBeLessThan(truth);

  const cached = figure(results, 'cached') ?? expect.fail(run.output);
  expect(cached).toMatchObject({ a: 0, shown: true });
  expect(cached.b).toBeGreaterThan(0.5);
  expect(run.stdout).toMatch(/^direct .*\nrouter .*\n\nfigure +direct +router /m);
  expect(results?.comparison?.sentence).toMatch(/^router .*raises the cached share by \d/);
  // Each server was asked only what its scenario sent.
  for (const [mock, name] of [
    [direct, 'direct'],
    [router, 'router'],
  ] as const)
    expect(mock.truth().filter((entry) => idsOf(name).has(entry.id))).toHaveLength(idsOf(name).size);
});

test('random arrivals, and the same from the records alone', async () => {
  const [a, b] = [await mockFor(TWO), await mockFor({ ...TWO, ttftMs: 90 })];
  const cwd = folderFor();
  const args = ['ab', '--url', a.url, '--url', b.url, '--rate', '30', '--duration', '5s', '--warmup', '1s'];
  const run = await runCommand(args, {}, cwd);
  expect(run.code, run.output).toBe(0);
  expect(run.stderr).toMatch(/^probe: a: mock at .*\nprobe: b: mock at /m);
  expect(run.stderr).toMatch(/^repeat: .*dist\/ab\.js .*-e TARGETS=a=http:\S+,b=http:\S+/m);
  const folder = join(cwd, 'runs', readdirSync(join(cwd, 'runs'))[0] ?? '');
  expect(folder).toMatch(/-ab$/);
  const results = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')) as Results;
  expect(figure(results, 'ttft.p50')).toMatchObject({ confidence: 0.99 });
  // A client without cores sends late, and then rates are no longer what was asked for.
  const kept = results.steps.every(({ dropped, late }) => dropped + late === 0);
  expect(figure(results, 'req/s') === undefined).toBe(kept);
  expect(results.steps.map((s) => s.requests + s.dropped)).toEqual([150, 150]);

  const report = await runCommand(['report', join(folder, 'records.jsonl'), '--json', '-']);
  expect((JSON.parse(report.stdout) as Results).comparison).toEqual(nearly(results.comparison));
});

describe('llmload ab stops before any load', () => {
  test.each<[string, string[], RegExp]>([
    ['no --url', [], /^llmload: no --url; allowed: two, as in --url direct=/],
    ['one', ['--url', 'a=h:1'], /^llmload: --url is there once; allowed: two/],
    ['three', ['--url', 'a=h:1', '--url', 'h:2', '--url', 'h:3'], /^llmload: --url is there 3 times; allowed: two/],
    ['one name', ['--url', 'a=h:1', '--url', 'a=h:2'], /^llmload: --url="a=h:1,a=h:2": both called a; allowed: two of/],
    ['no address', ['--url', 'h:1', '--url', 'a b'], /^llmload: --url="a=h:1,b=a b": not an address; allowed: http/],
    [
      'a typo',
      ['--url', 'h:1', '--url', 'h:2', '--rat', '5'],
      /^llmload: unknown option '--rat' \(Did you mean --rate\?\)/,
    ],
    [
      'both loads',
      ['--url', 'h:1', '--url', 'h:2', '--rate', '5', '--concurrency', '8'],
      /^llmload: RATE="5": CONCURRENCY is set too/,
    ],
  ])('%s', async (_, args, says) => {
    const run = await runCommand(['ab', ...args]);
    expect(run.stderr).toMatch(says);
    expect(run.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(run.code).toBe(107);
  });

  test('a server that does not answer is named', async () => {
    const mock = await mockFor();
    const run = await runCommand(['ab', '--url', `up=${mock.url}`, '--url', 'down=127.0.0.1:1', '--model', 'mock']);
    expect(run.stderr).toMatch(/^probe: up: mock at .*\nllmload: down: /);
    expect(run.code).toBe(1);
    expect(mock.truth()).toHaveLength(1);
  });
});
