import '../fakes/k6-globals.ts';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Part, Results } from '../../lib/results.ts';
import { report } from '../../scripts/records/report.ts';
import { loadRun, runsNamed, type Wanted } from '../../scripts/report/load.ts';
import { billOf, pricingOf } from '../../scripts/report/price.ts';
import { writtenRun } from '../sim/runs.ts';
import { flat } from '../sim/servers.ts';
import { open } from '../sim/simulation.ts';

const folder = mkdtempSync(join(tmpdir(), 'llmload-runs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const server = flat({ ttft: 100, tokenTime: 5, tokens: 11 });
const recordsOf = (rate: number, seconds: number, seed = 1) =>
  writtenRun(server, [open(rate, seconds)], seed, { scenario: 'constant', settings: { SLO: 'ttft.p99<1s' } });

/** A folder with these files. */
function folderOf(name: string, files: Record<string, string>): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}
const records = folderOf('records', { 'records.jsonl': recordsOf(5, 20) });
const file = join(records, 'records.jsonl');
const found = report([file]);

/** As a run saves it. */
const saved = (more: Partial<Results>) =>
  JSON.stringify({ ...found, run: { ...found.run, k6: 'v1', command: ['bin/k6'] }, ...more });

const load = (word: string, wanted: Partial<Wanted> = {}) => {
  const [named] = runsNamed([word]);
  if (!named) throw new Error('nothing');
  return loadRun(named, { charts: true, ...wanted });
};

describe('a run is told', () => {
  it('out of its records', () => {
    for (const [word, name] of [
      [file, records],
      [records, records],
    ] as const) {
      const run = load(word);
      expect(run).toMatchObject({ name, results: found, notes: [] });
      expect(run.text).toContain('llmload constant');
      expect(run.charts?.distributions.map((d) => d.metric)).toEqual(['ttft', 'tpot', 'e2e', 'itl']);
    }
    expect(load(file, { charts: false }).charts).toBeUndefined();
  });

  it('as it saved itself, in its own words', () => {
    const audit: Results['audit'] = [{ check: 'cpu', ok: false, value: 1, sentence: 'only the command knew' }];
    const path = folderOf('saved', { 'results.json': saved({ audit }), 'table.txt': 'its table\n' });
    cpSync(file, join(path, 'records.jsonl'));
    for (const word of [path, join(path, 'results.json')]) {
      const run = load(word);
      expect(run.results).toEqual(JSON.parse(readFileSync(join(path, 'results.json'), 'utf8')));
      expect(run.text).toBe('its table\n');
      expect(run.charts).toEqual(load(file).charts);
    }
  });

  it('by other terms out of its records, with what only the command knew', () => {
    const run = load(join(folder, 'saved'), { slo: 'ttft.p50<1ms' });
    expect(run.results).toMatchObject({ run: { k6: 'v1', command: ['bin/k6'] }, slo: [{ verdict: 'FAIL' }] });
    expect(run.text).toContain('ttft.p50<1ms');
  });

  it('out of its records where the results beside them are of another run', () => {
    const other = saved({ run: { ...found.run, id: 'other', k6: 'v1' } });
    const path = folderOf('strange', { 'results.json': other });
    cpSync(file, join(path, 'records.jsonl'));
    expect(load(path).results).toEqual(found);
  });

  it('without charts where there are no records, and says so', () => {
    const path = folderOf('bare', { 'results.json': saved({}) });
    const run = load(path);
    expect(run.charts).toBeUndefined();
    expect(run.notes).toEqual([expect.stringContaining(`${path} has no records.jsonl`)]);
    expect(load(path, { charts: false }).notes).toEqual([]);
    expect(() => load(path, { slo: 'chat' })).toThrow(`--slo judges the records of a run again, and ${path} has none`);
  });
});

describe('a run of several k6 runs', () => {
  const parts: Part[] = [
    { records: '01-warmup.jsonl', step: null, command: '' },
    { records: '02-5.jsonl', step: 'baseline', command: '' },
    { records: '03-5.jsonl', step: 'step_5', command: '' },
  ];
  /** All simulated runs begin at the same time: the parts do not. */
  const later = (text: string, seconds: number) =>
    text.replace(/"t":(\d+)/g, (_, t) => `"t":${Number(t) + 1000 * seconds}`);
  const path = folderOf('bench', {
    'results.json': saved({ parts, steps: [] }),
    '01-warmup.jsonl': recordsOf(5, 4, 1),
    '02-5.jsonl': later(recordsOf(5, 20, 2), 100),
    '03-5.jsonl': later(recordsOf(5, 10, 3), 200),
  });

  it('is drawn under the names that its steps have', () => {
    const { charts, notes } = load(path);
    expect(notes).toEqual([]);
    const ofTtft = charts?.distributions.filter((d) => d.metric === 'ttft');
    expect(ofTtft?.map(({ step, n }) => [step, n])).toEqual([
      ['baseline', 100],
      ['step_5', 50],
    ]);
    expect(charts?.timeline.spans.map(({ name, warm }) => [name, warm])).toEqual([
      ['warm-up', true],
      ['baseline', false],
      ['step_5', false],
    ]);
    expect(charts?.timeline.bins.reduce((sum, bin) => sum + bin.sent, 0)).toBe(170);
    expect(new Set(charts?.slowest.ttft.map((r) => r.step))).not.toContain('warmup');
  });

  it('is drawn without the records that are gone', () => {
    const less = folderOf('less', {});
    cpSync(path, less, { recursive: true });
    rmSync(join(less, '03-5.jsonl'));
    const { charts, notes } = load(less);
    expect(new Set(charts?.distributions.map((d) => d.step))).toEqual(new Set(['baseline']));
    expect(notes).toEqual([`${join(less, '03-5.jsonl')} is not there: its requests are in no chart`]);
    for (const { records: gone } of parts) rmSync(join(less, gone), { force: true });
    expect(load(less)).toMatchObject({ notes: { length: 3 } });
    expect(load(less).charts).toBeUndefined();
  });

  it('is not judged again', () => expect(() => load(path, { slo: 'chat' })).toThrow('has none of its own'));
});

describe('words name', () => {
  it('the segments of one run, or runs', () => {
    expect(runsNamed([file, 'gone.jsonl'])).toEqual([[file, 'gone.jsonl']]);
    expect(runsNamed([records, records])).toHaveLength(2);
    expect(() => runsNamed([records, file])).toThrow(`${file} is a records file, and ${records} a run; allowed: `);
    expect(() => runsNamed(['nowhere'])).toThrow('nowhere: there is no such file or folder');
  });
});

describe('prices', () => {
  it('are of all runs, or of each', () => {
    expect(pricingOf({}, 2)).toEqual({ runs: [{}, {}] });
    expect(pricingOf({ gpus: '4,2' }, 2)).toEqual({ runs: [{ gpus: 4 }, { gpus: 2 }] });
    expect(pricingOf({ price: '3.50' }, 2)).toEqual({
      runs: [
        { gpus: 1, dollarsPerGpuHour: 3.5 },
        { gpus: 1, dollarsPerGpuHour: 3.5 },
      ],
      asked: { loadFactor: 0.7, headroom: 0 },
    });
    expect(pricingOf({ gpus: '8', price: '2,$3', load: '20 req/s', headroom: '30%' }, 2)).toEqual({
      runs: [
        { gpus: 8, dollarsPerGpuHour: 2 },
        { gpus: 8, dollarsPerGpuHour: 3 },
      ],
      asked: { loadFactor: 0.7, headroom: 0.3, load: { value: 20, unit: 'req/s' } },
    });
  });

  it.each([
    [{ gpus: '1,2,3' }, '--gpus="1,2,3": 3 values for 2 runs; allowed: one for all, or one a run'],
    [{ gpus: '1,x' }, '--gpus="1,x": not a number of GPUs'],
    [{ price: '0' }, '--price="0": not a price'],
    [{ hostedPrice: '3' }, '--hosted-price is about a --price, and there is none'],
    [{ price: '1', headroom: '30%' }, '--headroom is about a --load, and there is none'],
    [{ price: '1', load: '5' }, '--load="5": not a load'],
  ])('%j are refused', (flags, why) => expect(() => pricingOf(flags, 2)).toThrow(why));

  it('make a bill where tokens were measured', () => {
    const asked = { loadFactor: 0.7, headroom: 0 };
    const priced = { gpus: 2, dollarsPerGpuHour: 3 };
    const { cost } = billOf(found, 'r', priced, asked);
    expect(cost?.rows).toMatchObject([{ gpus: 2, dollarsPerGpuHour: 3, basis: 'run', loadFactor: 1 }]);
    expect(billOf({ ...found, steps: [] }, 'r', priced, asked)).toEqual({
      note: 'r has no output tok/s of a steady load to price',
    });
  });
});
