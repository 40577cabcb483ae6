import { describe, expect, test } from 'vitest';
import { Bad } from '../../lib/settings/bad.ts';
import { Reading } from '../../lib/workload/trace/reading.ts';

/** Everything that the reading of a file tells. */
function read(text: string) {
  const rows: unknown[] = [];
  const bad: string[] = [];
  const reading = new Reading({
    row: ({ at, model, prompt, inputTokens, outputTokens, blocks }) =>
      rows.push([at, ...[model, prompt, inputTokens, outputTokens, blocks].filter((value) => value !== undefined)]),
    bad: (where, wrong) => bad.push(`${where}: ${wrong}`),
  });
  for (const line of text.split('\n')) reading.line(line);
  reading.end();
  return { format: reading.format, rows, bad };
}

describe('CSV', () => {
  test('blank lines and carriage returns are nothing', () => {
    const csv = '\r\nTIMESTAMP,ContextTokens,GeneratedTokens\r\n\r\n2023-11-16 18:15:46.6805900,374,44\r\n\r\n';
    expect(read(csv)).toEqual({
      format: 'azure',
      rows: [[Date.UTC(2023, 10, 16, 18, 15, 46) + 680.59, 374, 44]],
      bad: [],
    });
  });

  test('a quoted prompt may go over lines; what comes after it has the right line number', () => {
    const csv = 'timestamp_ms,prompt,output_tokens\n1,"one\n\n""two"", three",5\n2,plain,6\nx,no time,7\n';
    expect(read(csv)).toEqual({
      format: 'plain',
      rows: [
        [1, 'one\n\n"two", three', 5],
        [2, 'plain', 6],
      ],
      bad: ['line 6: timestamp_ms "x" is no number'],
    });
  });

  test('a quote inside of a field is a quote', () => {
    expect(read('timestamp_ms,prompt\n1,a 5" pipe\n2,"a, b"\n').rows).toEqual([
      [1, 'a 5" pipe'],
      [2, 'a, b'],
    ]);
  });

  test('a quote that is never closed names the lines that it took', () => {
    expect(read('timestamp_ms,prompt\n1,a\n2,"b\n3,c\n').bad).toEqual(['lines 3 to 5: a quote is never closed']);
  });

  test('text after a closing quote is malformed', () => {
    expect(read('timestamp_ms,prompt\n1,"a"b\n2,c\n').bad).toHaveLength(1);
  });

  test('a row of too few or too many columns', () => {
    const csv =
      'Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n5,ChatGPT,472,18\n5,ChatGPT,1,2,3,API log,x\n';
    expect(read(csv).bad).toEqual(['line 2: has 4 of 6 columns', 'line 3: has 7 of 6 columns']);
  });

  test('no format has these columns: the file is refused', () => {
    expect(() => read('time,tokens\n1,2\n')).toThrow(Bad);
    expect(() => read('\ntime,tokens\n1,2\n')).toThrow('line 2: no trace has the columns time, tokens');
  });
});

describe('JSON lines', () => {
  const mooncake = (timestamp: number, tokens: number, ids: number[]) =>
    JSON.stringify({ timestamp, input_length: tokens, output_length: 7, hash_ids: ids });

  test('the first object says what the format is, and is a row', () => {
    expect(read(`${mooncake(0, 600, [0, 1])}\n\n${mooncake(3000, 513, [0, 2])}`)).toEqual({
      format: 'mooncake',
      rows: [
        [0, 600, 7, [0, 1]],
        [3000, 513, 7, [0, 2]],
      ],
      bad: [],
    });
  });

  test('a line that is no object', () => {
    expect(read(`${mooncake(0, 5, [0])}\n{"timestamp": 1\n[1]\n7\n"`).bad).toEqual([
      'line 2: is no JSON',
      'line 3: is no object',
      'line 4: is no object',
      'line 5: is no JSON',
    ]);
  });
});

test('time that goes back is malformed; the row after it counts from the last good one', () => {
  const { rows, bad } = read('timestamp_ms,input_tokens\n10,1\n12.5,1\n12,1\n12.25,1\n12.5,1\n13,1\n');
  expect(rows.map((row) => (row as number[])[0])).toEqual([10, 12.5, 12.5, 13]);
  expect(bad).toEqual(['line 4: goes back by 0.5 ms', 'line 5: goes back by 0.25 ms']);
});

test('an empty file has no format', () => {
  expect(read('\n\n')).toEqual({ format: undefined, rows: [], bad: [] });
});
