import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareRuns, type Row, type Run, type RunComparison } from '../../lib/analysis/compare/compare.ts';
import { FIGURE_NAMES } from '../../lib/analysis/compare/figures.ts';
import { pooled, ratio } from '../../lib/analysis/compare/pool.ts';
import { judgeRegressions, parseFailOn } from '../../lib/analysis/compare/regression.ts';
import { bootstrapped, farOut, LOGARITHMIC, PLAIN } from '../../lib/analysis/compare/side.ts';
import { createRandom } from '../../lib/random.ts';
import { COMPARE_SCHEMA, compareMarkdown, compareText, sentenceOf } from '../../lib/report/compare.ts';
import { jitter, lognormal, missing, uniform } from '../sim/draw.ts';
import { runOf } from '../sim/runs.ts';
import { flat, slots } from '../sim/servers.ts';
import { closed, open } from '../sim/simulation.ts';

const random = createRandom(5);
const draws = (n: number, draw = uniform(90, 110)) => Float64Array.from({ length: n }, () => draw.draw(random)).sort();
const blocks = Array.from({ length: 20 }, () => draws(50));

describe('one figure of one run', () => {
  it('has the standard error that independent blocks have', () => {
    const sums = blocks.map((values) => values.reduce((a, b) => a + b, 0));
    const sizes = blocks.map(() => 50);
    // Uniform ± 10: the standard deviation is 20 / √12, of a mean of 1,000 it is 0.183; t at 0.95 with 19 degrees is 1.73.
    const { low, high } = bootstrapped(100, ratio(sums, sizes), PLAIN).at(0.95);
    expect((high - low) / 2 / 1.73).toBeGreaterThan(0.1);
    expect((high - low) / 2 / 1.73).toBeLessThan(0.35);
  });

  it('keeps most of its precision where a trend runs through it', () => {
    const rising = Array.from({ length: 20 }, (_, k) => 100 + 0.25 * k);
    const side = bootstrapped(102.4, ratio(rising, Array(20).fill(1)), LOGARITHMIC);
    const { low, high } = side.at(0.995);
    expect(high / low - 1).toBeLessThan(0.03);
  });

  it('is less sure the more alike neighbours are', () => {
    const wave = Array.from({ length: 20 }, (_, k) => 100 + 5 * Math.sin(k));
    const width = (values: number[]) => {
      const { low, high } = bootstrapped(100, ratio(values, Array(20).fill(1)), PLAIN).at(0.99);
      return high - low;
    };
    const shuffled = [...wave].sort((a, b) => ((a * 1e6) % 7) - ((b * 1e6) % 7));
    expect(width(wave)).toBeGreaterThan(1.3 * width(shuffled));
  });

  it('is a percentile of the samples of the blocks drawn, as often as they are', () => {
    const list = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 90 });
    const drawn = fc.tuple(
      fc.array(fc.tuple(list, fc.nat(3)), { minLength: 1, maxLength: 5 }),
      fc.constantFrom(0.5, 0.99),
    );
    fc.assert(
      fc.property(drawn, ([parts, q]) => {
        const pool = pooled(
          parts.map(([values]) => ({ values })),
          q,
        );
        const all = parts
          .flatMap(([values, times]) => Array(times).fill(values).flat() as number[])
          .sort((a, b) => a - b);
        const found = pool.of(parts.map(([, times]) => times));
        // The smallest that has a share of q at or below it.
        expect(found).toBe(all.length === 0 ? Number.NaN : all[Math.ceil(q * all.length * (1 - 1e-12)) - 1]);
      }),
    );
  });

  it('far out takes samples, and says how many', () => {
    const few = farOut(
      Array.from({ length: 10 }, () => draws(20)),
      0.99,
    );
    expect(few.at(0.995).high).toBeNaN();
    const { samples, of } = few.takes?.(0.995) ?? {};
    expect(of).toBe(200);
    expect(samples).toBeGreaterThanOrEqual(528);
    const many = farOut(
      Array.from({ length: 20 }, () => draws(200)),
      0.99,
    ).at(0.995);
    expect(many.low).toBeLessThan(109.8);
    expect(many.high).toBeGreaterThan(109.8);
  });
});

const service = { ttft: lognormal(200, 0.4), tokenTime: 10, tokens: uniform(20, 60) };
const server = flat(service);
const a = runOf('a', server, [closed(8, 150)], 1, 'ttft.p99<500ms');
const rowOf = ({ rows }: RunComparison, figure: Row['figure']) => rows.find((row) => row.figure === figure);
const without = ({ name, steps }: Run): Run => ({ name, steps });

