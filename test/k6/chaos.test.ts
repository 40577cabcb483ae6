/** The scenario chaos under real k6: hooks of the test's own, asked in their turn, whatever ends the run; and no word of where they are. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { FaultNote } from '../../lib/analysis/chaos/result.ts';
import type { RecordLine } from '../../lib/analysis/columns/columns.ts';
import { routed } from '../mock/routed.ts';
import { CANARY, hooksFor, killing } from './hooks.ts';
import { folderFor, type K6Ended, mockFor, runCommand, runScenario, startScenario, until } from './run.ts';

/** Forty requests before the fault, forty while it lasts, sixty after it. */
const SHORT = { MODEL: 'mock', RATE: 20, VUS: 40, INJECT_AT: '2s', RESTORE_AT: '4s', WATCH: '3s' };

/** Half of each. */
const QUICK = { ...SHORT, INJECT_AT: '1s', RESTORE_AT: '2s', WATCH: '1500ms' };

const notesOf = (run: K6Ended): FaultNote[] => (run.records?.faults ?? []) as unknown as FaultNote[];
const phasesOf = (run: K6Ended) =>
  ['pre', 'during', 'post'].map((phase) => run.lines.filter((line) => line.phase === phase));
describe('a server that dies and comes back', () => {
  test('the hooks are asked in their turn, between two phases, and noted with what they say', async () => {
    const mock = await mockFor();
    const hooks = await hooksFor(killing(mock));
    const started = startScenario('chaos', { BASE_URL: mock.url, ...SHORT, ...hooks.settings, FAULT: 'a fault' });
    const run = await started.ended;
    expect(hooks.asked, run.output).toEqual(['POST inject', 'POST restore']);
    const [inject, restore] = notesOf(run);
    expect(notesOf(run)).toHaveLength(2);
    expect(inject).toMatchObject({
      did: 'inject',
      name: 'it is dead',
      asked: expect.any(Number),
      at: expect.any(Number),
    });
    expect(restore).toMatchObject({ did: 'restore', name: 'it is dead', at: expect.any(Number) });
    expect(inject).not.toHaveProperty('error');
    expect(restore?.asked).toBeGreaterThanOrEqual((inject?.asked ?? 0) + 1900);
    // A request that k6 sent late may be on the wrong side of a line, most of a phase may not.
    const [pre = [], during = [], post = []] = phasesOf(run);
    expect([pre, during, post].every((lines) => lines.length > 30)).toBe(true);
    const begun = (line: RecordLine) => Number(line.t) - Number(line.connect ?? 0);
    const most = (lines: readonly RecordLine[], is: (line: RecordLine) => boolean) =>
      expect(lines.filter(is).length).toBeGreaterThan(lines.length / 2);
    most(pre, (line) => begun(line) < Number(inject?.asked));
    most(during, (line) => begun(line) > Number(inject?.asked) && begun(line) < Number(restore?.asked));
    most(post, (line) => begun(line) > Number(restore?.asked));
    // What the fault did is there to be seen.
    most(pre, (line) => line.outcome === 'ok');
    most(during, (line) => line.outcome === 'connection');
    expect(run.results?.steps.map((step) => [step.name, step.scenario, step.phase])).toEqual(
      ['pre', 'during', 'post'].map((phase) => [phase, 'step_20', phase]),
    );
    // Hooks are no requests of the load.
    expect(run.lines.every((line) => line.scenario === 'step_20')).toBe(true);
    expect(run.results?.audit.every(({ check }) => !/fault/.test(check))).toBe(true);
    expect(run.results?.chaos).toMatchObject([{ fault: 'it is dead', injectedAt: inject?.at, shown: true }]);
    const again = await runCommand(['report', started.recordsFile, '--json', '-']);
    expect(JSON.parse(again.stdout).chaos).toEqual(run.results?.chaos);
  });

  test('SIGINT while it is dead: it is brought back, once', async () => {
    const mock = await mockFor();
    const hooks = await hooksFor(killing(mock));
    const { child, ended } = startScenario('chaos', {
      BASE_URL: mock.url,
      ...SHORT,
      RESTORE_AT: '10m',
      ...hooks.settings,
    });
    await until(() => hooks.asked.length > 0);
    child.kill('SIGINT');
    const run = await ended;
    expect(run.code, run.output).toBe(105);
    expect(hooks.asked).toEqual(['POST inject', 'POST restore']);
    expect(
      notesOf(run)
        .filter((note) => !note.error)
        .map((note) => note.did),
    ).toContain('restore');
    expect(run.records?.doubts).toEqual([]);
    expect(run.results?.steps).toHaveLength(3);
  });

  test('its SLO: before and after by SLO, while it lasted by SLO_DURING alone', async () => {
    const mock = await mockFor();
    const hooks = await hooksFor(killing(mock));
    const slo = { SLO: 'ttft.p50<60s', SLO_DURING: 'errors<1%' };
    const run = await runScenario('chaos', { BASE_URL: mock.url, ...SHORT, ...hooks.settings, ...slo });
    expect(run.code, run.output).toBe(99);
    expect(run.results?.slo.map(({ step, term, verdict }) => [step, term, verdict])).toEqual([
      ['pre', 'ttft.p50<60s', 'PASS'],
      ['during', 'errors<1%', 'FAIL'],
      ['post', 'ttft.p50<60s', 'PASS'],
    ]);
  });
});

