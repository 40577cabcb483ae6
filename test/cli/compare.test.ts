import '../fakes/k6-globals.ts';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compareRuns } from '../../lib/analysis/compare/compare.ts';
import { unlike } from '../../lib/analysis/compare/unlike.ts';
import { RESULTS_SCHEMA } from '../../lib/results.ts';
import { findRun } from '../../scripts/compare/find.ts';
import { type Loaded, load } from '../../scripts/compare/load.ts';
import { report } from '../../scripts/records/report.ts';
import { runOf, writtenRun } from '../sim/runs.ts';
import { flat } from '../sim/servers.ts';
import { closed, open, type Phase } from '../sim/simulation.ts';

const runs = mkdtempSync(join(tmpdir(), 'llmload-compare-'));
afterAll(() => rmSync(runs, { recursive: true, force: true }));

const server = flat({ ttft: 100, tokenTime: 5, tokens: 11 });
function add(folder: string, phase: Phase, settings: object = {}): void {
  mkdirSync(join(runs, folder), { recursive: true });
  const scenario = phase.load.kind === 'open' ? 'constant' : 'ramp';
  writeFileSync(join(runs, folder, 'records.jsonl'), writtenRun(server, [phase], 1, { scenario, settings }));
}
add('20260101-000000-constant', open(5, 10));
add('20260101-000001-ramp', closed(4, 10));
add('20260101-000001-ramp-2', closed(4, 10));
add('20260101-000001-ramp-10', closed(4, 10));
mkdirSync(join(runs, '20260101-000002-saturate'));

describe('a run is found', () => {
  const nameOf = (word: string) => findRun(word, runs).name;

  it('as the newest that holds records, or one before it of the same scenario', () => {
    expect(['last', 'last~0', 'last~1', 'last~2'].map(nameOf)).toEqual([
      '20260101-000001-ramp-10',
      '20260101-000001-ramp-10',
      '20260101-000001-ramp-2',
      '20260101-000001-ramp',
    ]);
    expect(() => nameOf('last~3')).toThrow('last~3: ');
    expect(() => nameOf('last~3')).toThrow('holds only 3 runs of ramp');
  });

  it('as the newest that holds results, where its steps were k6 runs of their own', () => {
    const all = join(runs, 'all');
    mkdirSync(join(all, '20260101-000003-saturate'), { recursive: true });
    const results = join(all, '20260101-000003-saturate', 'results.json');
    const records = join(runs, '20260101-000001-ramp', 'records.jsonl');
    const found = report([records]);
    writeFileSync(results, JSON.stringify({ ...found, run: { ...found.run, scenario: 'saturate' } }));
    mkdirSync(join(all, '20260101-000004-bench')); // still going on
    expect(findRun('last', all)).toEqual({ name: '20260101-000003-saturate', file: results, kind: 'results' });
    expect(() => findRun('last~1', all)).toThrow('holds only 1 run of saturate');
  });

  it('by its folder, its records or its results', () => {
    const folder = join(runs, '20260101-000000-constant');
    const file = join(folder, 'records.jsonl');
    expect(findRun(folder)).toEqual({ name: folder, file, kind: 'records' });
    expect(findRun(file)).toEqual({ name: folder, file, kind: 'records' });
    const results = join(runs, '20260101-000002-saturate', 'results.json');
    writeFileSync(results, '{}');
    expect(findRun(results)).toMatchObject({ kind: 'results' });
    expect(findRun(join(runs, '20260101-000002-saturate'))).toMatchObject({ file: results, kind: 'results' });
    expect(() => load(findRun(results))).toThrow(`${results} holds no results of a run`);
  });

  it('or told to be missing', () => {
    expect(() => findRun('nowhere')).toThrow('nowhere: there is no such file or folder; allowed: ');
    expect(() => findRun(runs)).toThrow(`${runs} holds neither records.jsonl nor results.json; allowed: `);
    expect(() => findRun('last', join(runs, 'none'))).toThrow('holds records.jsonl or results.json; ');
  });
});

it('records give the run that was simulated', () => {
  const { steps, told, doubts, limits } = load(findRun(join(runs, '20260101-000001-ramp')));
  expect(steps).toEqual(runOf('', server, [closed(4, 10)], 1).steps);
  expect(told).toMatchObject({ scenario: 'ramp', driver: 'native', SEED: 1 });
  expect(doubts).toEqual([]);
  expect(limits).toBeUndefined();
});

it('results without records give the same figures, and no intervals', () => {
  const records = findRun(join(runs, '20260101-000000-constant'));
  const file = join(runs, 'only.json');
  writeFileSync(file, JSON.stringify(report([records.file])));
  const [a, b] = [load(records), load(findRun(file))];
  expect(b.steps).toEqual(a.steps);
  expect(b.told).toEqual(a.told);
  const { rows } = compareRuns(a, b);
  expect(rows.length).toBeGreaterThan(5);
  for (const { change, low, why } of rows) {
    expect([change, low]).toEqual([0, null]);
    expect(why).toContain(`${file}: no records`);
  }
});