describe('two runs', () => {
  it('of the same requests differ in nothing', () => {
    const { rows } = compareRuns(a, { ...a, name: 'b' });
    expect(rows.map(({ figure }) => figure)).toEqual(FIGURE_NAMES.filter((figure) => figure !== 'cached'));
    expect(new Set(rows.map(({ change }) => change))).toEqual(new Set([0]));
    expect(new Set(rows.map(({ verdict }) => verdict))).toEqual(new Set(['no difference shown']));
  });

  it('that nothing varies in are told apart, or not, all the same', () => {
    const still = (ttft: number) => runOf('', flat({ ttft, tokenTime: 10, tokens: 20 }), [open(20, 30)], 1);
    expect(rowOf(compareRuns(still(100), still(100)), 'ttft.p50')?.verdict).toBe('no difference shown');
    expect(rowOf(compareRuns(still(100), still(101)), 'ttft.p50')).toMatchObject({
      verdict: 'worse',
      low: expect.closeTo(0.01, 9),
    });
    expect(rowOf(compareRuns(still(101), still(100)), 'ttft.p50')?.verdict).toBe('better');
  });

  it('more requests a second are better, more time is worse', () => {
    const slow = runOf('b', flat({ ...service, tokenTime: 15 }), [closed(8, 60)], 2, 'ttft.p99<500ms');
    const compared = compareRuns(a, slow);
    for (const figure of ['itl.mean', 'e2e.p50', 'req/s', 'tok/s'] as const)
      expect(rowOf(compared, figure)?.verdict, figure).toBe('worse');
    expect(rowOf(compared, 'ttft.p50')?.verdict).toBe('no difference shown');
    expect(rowOf(compareRuns(slow, a), 'req/s')?.verdict).toBe('better');
    expect(sentenceOf(compared)).toMatch(
      /^b is worse than a in .*ITL mean \+50\.0 % \(step_8\).*; no difference shown in \d others/,
    );
  });

  it('rates of arrivals that the server keeps up with are our own doing', () => {
    const [one, other] = [1, 2].map((seed) => runOf('', server, [open(20, 60)], seed)) as [Run, Run];
    expect(rowOf(compareRuns(one, other), 'req/s')).toBeUndefined();
    const behind = runOf('', slots({ slots: 4, ...service }), [open(20, 60, { vus: 8 })], 2);
    expect(rowOf(compareRuns(one, behind), 'req/s')?.verdict).toBe('worse');
    expect(rowOf(compareRuns(one, behind), 'errors')?.verdict).toBe('worse');
  });

  it('goodput is compared where both have the same SLO', () => {
    const other = (slo: string) => compareRuns(a, runOf('b', server, [closed(8, 60)], 2, slo));
    expect(rowOf(other('ttft.p99<500ms'), 'goodput')?.verdict).toBe('no difference shown');
    expect(rowOf(other('ttft.p99<900ms'), 'goodput')).toBeUndefined();
    const late = flat({ ...service, ttft: missing(500, 0.4) });
    const worse = compareRuns(a, runOf('b', late, [closed(8, 60)], 2, 'ttft.p99<500ms'));
    expect(rowOf(worse, 'goodput')?.verdict).toBe('worse');
  });

  it('steps go by their names; one that only one run has is named', () => {
    const [one, other] = [
      [8, 16],
      [16, 32],
    ].map((levels, k) =>
      runOf(
        '',
        server,
        levels.map((level) => closed(level, 30)),
        k,
      ),
    ) as [Run, Run];
    const { only, rows } = compareRuns(one, other);
    expect(only).toEqual({ a: ['step_8'], b: ['step_32'] });
    expect(new Set(rows.map(({ step }) => step))).toEqual(new Set(['step_16']));
    expect(sentenceOf(compareRuns(a, { name: 'b', steps: [] }))).toBe(
      'b and a have no step in common that can be compared',
    );
  });

  it('steps of one name under other loads are not compared', () => {
    const other = runOf('b', server, [open(8, 30)], 2);
    const kinds = compareRuns(a, other);
    expect(kinds.rows).toEqual([]);
    expect(kinds.loads).toEqual([{ step: 'step_8', a: '8 in flight', b: '8 req/s' }]);
    expect(kinds.only).toEqual({ a: [], b: [] });
    // As planned, a crowd of another size is told with the settings; what a search came to is not.
    const named = (load: number) => runOf('', server, [closed(load, 30, { name: 'validation' })], load);
    expect(compareRuns(named(8), named(9)).rows.length).toBeGreaterThan(5);
    const searched = { by: 'concurrency' as const, range: [8, 10] as [number, number] };
    const found = compareRuns({ ...named(8), searched }, { ...named(9), searched });
    expect(found).toMatchObject({ rows: [], loads: [{ step: 'validation' }], searched: { a: searched, b: searched } });
  });

  it('too short to tell say what it takes', () => {
    const short = compareRuns(a, runOf('b', server, [closed(1, 20, { name: 'step_8' })], 2));
    expect(new Set(short.rows.map(({ verdict }) => verdict))).toEqual(new Set(['not compared']));
    expect(short.rows[0]?.why).toMatch(/^b: \d+ answers are too few, it takes 80$/);
    const some = compareRuns(a, runOf('b', server, [closed(4, 30, { name: 'step_8' })], 2));
    expect(rowOf(some, 'ttft.p99')).toMatchObject({ verdict: 'not compared', low: null });
    expect(rowOf(some, 'ttft.p99')?.why).toMatch(/^\d+ samples are too few, it takes \d+$/);
  });

  it('without records have figures and no intervals', () => {
    const { rows } = compareRuns(without(a), a);
    expect(rows[0]).toMatchObject({ figure: 'ttft.p50', change: 0, low: null, verdict: 'not compared' });
    expect(rows[0]?.why).toContain('no records');
  });
});

