import '../fakes/k6-globals.ts';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { resultsOfRun } from '../../scripts/analyze/run.ts';
import { LINES, PLAN, resultsOf } from '../lib/results.ts';
import { writtenRun } from '../sim/runs.ts';
import { flat } from '../sim/servers.ts';
import { closed } from '../sim/simulation.ts';

const runs = mkdtempSync(join(tmpdir(), 'llmload-runs-'));
afterAll(() => rmSync(runs, { recursive: true, force: true }));

const records = writtenRun(flat({ ttft: 100, tokenTime: 5, tokens: 11 }), [closed(4, 10, { name: 'steady' })], 1, {
  scenario: 'ramp',
});
const RESULTS = JSON.stringify(resultsOf(LINES, PLAN));
function add(folder: string, files: Record<string, string>): string {
  mkdirSync(join(runs, folder));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(runs, folder, name), text);
  return join(runs, folder);
}

it('a run is read from its results, from its records where there are none, and last is the newest that has either', () => {
  const old = add('20260101-000000-ramp', { 'records.jsonl': records });
  expect(resultsOfRun(old, runs).steps.map(({ name }) => name)).toEqual(['steady']);
  const both = add('20260101-000001-constant', { 'records.jsonl': records, 'results.json': RESULTS });
  expect(resultsOfRun(both, runs).run.scenario).toBe('constant');
  expect(resultsOfRun(join(both, 'records.jsonl'), runs).run.scenario).toBe('ramp');
  expect(resultsOfRun('last', runs).run.scenario).toBe('constant');
  add('20260101-000002-saturate', { 'results.json': RESULTS.replace('"constant"', '"saturate"'), '01-4.jsonl': '' });
  expect(resultsOfRun('last', runs).run.scenario).toBe('saturate');
  expect(() => resultsOfRun('last', join(runs, 'none'))).toThrow('holds records.jsonl');
});
