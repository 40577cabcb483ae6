import { describe, expect, it } from 'vitest';
import { compare } from '../../lib/analysis/ab/compare.ts';
import { ofShare, sectioned, worth } from '../../lib/analysis/ab/intervals.ts';
import type { Part, Parts } from '../../lib/analysis/ab/parts.ts';
import { sentenceOf } from '../../lib/analysis/ab/sentence.ts';
import { judgeRun } from '../../lib/analysis/analyze.ts';
import { columnsOf, type RecordLine } from '../../lib/analysis/columns/columns.ts';
import { tQuantile } from '../../lib/analysis/stats/interval.ts';
import type { Step } from '../../lib/load/plan.ts';
import { comparisonText } from '../../lib/report/ab.ts';
import type { Comparison, Difference } from '../../lib/results.ts';
import { failure, line, times } from './make.ts';

/** A target whose blocks have this value each, as `ended`. */
const partsOf = (values: readonly number[]): Parts => ({
  blocks: values.map((ended) => ({ ended }) as Part),
  whole: { ended: values.reduce((sum, v) => sum + v / values.length, 0) } as Part,
});
const ended = ({ ended: value }: Part) => value;
/** No two neighbours are alike: nothing is taken off for that. */
const jumping = (n: number, by: number) => times(n, (k) => (k % 2 ? by : -by));

describe('sectioned', () => {
  it("is Student's t over the blocks' differences", () => {
    const found = sectioned(partsOf(times(10, () => 100)), partsOf(jumping(10, 3).map((v) => 105 + v)), ended);
    const { value, low, high } = found?.at(0.99) ?? expect.fail('no interval');
    const half = (tQuantile(0.995, 9) * Math.sqrt(90 / 9)) / Math.sqrt(10);
    expect([value, low, high].map((x) => x.toFixed(6))).toEqual([5, 5 - half, 5 + half].map((x) => x.toFixed(6)));
  });

  it('takes no notice of what hits both alike', () => {
    const drift = times(20, (k) => 100 + 10 * k);
    const found = sectioned(partsOf(drift), partsOf(drift.map((v) => v + 2)), ended);
    const { low, high } = found?.at(0.9999) ?? expect.fail('no interval');
    expect(low).toBeCloseTo(2, 9);
    expect(high).toBeCloseTo(2, 9);
  });

  it('is wider where neighbours are alike, by as much as independent blocks are fewer', () => {
    const rough = times(30, (k) => [0, 0, 1, 1, 2, 2, -1, -1, -2, -2][k % 10] as number);
    const width = (values: number[]) => {
      const found = sectioned(partsOf(times(30, () => 0)), partsOf(values), ended)?.at(0.99);
      return found ? found.high - found.low : Number.NaN;
    };
    const mixed = rough.map((_, k) => rough[(k * 7) % 30] as number);
    expect(worth(rough)).toBeLessThan(0.6);
    expect(worth(mixed)).toBeGreaterThan(0.8);
    expect(width(rough)).toBeGreaterThan(1.3 * width(mixed));
  });

  it('reaches around both estimates where the whole is not the mean of its blocks', () => {
    const [a, b] = [partsOf(times(10, () => 100)), partsOf(times(10, () => 100))];
    b.whole.ended = 101;
    const { low, high } = sectioned(a, b, ended)?.at(0.99) ?? expect.fail('no interval');
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(1);
  });

  it('says nothing below ten blocks with a value', () => {
    const blocks = times(10, (k) => (k === 4 ? Number.NaN : k));
    const parts = partsOf(blocks);
    parts.whole.ended = 5;
    expect(sectioned(parts, parts, ended)).toBeUndefined();
  });
});

describe('ofShare', () => {
  const parts = (failed: readonly number[], asked = 40): Parts => ({
    blocks: failed.map((count) => ({ failed: count, asked }) as Part),
    whole: { failed: failed.reduce((a, b) => a + b, 0), asked: asked * failed.length } as Part,
  });
  const share = (a: Parts, b: Parts) =>
    ofShare(
      a,
      b,
      (p) => p.failed,
      (p) => p.asked,
    ).at(0.9999);

  it('tells 2 % of failures from none', () => {
    const { value, low } = share(parts(times(30, () => 0)), parts(times(30, (k) => (k % 2 ? 1 : 2))));
    expect(value).toBeCloseTo(0.0375, 9);
    expect(low).toBeGreaterThan(0);
  });

  it('does not where they all come in one burst', () => {
    const { value, low } = share(parts(times(30, () => 0)), parts(times(30, (k) => (k === 7 ? 40 : 0))));
    expect(value).toBeCloseTo(1 / 30, 9);
    expect(low).toBeLessThan(0);
  });
});

