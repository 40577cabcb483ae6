import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsOf, readRecords } from '../../lib/analysis/columns/columns.ts';
import { quantile } from '../../lib/analysis/stats/quantile.ts';
import { failure, line, times } from './make.ts';

describe('columns', () => {
  const columns = columnsOf([line(5), failure(7, { model: 'n' }), line(9, { cold: true })]);

  it('hold numbers, NaN where absent, booleans as 0 and 1', () => {
    expect(columns.n).toBe(3);
    expect([...columns.number('t')]).toEqual([5, 7, 9]);
    expect([...columns.number('ttft')]).toEqual([100, Number.NaN, 100]);
    expect([...columns.number('cold')]).toEqual([0, 0, 1]);
    expect([...columns.number('no such column')]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it('hold names as codes, −1 where absent', () => {
    const { values, codes } = columns.category('answered');
    expect(values).toEqual(['m']);
    expect([...codes]).toEqual([0, -1, 0]);
    expect(columns.category('model').values).toEqual(['m', 'n']);
  });

  it('hold the client itself, NaN where a line does not say', () => {
    const live = [
      { kind: 'live', t: 1, in_flight: 2, started: 3, frames: 4, cpu: 0.5, lag: 6, cores: 2 },
      { kind: 'live', t: 2, cpu: null, cores: 4 },
    ];
    expect(columnsOf([], live).live()).toEqual({
      t: Float64Array.of(1, 2),
      inFlight: Float64Array.of(2, Number.NaN),
      started: Float64Array.of(3, Number.NaN),
      frames: Float64Array.of(4, Number.NaN),
      cpu: Float64Array.of(0.5, Number.NaN),
      lag: Float64Array.of(6, Number.NaN),
      cores: 4,
    });
  });

  it('hold many rows', () => {
    const many = columnsOf(times(3000, (i) => line(i, { id: i % 7 ? `é-${i}` : null, model: `m${i % 3}` })));
    expect(times(3000, (i) => many.text('id', i))).toEqual(times(3000, (i) => (i % 7 ? `é-${i}` : undefined)));
    expect([...many.number('t')]).toEqual(times(3000, (i) => i));
    expect([...many.category('model').codes]).toEqual(times(3000, (i) => i % 3));
    expect(many.text('model', 2999)).toBe('m2');
  });

  it('hold texts', () => {
    expect(columns.text('error', 1)).toBe('HTTP 500: broken');
    expect(columns.text('error', 0)).toBeUndefined();
  });
});

describe('gaps', () => {
  const columns = columnsOf([line(0, { gaps: [30, 10, 20] }), line(0, { gaps: [] }), line(0, { gaps: [5, 5] })]);

  it('are counted, summed and ranked in each row', () => {
    expect([...columns.gapCount]).toEqual([3, 0, 2]);
    expect([...columns.gapSum]).toEqual([60, 0, 10]);
    expect([...columns.gapP99]).toEqual([expect.closeTo(29.8, 9), Number.NaN, 5]);
  });

  it('have quantiles over rows, linear between ranks', () => {
    expect(columns.gapQuantiles(Int32Array.of(0, 1, 2), [0, 0.5, 0.75, 0.875, 1])).toEqual([5, 10, 20, 25, 30]);
    expect(columns.gapQuantiles(Int32Array.of(1), [0.5])).toEqual([Number.NaN]);
    const many = columnsOf([line(0, { gaps: times(101, (i) => i) })]);
    expect(many.gapQuantiles(Int32Array.of(0), [0.5, 0.9, 0.99, 0.999])).toEqual([50, 90, 99, expect.closeTo(99.9, 9)]);
    expect([...many.gapP99]).toEqual([99]);
  });

  it('are exact to a microsecond, however many, and however large', () => {
    const same = (a: number | undefined, b: number) => expect(a).toEqual(Number.isNaN(b) ? b : expect.closeTo(b, 6));
    const gap = fc.oneof(fc.integer({ max: 100_000, min: 0 }), fc.integer({ max: 4_294_967_295, min: 0 }));
    fc.assert(
      fc.property(
        fc.array(fc.array(gap, { maxLength: 300 }), { maxLength: 20 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (all, q) => {
          const made = columnsOf(all.map((gaps) => line(0, { gaps: gaps.map((g) => g / 1000) })));
          const sorted = Float64Array.from(all.flat(), (g) => g / 1000).sort();
          const [found] = made.gapQuantiles(
            Int32Array.from(all, (_, row) => row),
            [q],
          );
          same(found, quantile(sorted, q));
          all.forEach((gaps, row) => {
            expect(made.gapCount[row]).toBe(gaps.length);
            expect(made.gapSum[row]).toBeCloseTo(gaps.reduce((a, b) => a + b, 0) / 1000, 6);
            same(made.gapP99[row], quantile(Float64Array.from(gaps, (g) => g / 1000).sort(), 0.99));
          });
        },
      ),
      { numRuns: 50 },
    );
  });

  it('are exact where they are too many to sort', () => {
    const gap = fc.oneof(fc.integer({ min: 0, max: 100_000 }), fc.integer({ min: 0, max: 4_294_967_295 }));
    const all = times(70, (row) => fc.sample(gap, { numRuns: 1000, seed: row }).map((g) => g / 1000));
    const sorted = Float64Array.from(all.flat()).sort();
    const qs = times(101, (k) => k / 100);
    const found = columnsOf(all.map((gaps) => line(0, { gaps }))).gapQuantiles(
      Int32Array.from(times(70, (k) => k)),
      qs,
    );
    expect(found).toEqual(qs.map((q) => expect.closeTo(quantile(sorted, q), 6)));
  });

  it('place each frame in time: from included, to not', () => {
    const one = columnsOf([line(0, { ttft: 100, gaps: [50, 50] })]);
    expect(one.framesBetween(0, 0, 1000)).toBe(3);
    expect(one.framesBetween(0, 100, 150)).toBe(1);
    expect(one.framesBetween(0, 150, 150)).toBe(0);
    expect(one.framesBetween(0, 101, 200)).toBe(1);
    expect(columnsOf([failure(0)]).framesBetween(0, 0, 1000)).toBe(0);
  });
});

describe('readRecords', () => {
  const head = '{"llmload":1,"kind":"run","run":"r"}';
  const row = '{"t":1,"later":"unknown"}';
  const end = '{"kind":"end","requests":1}';

  it('reads a whole file', () =>
    expect(readRecords(`${head}\n${row}\n${end}\n`)).toEqual({
      run: { llmload: 1, kind: 'run', run: 'r' },
      end: { kind: 'end', requests: 1 },
      lines: [{ t: 1, later: 'unknown' }],
      faults: [],
      live: [],
      doubts: [],
    }));

  const KILLED = 'the file has no end: the run was killed, or is still going on';
  it.each([
    ['nothing', '', 0, [KILLED]],
    ['no end', `${head}\n${row}\n`, 1, [KILLED]],
    ['a cut last line', `${head}\n${row}\n{"t":2,"mod`, 1, ['the last line is cut', KILLED]],
    ['a broken line', `${head}\n{oops\n${row}\n${end}\n`, 1, ['line 2 is not JSON']],
    ['a line that is no object', `${head}\nnull\n7\n${row}\n${end}\n`, 1, ['line 2 is not JSON', 'line 3 is not JSON']],
    [
      'many broken lines',
      `${head}\n${'x\n'.repeat(12)}${row}\n${end}\n`,
      1,
      [...times(10, (i) => `line ${i + 2} is not JSON`), '2 more lines are not JSON'],
    ],
    ['an unknown kind', `${head}\n{"kind":"note"}\n${row}\n${end}\n`, 1, []],
  ])('tells of %s', (_, text, n, doubts) => {
    const file = readRecords(text);
    expect(file.lines).toHaveLength(n);
    expect(file.doubts).toEqual(doubts);
  });

  it('tells the kinds of lines apart', () => {
    const [setup, judged, live] = [
      { kind: 'setup', share: 0.5 },
      { kind: 'judged', t: 9 },
      { kind: 'live', t: 5 },
    ];
    const file = readRecords([head, ...[setup, live, judged, live].map((l) => JSON.stringify(l)), row, end].join('\n'));
    expect(file).toMatchObject({ setup, judged, live: [live, live], lines: [{ t: 1 }], doubts: [] });
  });

  it('refuses a second run', () =>
    expect(() => readRecords(`${head}\n${row}\n${head}\n`)).toThrow('line 3 begins a second run'));
});
