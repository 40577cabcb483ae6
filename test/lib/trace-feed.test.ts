import { describe, expect, it } from 'vitest';
import { csvFeed, isJson, jsonFeed } from '../../lib/workload/trace/feed.ts';
import type { TraceRow } from '../../lib/workload/trace/formats.ts';

function sink() {
  const rows: TraceRow[] = [];
  const wrong: string[] = [];
  return {
    rows,
    wrong,
    row: (row: TraceRow) => rows.push(row),
    bad: (line: number, e: Error) => wrong.push(`${line} ${e.message}`),
  };
}

describe('a trace, row by row', () => {
  it('counts lines of a CSV file, blank ones and those inside a prompt too', () => {
    const into = sink();
    const feed = csvFeed(into);
    for (const fields of [['timestamp_ms', 'prompt'], [''], ['1', 'two\nlines'], ['x', 'at line 5'], ['2', 'c'], ['']])
      feed.take(fields);
    expect(into.rows.map((row) => row.at)).toEqual([1, 2]);
    expect(into.wrong).toEqual(['5 timestamp_ms "x" is no number']);
    expect(feed.format()).toBe('plain');
  });

  it('a time that goes back is a bad row, and no mark for those after it', () => {
    const into = sink();
    const feed = jsonFeed(into);
    for (const at of [1000, 5000, 2500, 4999.5, 5000])
      feed.take(JSON.stringify({ timestamp: at, input_length: 1, output_length: 1 }));
    expect(into.rows.map((row) => row.at)).toEqual([1000, 5000, 5000]);
    expect(into.wrong).toEqual(['3 goes back by 2.5 s', '4 goes back by 0.5 ms']);
  });

  it('lines that are no objects are bad rows; the first that is one gives the format', () => {
    const into = sink();
    const feed = jsonFeed(into);
    for (const line of ['{"timestamp_ms":', '[1]', '  ', '{"timestamp_ms":7,"prompt":"a"}']) feed.take(line);
    expect(into.wrong).toEqual(['1 is no JSON object', '2 is no JSON object']);
    expect(into.rows).toHaveLength(1);
    expect(() => feed.take('{"x":1}')).not.toThrow();
    expect(() => jsonFeed(sink()).take('{"x":1}')).toThrow('no trace has the columns x');
    expect(() => csvFeed(sink()).take(['x'])).toThrow('no trace has the columns x');
  });

  it('knows JSON lines from CSV by the first character', () => {
    expect([' \n{"a":1}', 'TIMESTAMP,x'].map(isJson)).toEqual([true, false]);
  });
});
