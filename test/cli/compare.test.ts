import '../fakes/k6-globals.ts';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compareRuns } from '../../lib/analysis/compare/compare.ts';
import { findRun } from '../../scripts/compare/find.ts';
import { load } from '../../scripts/compare/load.ts';
import { unlikeSettings } from '../../scripts/compare/unlike.ts';
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
    expect(() => nameOf('last~3')).toThrow('holds only 3 runs of ramp with records.jsonl');
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
    expect(() => findRun('last', join(runs, 'none'))).toThrow('holds records.jsonl');
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

it('what runs were told differently is named, but for what always differs', () => {
  const a = { CONCURRENCY: 8, RUN_ID: 'x', SEED: 1, RECORDS: 'a', MIX: [{ model: 'm', weight: 1 }], SLO: 'chat' };
  const b = { CONCURRENCY: 16, RUN_ID: 'y', SEED: 2, RECORDS: 'b', MIX: [{ model: 'm', weight: 1 }] };
  expect(unlikeSettings(a, b)).toEqual([
    { name: 'CONCURRENCY', a: '8', b: '16' },
    { name: 'SLO', a: 'chat', b: 'not set' },
  ]);
});
