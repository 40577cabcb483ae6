import { describe, expect, it } from 'vitest';
import { columnsOf, readRecords } from '../../lib/analysis/columns.ts';
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
      doubts: [],
    }));

  const KILLED = 'the file has no end: the run was killed, or is still going on';
  it.each([
    ['nothing', '', 0, [KILLED]],
    ['no end', `${head}\n${row}\n`, 1, [KILLED]],
    ['a cut last line', `${head}\n${row}\n{"t":2,"mod`, 1, ['the last line is cut', KILLED]],
    ['a broken line', `${head}\n{oops\n${row}\n${end}\n`, 1, ['line 2 is not JSON']],
    ['a line that is no object', `${head}\nnull\n7\n${row}\n${end}\n`, 1, ['line 2 is not JSON', 'line 3 is not JSON']],
    ['an unknown kind', `${head}\n{"kind":"note"}\n${row}\n${end}\n`, 1, []],
  ])('tells of %s', (_, text, n, doubts) => {
    const file = readRecords(text);
    expect(file.lines).toHaveLength(n);
    expect(file.doubts).toEqual(doubts);
  });
});