/** One request each 100 ms for 60 s to each target, in turn ± 1 ms around its TTFT. */
const targets = (of: (name: string, i: number) => RecordLine = () => ({})): RecordLine[] =>
  times(600, (i) => i).flatMap((i) =>
    ['a', 'b'].map((name) => {
      const ttft = (name === 'a' ? 100 : 105) + ((i * 7) % 10) / 5 - 1;
      return line(100 * i, { i, scenario: name, step: '8', ttft, ttfo: ttft, ...of(name, i) });
    }),
  );
const step = (name: string, parts: Partial<Step> = {}): Step => ({
  name,
  scenario: name,
  target: name,
  load: { kind: 'closed', concurrency: 8 },
  phase: 'steady',
  offset: 0,
  duration: 60_000,
  judged: true,
  ...parts,
});
const wanted = { stream: true, driver: 'native', ignoreEos: false, caching: false };
function compared(lines: RecordLine[], parts: Partial<Step> = {}): Comparison {
  const columns = columnsOf(lines);
  const { measured } = judgeRun(columns, { steps: [step('a', parts), step('b', parts)], terms: [], wanted });
  return compare(columns, measured) ?? expect.fail('no comparison');
}
const figure = (found: Comparison, name: Difference['figure']) => found.differences.find((d) => d.figure === name);

describe('compare', () => {
  it('tells what the second target adds', () => {
    const found = compared(targets());
    expect(found).toMatchObject({ a: 'a', b: 'b', blocks: 30, blockMs: 2000 });
    expect(figure(found, 'ttft.p50')).toMatchObject({ confidence: 0.99, shown: true });
    expect(figure(found, 'ttft.p50')?.delta).toBeCloseTo(5, 9);
    expect(figure(found, 'e2e.p50')).toMatchObject({ a: 1000, b: 1000, delta: 0, shown: false });
    expect(figure(found, 'itl.mean')).toMatchObject({ a: 100, b: 100, shown: false });
    expect(found.sentence).toMatch(
      /^b adds 5\.0+ ms to TTFT p50 \(99 %: .*\); no difference shown: TTFT p99, ITL mean, E2E p50/,
    );
  });

  it('counts what ended and what arrived', () => {
    const found = compared(targets());
    // Those that began in the last second of 60 ended after it.
    expect(figure(found, 'req/s')?.a).toBeCloseTo(590 / 60, 9);
    expect(figure(found, 'tok/s')?.a).toBeGreaterThan(98);
    expect(figure(found, 'tok/s')?.a).toBeLessThan(100);
  });

  it('leaves out of an open loop what is our own doing, unless one falls behind', () => {
    const open: Partial<Step> = { load: { kind: 'open', rate: 10 } };
    expect(figure(compared(targets(), open), 'req/s')).toBeUndefined();
    const late = targets((name, i) => (name === 'b' && i > 300 ? { lag: 200 } : {}));
    expect(figure(compared(late, open), 'req/s')).toBeDefined();
  });

  it('compares cached shares where one has some, and errors where there are any', () => {
    expect(compared(targets()).differences.map((d) => d.figure)).not.toContain('errors');
    const found = compared(
      targets((name, i) =>
        name === 'a' ? { cached: 0 } : i % 10 === 3 ? failure(100 * i, { scenario: 'b', i }) : { cached: 4 },
      ),
    );
    expect(figure(found, 'cached')).toMatchObject({ a: 0, b: 0.8, shown: true });
    expect(figure(found, 'errors')).toMatchObject({ a: 0, b: 0.1, shown: true });
    expect(found.sentence).toContain('raises the cached share by 80');
  });

  it('compares nothing where one target says nothing of it', () => {
    const found = compared(targets((name) => (name === 'a' ? { cached: 4 } : { gaps: null })));
    expect(found.differences.map((d) => d.figure)).not.toContain('cached');
    expect(found.differences.map((d) => d.figure)).not.toContain('itl.mean');
  });

  it('has no p99 without the requests for it, and says so', () => {
    const few = targets((_, i) => ({ warm: i % 2 === 0 }));
    const found = compared(few);
    expect(figure(found, 'ttft.p99')).toBeUndefined();
    expect(found.sentence).toMatch(/; too few requests to compare: TTFT p99, ITL p99$/);
  });

  it.each<[string, RecordLine[]]>([
    ['answers of 7.0 s take a DURATION of 70 s or more', targets(() => ({ e2e: 7000, end: 7000 }))],
    [
      '40 answers of one target are too few, it takes 80: a longer DURATION',
      targets((_, i) => ({ warm: i % 15 !== 0 })),
    ],
    ['no request to b succeeded', targets((name, i) => (name === 'b' ? failure(100 * i, { scenario: 'b', i }) : {}))],
  ])('not compared: %s', (why, lines) => {
    expect(compared(lines)).toMatchObject({ blocks: 0, differences: [], sentence: `not compared: ${why}` });
  });

  it('gives each step only what went to its own target', () => {
    const columns = columnsOf(targets());
    const { measured } = judgeRun(columns, { steps: [step('a'), step('b')], terms: [], wanted });
    for (const { result } of measured) expect(result.inFlight).toBeCloseTo(10, 0);
  });
});

