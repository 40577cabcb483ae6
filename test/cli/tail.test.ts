import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Tail, tail } from '../../scripts/live/tail.ts';

let folder: string;
let file: string;
let reader: Tail;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmload-tail-'));
  file = join(folder, 'records.jsonl');
  reader = tail(file);
});
afterEach(() => {
  reader.close();
  rmSync(folder, { recursive: true });
});

test('nothing while there is no file, then its lines, each once', () => {
  expect(reader.read()).toEqual([]);
  writeFileSync(file, 'a\nb\n');
  expect(reader.read()).toEqual(['a', 'b']);
  expect(reader.read()).toEqual([]);
  appendFileSync(file, 'c\n');
  expect(reader.read()).toEqual(['c']);
});

test('a cut line waits for its rest', () => {
  writeFileSync(file, 'a\n{"t":');
  expect(reader.read()).toEqual(['a']);
  appendFileSync(file, '1}\n');
  expect(reader.read()).toEqual(['{"t":1}']);
});

test('a character cut in two stays whole', () => {
  const bytes = Buffer.from('é…\n');
  writeFileSync(file, bytes.subarray(0, 1));
  expect(reader.read()).toEqual([]);
  appendFileSync(file, bytes.subarray(1, 4));
  expect(reader.read()).toEqual([]);
  appendFileSync(file, bytes.subarray(4));
  expect(reader.read()).toEqual(['é…']);
});

test('a line longer than a read', () => {
  const long = 'x'.repeat(700_000);
  writeFileSync(file, `${long}\ny\n`);
  expect(reader.read()).toEqual([long, 'y']);
});