describe('the gate', () => {
  const row = (parts: Partial<Row>): RunComparison => ({
    a: 'a',
    b: 'b',
    only: { a: [], b: [] },
    loads: [],
    rows: [
      {
        step: 's',
        figure: 'ttft.p99',
        a: 1,
        b: 1,
        change: 0,
        low: 0,
        high: 0,
        verdict: 'no difference shown',
        ...parts,
      },
    ],
  });
  const verdicts = (comparison: RunComparison, text = 'ttft.p99:10%') =>
    judgeRegressions(comparison, parseFailOn(`regression=${text}`)).map(({ verdict }) => verdict);

  it.each<[string, Partial<Row>, string | undefined, string]>([
    ['certainly worse by more', { change: 0.2, low: 0.11, high: 0.3 }, undefined, 'FAIL'],
    ['worse, and perhaps by more', { change: 0.12, low: 0.04, high: 0.2 }, undefined, 'PASS'],
    ['better', { change: -0.2, low: -0.25, high: -0.15 }, undefined, 'PASS'],
    ['an interval wider than the limit', { change: 0.05, low: -0.06, high: 0.2 }, undefined, 'INCONCLUSIVE'],
    ['no interval', { change: 0.5, low: null, high: null }, undefined, 'INCONCLUSIVE'],
    ['a rate that fell', { figure: 'req/s', change: -0.2, low: -0.3, high: -0.11 }, 'req/s:10%', 'FAIL'],
    ['a rate that rose', { figure: 'req/s', change: 0.2, low: 0.15, high: 0.3 }, 'req/s:10%', 'PASS'],
    ['more errors', { figure: 'errors', change: 0.01, low: 0.006, high: 0.02 }, 'errors:0.5pp', 'FAIL'],
    ['as few errors', { figure: 'errors', change: 0, low: -0.002, high: 0.002 }, 'errors:0.5pp', 'PASS'],
  ])('%s', (_, parts, text, verdict) => expect(verdicts(row(parts), text)).toEqual([verdict]));

  it('cannot tell of what one of the runs has not', () => {
    expect(verdicts(row({}), 'goodput:5%')).toEqual(['INCONCLUSIVE']);
    expect(verdicts({ ...row({}), only: { a: ['step_9'], b: [] } })).toEqual(['INCONCLUSIVE', 'PASS']);
    expect(verdicts({ ...row({}), only: { a: [], b: ['step_9'] } })).toEqual(['PASS']);
    const loads = [{ step: 'step_8', a: '8 req/s', b: '8 in flight' }];
    expect(verdicts({ ...row({}), loads })).toEqual(['INCONCLUSIVE', 'PASS']);
  });

  it('asks no search for the loads of another', () => {
    const searched = { a: { by: 'rate' as const, range: [8, 9] as [number, number] } };
    const only = { a: ['step_9'], b: [] };
    expect(verdicts({ ...row({}), only, searched })).toEqual(['PASS']);
    expect(verdicts({ ...row({}), only, searched }, 'goodput:5%')).toEqual(['INCONCLUSIVE']);
  });

  it.each([
    ['ttft.p99:10%', 'unknown'],
    ['regression=ttft.p99', '"ttft.p99" is no FIGURE:LIMIT'],
    ['regression=ttft.p98:10%', 'no figure "ttft.p98"'],
    ['regression=toString:10%', 'no figure "toString"'],
    ['regression=errors:10%', 'a limit of errors is in pp'],
    ['regression=ttft.p99:10pp', 'a limit of ttft.p99 is in %'],
    ['regression=ttft.p99:0%', 'the limit of ttft.p99 is not above 0'],
    ['regression=ttft.p99:10%,', '"" is no FIGURE:LIMIT'],
  ])('refuses %s', (text, wrong) =>
    expect(() => parseFailOn(text)).toThrow(`--fail-on="${text}": ${wrong}; allowed: regression=FIGURE:LIMIT`),
  );
});