test('hooks that do nothing never pass', async () => {
  const mock = await mockFor();
  const hooks = await hooksFor();
  const run = await runScenario('chaos', { BASE_URL: mock.url, ...QUICK, ...hooks.settings });
  expect(run.code, run.output).toBe(99);
  expect(notesOf(run).map(({ did, name, at }) => [did, name, at])).toEqual([
    ['inject', 'fault', undefined],
    ['restore', 'fault', undefined],
  ]);
  expect(run.results?.chaos).toMatchObject([{ shown: false, verdict: 'NOT_MEASURED' }]);
});

test('without CHAOS_RESTORE_URL a fault is to heal by itself, and that is said', async () => {
  const mock = await mockFor();
  const hooks = await hooksFor();
  const { CHAOS_INJECT_URL } = hooks.settings;
  const run = await runScenario('chaos', { BASE_URL: mock.url, ...QUICK, CHAOS_INJECT_URL });
  expect(hooks.asked).toEqual(['POST inject']);
  expect(run.stderr).toContain('CHAOS_RESTORE_URL is not set');
});

/** Everything a run left behind. */
function leftBy(run: K6Ended, ...folders: string[]): Record<string, string> {
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  return { output: run.output, ...Object.fromEntries(files.map((file) => [file, readFileSync(file, 'utf8')])) };
}

describe.each([
  ['a hook that refuses', undefined, 'HTTP 503: no such fault'],
  ['no hook at all', `http://127.0.0.1:1/${CANARY}/inject`, 'connection refused'],
  ['a host that is none', `http://${CANARY}.invalid/inject`, 'no such host'],
])('%s', (_, address, why) => {
  test('ends the run, says why in one line, and gives nothing away', async () => {
    const mock = await mockFor();
    const refuse = () => Promise.reject(new Error('no such fault'));
    const { asked, settings } = await hooksFor({ inject: refuse, restore: refuse });
    const samples = folderFor();
    const hooks = { ...settings, ...(address && { CHAOS_INJECT_URL: address }) };
    const started = startScenario('chaos', { BASE_URL: mock.url, ...QUICK, WATCH: '10m', ...hooks }, [
      '--out',
      `json=${join(samples, 'samples.json')}`,
    ]);
    const run = await started.ended;
    expect(run.code, run.output).toBe(99);
    expect(run.stderr.split('\n').filter((line) => line.includes('the fault was not made'))).toHaveLength(1);
    expect(run.stderr).toContain(`CHAOS_INJECT_URL: ${why}`);
    // It may have been made in part.
    expect(asked.filter((name) => name === 'POST restore')).toHaveLength(1);
    expect(run.stderr).toContain('the fault was not undone: CHAOS_RESTORE_URL: HTTP 503: no such fault');
    expect(notesOf(run)).toMatchObject([
      { did: 'inject', error: expect.stringContaining(why) },
      { did: 'restore', error: expect.stringContaining('HTTP 503') },
    ]);
    expect(run.results?.chaos).toMatchObject([{ injectedAt: null, shown: false, verdict: 'NOT_MEASURED' }]);
    // What was never reached is no drop.
    expect(run.results?.steps[2]).toMatchObject({ dropped: 0 });
    const left = leftBy(run, dirname(started.recordsFile), samples);
    expect(Object.keys(left)).toHaveLength(4);
    for (const [what, text] of Object.entries(left)) expect(text, what).not.toContain(CANARY);
  });
});

