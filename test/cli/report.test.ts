import '../fakes/k6-globals.ts';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { RecordLine } from '../../lib/analysis/columns/columns.ts';
import type { Results } from '../../lib/results.ts';
import type { Definition } from '../../lib/run.ts';
import { extrasOf } from '../../scripts/records/extras.ts';
import { report } from '../../scripts/records/report.ts';
import { closed, failure, line, open, times } from '../lib/make.ts';
import { nearly } from '../nearly.ts';

const folder = mkdtempSync(join(tmpdir(), 'llmload-report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SETTINGS = {
  BASE_URL: 'http://host',
  API: 'openai-chat',
  STREAM: true,
  OUTPUT_TOKENS: 10,
  IGNORE_EOS: false,
  SLO: 'chat,goodput>0.1',
  SEED: 7,
};
const HEADER = {
  llmload: 1,
  kind: 'run',
  run: 'r',
  started: '2026-01-01T00:00:00.000Z',
  scenario: 'blast',
  driver: 'native',
  settings: SETTINGS,
  steps: [closed()],
  routing: false,
  models: ['a', 'b'],
};
const START = Date.parse(HEADER.started);
const ended = (lines: RecordLine[]): object[] => [
  { kind: 'judged', t: START + 60_000 },
  { kind: 'end', requests: lines.filter((l) => l.kind === undefined).length, cut: 0, dropped: {} },
];
const setup = (share = 1, more = {}) => ({ kind: 'setup', model: 'a, b', share, ...more });

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
/** A records file of these lines; said: what stands between its header and them. */
const records = (
  name: string,
  lines: RecordLine[],
  header: object = {},
  said: object[] = [setup()],
  end: object[] = ended(lines),
) => write(name, [{ ...HEADER, ...header }, ...said, ...lines, ...end].map((l) => `${JSON.stringify(l)}\n`).join(''));

const at = (i: number, parts: RecordLine = {}) => line(START + 100 * i, { i, model: 'a', answered: 'a', ...parts });

describe('a report', () => {
  it('judges as the run did, by what the file says', () => {
    const path = records(
      'one.jsonl',
      times(20, (i) => at(i)),
    );
    expect(report([path])).toMatchObject({
      run: {
        id: 'r',
        startedAt: HEADER.started,
        endedAt: '2026-01-01T00:01:00.000Z',
        scenario: 'blast',
        settings: SETTINGS,
      },
      target: { baseUrl: 'http://host', api: 'openai-chat', models: ['a'] },
      steps: [{ name: 'step_1', requests: 20, window: { from: START, to: START + 10_000 } }],
      slo: { length: 6, 0: { term: 'ttft.p50<200ms', verdict: 'PASS' } },
    });
    expect(report([path]).audit.filter((c) => /^(records|segments)/.test(c.check))).toEqual([]);
  });

  it('judges by other terms where it is told to, and says so', () => {
    const path = records(
      'other.jsonl',
      times(20, (i) => at(i)),
    );
    const { slo, run } = report([path], 'ttft.p50<99');
    expect(slo).toMatchObject([{ term: 'ttft.p50<99', verdict: 'FAIL' }]);
    expect(run.settings.SLO).toBe('ttft.p50<99');
    expect(() => report([path], 'fast')).toThrow('SLO="fast"');
  });

  it('certifies where the run did', () => {
    const path = records(
      'sla.jsonl',
      times(20, (i) => at(i)),
      { scenario: 'sla', confidence: 0.99 },
    );
    expect(report([path], 'ttft.p99<500').slo).toMatchObject([{ kind: 'certified', verdict: 'INCONCLUSIVE' }]);
  });

  it('judges routing by the names that setup learned', () => {
    const lines = [at(0), at(1, { answered: 'other', outcome: 'wrong_model', e2e: null })];
    const path = records('routing.jsonl', lines, { routing: true }, [setup(1, { expected: { a: 'a' } })]);
    expect(report([path]).routing).toMatchObject({ expected: { a: 'a' }, verdict: 'FAIL' });
  });

  const doubts = (results: Results) =>
    results.audit.filter((c) => !c.ok && c.check.startsWith('records')).map((c) => c.sentence);

  it('of a run that was killed ends with what was last heard of it, and tells what is missing', () => {
    const lines = times(5, (i) => at(i));
    const steps = [open({ duration: 60_000 })];
    const killed = records('killed.jsonl', lines, { steps }, [setup()], []);
    writeFileSync(killed, '{"t":1,"mod', { flag: 'a' });
    const results = report([killed]);
    expect(results.run.endedAt).toBe(new Date(START + 400 + 1000).toISOString());
    expect(results.steps[0]?.requests).toBe(5);
    expect(doubts(results)).toEqual([
      `${killed}: the last line is cut`,
      `${killed}: the file has no end: the run was killed, or is still going on`,
    ]);
    const live = [...lines, { kind: 'live', t: START + 5000 }];
    expect(doubts(report([records('lost.jsonl', lines, { steps }, [setup()], ended([...lines, {}]))]))).toEqual([
      `${join(folder, 'lost.jsonl')}: its end counts 6 requests, it holds 5`,
    ]);
    expect(report([records('live.jsonl', live, { steps }, [setup()], [])]).run.endedAt).toBe(
      new Date(START + 5000).toISOString(),
    );
  });

  it.each<[string, string, string]>([
    ['nothing', '', ' is empty'],
    ['something else', '{"a":1}\n', ' is no records file: its first line does not begin a run'],
    ['no JSON', 'PK\u0003\u0004\n', ' is no records file: its first line does not begin a run'],
    [
      'a later version',
      `${JSON.stringify({ ...HEADER, llmload: 2 })}\n`,
      ' is of version 2 of the records; this llmload reads version 1',
    ],
    [
      'an older run',
      `${JSON.stringify({ ...HEADER, steps: undefined })}\n`,
      ' does not say which load it was: an older llmload wrote it',
    ],
    ['two runs', `${JSON.stringify(HEADER)}\n`.repeat(2), ': line 2 begins a second run'],
  ])('refuses a file of %s', (_, text, why) => {
    const path = write('bad.jsonl', text);
    expect(() => report([path])).toThrow(`${path}${why}`);
  });

  it('refuses what is no file', () => {
    mkdirSync(join(folder, 'sub'));
    expect(() => report([join(folder, 'sub')])).toThrow('sub cannot be read: it is a folder');
    expect(() => report([join(folder, 'none')])).toThrow('none cannot be read: there is no such file');
  });
});

describe('several files', () => {
  const half = (name: string, from: number, header: object = {}, said: object[] = [setup(0.5)]) =>
    records(
      name,
      times(10, (i) => at(2 * i + from)),
      header,
      said,
    );
  const a = half('a.jsonl', 0);

  it('are one run', () => {
    const b = half('b.jsonl', 1, { run: 's', settings: { ...SETTINGS, RUN_ID: 's', RECORDS: 'x' } });
    const { run, steps, audit } = report([a, b]);
    expect(run.id).toBe('r, s');
    expect(steps).toMatchObject([{ requests: 20, load: { concurrency: 1 } }]);
    expect(audit).toContainEqual({
      check: 'segments',
      ok: true,
      value: 1,
      sentence: 'merged from 2 execution segments, 50 % + 50 % of the load',
    });
  });

  it('that are not all of it are judged against their share of the load', () => {
    const steps = [open({ load: { kind: 'open', rate: 8 } })];
    const [b, c] = [half('b.jsonl', 0, { steps }, [setup(0.25)]), half('c.jsonl', 1, { steps }, [setup(0.25)])];
    const { steps: found, audit } = report([b, c]);
    expect(found[0]?.asked).toBe(4);
    expect(audit).toContainEqual({
      check: 'segments',
      ok: false,
      value: 0.5,
      sentence: 'the records are of 2 execution segments, 25 % + 25 % of the load: judged against as much',
    });
    expect(report([b]).audit).toContainEqual(expect.objectContaining({ check: 'segments', ok: false, value: 0.25 }));
  });

  it('that began apart are told', () => {
    const late = records(
      'late.jsonl',
      times(10, (i) => at(20 + i)),
      {},
      [setup(0.5)],
    );
    expect(report([a, late]).audit.map((c) => c.check)).toContain('segments_apart');
    expect(report([a, half('b.jsonl', 1)]).audit.map((c) => c.check)).not.toContain('segments_apart');
  });

  it('whose first requests are planned apart began together', () => {
    const steps = [open({ load: { kind: 'open', rate: 10 } })];
    const [first, later] = [half('first.jsonl', 0, { steps }), half('later.jsonl', 5, { steps })];
    expect(report([first, later]).audit.map((c) => c.check)).not.toContain('segments_apart');
    const scheduled = (name: string, from: number, due: (i: number) => number) =>
      records(
        name,
        times(5, (i) => at(from + i, { due: due(from + i) })),
        { steps: [open({ load: { kind: 'open', rate: 1 }, requests: 10 })] },
        [setup(0.5)],
      );
    const [c, d] = [scheduled('c.jsonl', 0, (i) => 100 * i), scheduled('d.jsonl', 5, (i) => 100 * i)];
    expect(report([c, d]).audit.map((check) => check.check)).not.toContain('segments_apart');
    const e = scheduled('e.jsonl', 5, (i) => 100 * i - 400);
    expect(report([c, e]).audit.map((check) => check.check)).toContain('segments_apart');
  });

  const other = (settings: object) => ({ settings: { ...SETTINGS, ...settings } });
  it.each<[string, () => string, RegExp]>([
    [
      'scenarios',
      () => half('b.jsonl', 1, { scenario: 'ramp' }),
      /the scenario is blast in .*a.jsonl, ramp in .*b.jsonl/,
    ],
    ['settings', () => half('b.jsonl', 1, other({ RATE: 5 })), /: RATE is not set in .*a.jsonl, 5 in .*b.jsonl/],
    ['seeds', () => half('b.jsonl', 1, other({ SEED: 8 })), /: SEED is 7 in .*a.jsonl, 8 in .*b.jsonl/],
    ['loads', () => half('b.jsonl', 1, { steps: [] }), /: the load is \[.*…? in .*a.jsonl, \[\] in .*b.jsonl/],
    [
      'models',
      () => half('b.jsonl', 1, {}, [setup(0.5, { model: 'c' })]),
      /: the model is a, b in .*a.jsonl, c in .*b.jsonl/,
    ],
    [
      'answers',
      () => half('b.jsonl', 1, {}, [setup(0.5, { expected: { a: 'x' } })]),
      /: the expected model is not set in .*a.jsonl, \{"a":"x"\} in/,
    ],
  ])('of other %s are refused', (_, b, why) => {
    const path = b();
    expect(() => report([a, path])).toThrow('these are not parts of one run');
    expect(() => report([a, path])).toThrow(why);
  });

  it('may have another SLO where another is asked for', () => {
    const b = half('b.jsonl', 1, other({ SLO: 'batch' }));
    expect(() => report([a, b])).toThrow(/SLO is chat,goodput>0.1 in .*a.jsonl, batch in/);
    expect(report([a, b], 'chat').slo).toHaveLength(5);
  });

  it.each<[string, () => string, RegExp]>([
    ['the same file', () => a, /both hold request 0 of step_1: the same records, or the same execution segment, twice/],
    [
      'the same segment',
      () => records('b.jsonl', [at(3), at(18)], {}, [setup(0.5)]),
      /a.jsonl and .*b.jsonl both hold request 18/,
    ],
    [
      'more than all of the load',
      () => half('b.jsonl', 1, {}, [setup(0.75)]),
      /they carry 50 % \+ 75 % of the load, more than all of it/,
    ],
    [
      'a share that nobody knows',
      () => half('b.jsonl', 1, {}, []),
      /b.jsonl does not say which share of the load it carries/,
    ],
  ])('that are %s are refused', (_, b, why) => {
    const path = b();
    expect(() => report([a, path])).toThrow(why);
  });
});

describe('merged records give what one file gives', () => {
  const WARM = { warm: true, i: -1 };
  const row = fc.record({
    ms: fc.nat(12_000),
    ttft: fc.nat(900_000),
    gaps: fc.array(fc.nat(80_000), { maxLength: 12 }),
    kind: fc.nat(9),
  });
  const lineOf = (
    { ms, ttft, gaps, kind }: { ms: number; ttft: number; gaps: number[]; kind: number },
    i: number,
  ): RecordLine => {
    const model = kind % 2 ? 'a' : 'b';
    const parts = { i, model, answered: model, ...(kind === 8 && WARM) };
    if (kind === 9) return failure(START + ms, { ...parts, answered: null });
    const e2e = (ttft + gaps.reduce((x, y) => x + y, 0)) / 1000;
    const counts = { frames: gaps.length + 1, out: gaps.length + 1 };
    return line(START + ms, {
      ...parts,
      ...counts,
      ttft: ttft / 1000,
      ttfo: ttft / 1000,
      gaps: gaps.map((g) => g / 1000),
      e2e,
      end: e2e,
    });
  };
  const live = (t: number) => ({
    kind: 'live',
    t: START + t,
    in_flight: 1,
    started: 1,
    frames: 1,
    cpu: 0.5,
    lag: 1,
    cores: 2,
  });
  const rows = fc.array(row, { minLength: 1, maxLength: 60 }).map((list) => list.map(lineOf));

  /** What does not depend on how many files there are. */
  const figures = ({ steps, slo, audit, failures, run }: Results) => ({
    steps,
    slo,
    failures,
    warmup: run.warmupRequests,
    audit: audit.filter((c) => !c.check.startsWith('segments')),
  });
  const merged = (parts: RecordLine[][]): Results =>
    report(parts.map((lines, k) => records(`part-${k}.jsonl`, lines, {}, [setup(1 / parts.length)])) as [string]);

  it('to the last bit, in pieces one after the other', () =>
    fc.assert(
      fc.property(rows, fc.array(fc.nat(60), { maxLength: 4 }), (lines, cuts) => {
        const all = lines.flatMap((l, i) => (i % 8 ? [l] : [live(1000 * i), l]));
        const edges = [0, ...cuts.map((c) => c % (all.length + 1)).sort((x, y) => x - y), all.length];
        const parts = edges.slice(1).map((to, k) => all.slice(edges[k], to));
        expect(figures(merged(parts))).toEqual(figures(report([records('whole.jsonl', all)])));
      }),
      { numRuns: 40 },
    ));

  /** Which failure of a kind comes first, and how a figure in words is rounded, hangs on the order of the files. */
  const anyOrder = (results: Results) => ({
    ...figures(results),
    audit: figures(results).audit.map(({ sentence, ...check }) => check),
    failures: results.failures.map((f) => `${f.count} ${f.outcome}`).sort(),
  });

  it('dealt out to segments', () =>
    fc.assert(
      fc.property(rows, fc.integer({ min: 2, max: 5 }), fc.infiniteStream(fc.nat(4)), (lines, n, deal) => {
        const parts = times(n, (): RecordLine[] => []);
        for (const l of lines) parts[(deal.next().value as number) % n]?.push(l);
        expect(anyOrder(merged(parts))).toEqual(nearly(anyOrder(report([records('whole.jsonl', lines)]))));
      }),
      { numRuns: 40 },
    ));
});

const defined = vi.hoisted((): Definition[] => []);
vi.mock('../../lib/load-test.ts', () => ({
  loadTest(definition: Definition) {
    defined.push(definition);
    return {};
  },
}));

it.each(['constant', 'ramp', 'blast', 'mix', 'saturation', 'sla'])(
  '%s finds in a report what it finds itself',
  async (name) => {
    Object.assign(globalThis, { __ENV: { MODEL_A: 'a', MODEL_B: 'b' } });
    await import(`../../scenarios/${name}.ts`);
    expect(defined.at(-1)?.name).toBe(name);
    expect(extrasOf(name)).toEqual(defined.at(-1)?.extras ?? []);
  },
);