describe('the text', () => {
  const comparison = compareRuns(a, runOf('b', flat({ ...service, ttft: jitter(300, 0.1) }), [closed(8, 60)], 2));
  const compared = {
    ...comparison,
    a: 'runs/20260101-000000-ramp-with-a-very-long-name',
    unlike: [{ name: 'CONCURRENCY', a: '8', b: '16' }],
    doubts: ['b: the last line is cut'],
    gate: judgeRegressions(comparison, parseFailOn('regression=ttft.p50:10%')),
  };

  it('has a row a figure, what is unlike, a sentence and the gate, in 120 columns', () => {
    const text = compareText(compared);
    for (const line of text) expect(line.length, line).toBeLessThanOrEqual(120);
    expect(text.filter((line) => line.startsWith('step_8 '))).toHaveLength(comparison.rows.length);
    expect(text).toContain('CONCURRENCY: 8 against 16');
    expect(text).toContain('b: the last line is cut');
    expect(text.at(-1)).toMatch(/^FAIL ttft\.p50:10%: step_8: \d+\.\d % worse, at least \d+\.\d %$/);
  });

  it('says how often each was run, and what searches came to', () => {
    const searched = { a: { by: 'rate' as const, range: [28, 31.25] as [number, number] } };
    const loads = [{ step: 'validation', a: '28 req/s', b: '21 req/s' }];
    const text = compareText({ ...compared, repeats: 5, loads, searched });
    expect(text[0]).toBe(`b against ${compared.a}, 5 repeats each, interleaved`);
    expect(text).toContain('validation not compared: 28 req/s against 21 req/s');
    expect(text).toContain('limit: 28 to 31.25 req/s against not searched for');
    const [row] = comparison.rows as [Row];
    const wide = compareText({ ...compared, rows: [{ ...row, low: -0.999, high: 1e9 }] });
    expect(wide[2]).toContain('−99.9 to +>10000 %');
  });

  it('is a table in Markdown', () => {
    const lines = compareMarkdown({ ...compared, b: 'a|b' });
    expect(lines[0]).toBe(`### a\\|b against ${compared.a}`);
    expect(lines.filter((line) => line.startsWith('| step'))).toHaveLength(1 + comparison.rows.length);
    for (const line of lines.filter((l) => l.startsWith('| step\\_8')))
      expect(line.replaceAll('\\|', '').split('|')).toHaveLength(9);
  });

  it('as JSON fits its schema', () => {
    const schema = JSON.parse(readFileSync(new URL('../../docs/compare.schema.json', import.meta.url), 'utf8'));
    const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);
    const file = (one: object) => ({
      schema: COMPARE_SCHEMA,
      llmload: '1.0.0',
      comparisons: [{ ...one, sentence: sentenceOf(compared) }],
    });
    expect(validate(JSON.parse(JSON.stringify(file(compared)))), JSON.stringify(validate.errors)).toBe(true);
    const more = { repeats: 5, searched: { a: { by: 'rate', range: [null, 8] } } };
    expect(validate(JSON.parse(JSON.stringify(file({ ...compared, ...more }))))).toBe(true);
    expect(validate(JSON.parse(JSON.stringify(file({ ...compared, repeats: 0 }))))).toBe(false);
    expect(validate(JSON.parse(JSON.stringify(file({ ...compared, rows: [{}] }))))).toBe(false);
    expect(schema.$defs.figure.enum).toEqual(FIGURE_NAMES);
  });
});