/** A search as `llmload saturate` keeps it: a k6 run for each of the loads, of which it calls the first the baseline. */
function addSearch(folder: string, rates: readonly number[], { slo = '', lost = '' } = {}): string {
  const path = join(runs, folder);
  mkdirSync(path);
  const parts = rates.map((rate, k) => {
    const records = `0${k + 1}-${rate}.jsonl`;
    const written = writtenRun(server, [open(rate, 30)], k, { scenario: 'constant' });
    if (records !== lost) writeFileSync(join(path, records), written);
    return { records, step: k === 0 ? 'baseline' : `step_${rate}`, command: '' };
  });
  const steps = rates.flatMap(
    (rate, k) => runOf('', server, [open(rate, 30, { name: parts[k]?.step ?? '' })], k, slo).steps,
  );
  const run = { id: folder, scenario: 'saturate', driver: 'native', settings: { BASELINE: rates[0], SLO: slo } };
  const limit = { by: 'rate', range: [rates.at(-2), rates.at(-1)] };
  const warmup = { records: '00-warmup.jsonl', step: null, command: '' };
  const results = { schema: RESULTS_SCHEMA, run, target: {}, steps, audit: [], limit, parts: [warmup, ...parts] };
  writeFileSync(join(path, 'results.json'), JSON.stringify(results));
  return path;
}

describe('a search', () => {
  const loaded = (...args: Parameters<typeof addSearch>) => load(findRun(addSearch(...args)));

  it('has the records of its parts, and is compared where its loads were the same', () => {
    const [a, b] = [loaded('a-saturate', [8, 16, 24]), loaded('b-saturate', [8, 16, 20])];
    const { rows, only, searched } = compareRuns(a, b);
    expect(only).toEqual({ a: ['step_24'], b: ['step_20'] });
    expect(searched).toEqual({ a: { by: 'rate', range: [16, 24] }, b: { by: 'rate', range: [16, 20] } });
    expect(new Set(rows.map(({ step }) => step))).toEqual(new Set(['baseline', 'step_16']));
    expect(rows.filter(({ figure }) => figure === 'ttft.p50').map(({ verdict }) => verdict)).toEqual([
      'no difference shown',
      'no difference shown',
    ]);
    expect(a.doubts).toEqual([]);
  });

  it('has goodput by the SLO of all of it', () => {
    const [a, b] = ['c-saturate', 'd-saturate'].map((name) => loaded(name, [8, 16], { slo: 'ttft.p99<500ms' }));
    const { rows } = compareRuns(a as Loaded, b as Loaded);
    expect(rows.filter(({ figure }) => figure === 'goodput').map(({ verdict }) => verdict)).toEqual([
      'no difference shown',
      'no difference shown',
    ]);
  });

  it('at another baseline, or with records that are gone, has no interval there', () => {
    const [a, b] = [loaded('e-saturate', [8, 16], { lost: '02-16.jsonl' }), loaded('f-saturate', [10, 16])];
    const { rows, loads } = compareRuns(a, b);
    expect(loads).toEqual([{ step: 'baseline', a: '8 req/s', b: '10 req/s' }]);
    expect(a.doubts).toEqual([`${join(runs, 'e-saturate')}: 02-16.jsonl is missing: no interval in step_16`]);
    expect(rows[0]).toMatchObject({ step: 'step_16', change: expect.any(Number), low: null });
    expect(rows[0]?.why).toMatch(/e-saturate: no records$/);
  });
});

it('execution segments of a run that lie in one folder are read together', () => {
  const folder = join(runs, 'segments');
  mkdirSync(folder);
  const lines = writtenRun(server, [open(10, 10)], 1, { scenario: 'constant' })
    .trimEnd()
    .split('\n');
  const half = (odd: number) =>
    lines
      .flatMap((text) => {
        const line = JSON.parse(text);
        if (line.kind === undefined) return line.i % 2 === odd ? [line] : [];
        return [
          line.kind === 'setup' ? { ...line, share: 0.5 } : line.kind === 'end' ? { ...line, requests: 50 } : line,
        ];
      })
      .map((line) => `${JSON.stringify(line)}\n`)
      .join('');
  for (const k of [0, 1]) writeFileSync(join(folder, `records-${k + 1}.jsonl`), half(k));
  const found = findRun(folder);
  expect(found).toMatchObject({ name: folder, file: join(folder, 'records-1.jsonl'), kind: 'records' });
  const { steps, doubts } = load(found);
  expect(steps).toEqual(runOf('', server, [open(10, 10)], 1).steps);
  expect(doubts).toEqual([]);
});

it('what runs were told differently is named, but for what always differs', () => {
  const own = { MIX: [{ model: 'm', weight: 1 }] };
  const a = {
    CONCURRENCY: 8,
    RUN_ID: 'x',
    SEED: 1,
    RECORDS: 'a',
    ...own,
    SLO: 'chat',
    META: { commit: 'c1', gpu: 'H' },
  };
  const b = { CONCURRENCY: 16, RUN_ID: 'y', SEED: 2, RECORDS: 'b', ...own, META: { commit: 'c2', gpu: 'H' } };
  const made = { k6: '1.8.1', server: undefined };
  expect(unlike({ told: a, with: made }, { told: b, with: { k6: '1.9.0', server: 'vLLM 0.11.0' } })).toEqual([
    { name: 'CONCURRENCY', a: '8', b: '16' },
    { name: 'SLO', a: 'chat', b: 'not set' },
    { name: 'META commit', a: 'c1', b: 'c2' },
    { name: 'k6', a: '1.8.1', b: '1.9.0' },
  ]);
});

it('the results beside the records say what a run doubts of itself, if they are its own', () => {
  const folder = join(runs, '20260101-000000-constant');
  const results = report([join(folder, 'records.jsonl')]);
  const doubt = { check: 'c', ok: false, value: 1, sentence: 'a doubt' };
  const write = (id: string) => {
    const told = { ...results, run: { ...results.run, id }, audit: [doubt, { ...doubt, ok: true }] };
    writeFileSync(join(folder, 'results.json'), JSON.stringify(told));
    return load(findRun(folder)).audit;
  };
  expect(write(results.run.id)).toEqual([doubt]);
  expect(write('another')).toEqual([]);
});