const difference = (parts: Partial<Difference>): Difference => ({
  figure: 'ttft.p50',
  a: 50,
  b: 51.8,
  delta: 1.8,
  low: 1.6,
  high: 2,
  confidence: 0.99,
  shown: true,
  ...parts,
});

describe('in words', () => {
  it('says what it takes where there are no records', () => {
    const columns = columnsOf(targets());
    const { measured } = judgeRun(columns, { steps: [step('a')], terms: [], wanted });
    const steps = measured.map((m) => m.result);
    expect(comparisonText({ steps })).toEqual(['not compared: that needs the records that bin/k6 keeps']);
  });

  it.each<[string, Partial<Difference>]>([
    ['b adds 1.80 ms to TTFT p50 (99 %: 1.60 to 2.00)', {}],
    ['b takes 1.80 ms off TTFT p50 (99 %: 1.60 to 2.00)', { delta: -1.8, low: -2, high: -1.6 }],
    ['b lowers req/s by 2.0 (99 %: 1.0 to 3.0)', { figure: 'req/s', delta: -2, low: -3, high: -1 }],
    [
      'b raises the error rate by 2.0 percentage points (99 %: 1.0 to 3.0)',
      { figure: 'errors', delta: 0.02, low: 0.01, high: 0.03 },
    ],
    ['no difference shown: TTFT p50', { shown: false }],
  ])('%s', (text, parts) => expect(sentenceOf('b', [difference(parts)])).toBe(text));

  it('names the target once, then what is not shown', () => {
    const all = [difference({}), difference({ figure: 'req/s' }), difference({ figure: 'itl.mean', shown: false })];
    expect(sentenceOf('b', all)).toMatch(/^b adds 1.*, raises req\/s by 1.*; no difference shown: ITL mean$/);
  });

  it('is a table of at most 120 columns', () => {
    const names = { a: 'a'.repeat(31), b: 'b'.repeat(31) };
    const differences = [
      difference({ a: 123_456.7, b: 234_567.8, delta: 111_111.1, low: 111_110.9, high: 111_111.3 }),
      difference({ figure: 'cached', a: 0, b: 0.7, delta: 0.7, low: 0.6, high: 0.8 }),
    ];
    const comparison = { ...names, blocks: 30, blockMs: 2000, differences, sentence: sentenceOf(names.b, differences) };
    const lines = comparisonText({ comparison, steps: [] });
    for (const text of lines) expect(text.length).toBeLessThanOrEqual(120);
    expect(lines.slice(0, 3).join('\n')).toMatchInlineSnapshot(`
      "figure          aaaaaaaaaaaaa… bbbbbbbbbbbbb…          Δ            99 % interval     Δ % shown
      TTFT p50 ms          123456.70      234567.80 +111111.10 +111110.90 to +111111.30   90.0% yes
      cached share %               0             70        +70               +60 to +80       – yes"
    `);
  });
});