test('SPIKE: the load itself jumps and falls back, and is noted as it does', async () => {
  const mock = await mockFor();
  const run = await runScenario('chaos', { BASE_URL: mock.url, ...QUICK, SPIKE: 2 });
  const counts = phasesOf(run).map((lines) => lines.length);
  for (const [k, planned] of [20, 40, 30].entries()) expect(Math.abs((counts[k] ?? 0) - planned)).toBeLessThan(10);
  expect(counts.reduce((a, b) => a + b)).toBeGreaterThanOrEqual(88);
  expect(run.results?.steps.map((step) => [step.asked, step.dropped])).toEqual([20, 40, 20].map((rate) => [rate, 0]));
  const [inject, restore] = notesOf(run);
  expect([inject, restore]).toMatchObject([
    { did: 'inject', name: '2× load' },
    { did: 'restore', name: '2× load' },
  ]);
  expect(Number(restore?.at) - Number(inject?.at)).toBe(1000);
});

test('a k6 without records asks the hooks too, and cannot pass', async () => {
  const mock = await mockFor();
  const hooks = await hooksFor(killing(mock));
  const run = await runScenario('chaos', { BASE_URL: mock.url, ...QUICK, ...hooks.settings, LLMLOAD_NATIVE: '' });
  expect(run.code, run.output).toBe(99);
  // The last one is teardown's, which knows of no notes.
  expect(hooks.asked).toEqual(['POST inject', 'POST restore', 'POST restore']);
  expect(run.stderr).toContain('only bin/k6 keeps');
  expect(run.results?.steps.map((step) => step.name)).toEqual(['pre', 'during', 'post']);
  expect(run.results?.chaos).toBeUndefined();
});

test.each([
  [{}, 'CHAOS_INJECT_URL=\\"\\": not set'],
  [{ SPIKE: 2, CHAOS_INJECT_URL: `http://h/${CANARY}` }, 'SPIKE=\\"2\\": CHAOS_INJECT_URL is set too'],
  [{ CHAOS_INJECT_URL: `${CANARY}:80` }, 'CHAOS_INJECT_URL=\\"…\\": not an address'],
  [{ SPIKE: 2, RESTORE_AT: '1s' }, 'RESTORE_AT=\\"1s\\"'],
  [{ SPIKE: 2, SLO_DURING: 'ttft.p50' }, 'SLO_DURING=\\"ttft.p50\\"'],
])('%j: 107 before any load', async (settings, says) => {
  const run = await runScenario('chaos', { BASE_URL: 'http://127.0.0.1:9', ...QUICK, ...settings });
  expect(run.code).toBe(107);
  expect(run.stderr).toContain(says);
  expect(run.output).not.toContain(CANARY);
});

test('ATTEMPTS_HEADER: each record says how often the router asked, beside who answered', async () => {
  const { router, mocks } = await routed([{ models: ['mock'] }, { models: ['mock'] }]);
  await mocks[0]?.inject({ fault: 'dead' });
  const headers = { ATTEMPTS_HEADER: 'x-router-attempts', BACKEND_HEADER: 'X-Router-Backend' };
  const load = { MODEL: 'mock', CONCURRENCY: 1, TOTAL_REQUESTS: 6 };
  const run = await runScenario('blast', { BASE_URL: router.url, ...load, ...headers });
  expect(run.code, run.output).toBe(0);
  expect(run.lines.map((line) => line.backend)).toEqual(Array(6).fill('b'));
  const attempts = run.lines.map((line) => line.attempts);
  expect(attempts).toContain(2);
  expect(attempts.every((n) => n === 1 || n === 2)).toBe(true);
});
