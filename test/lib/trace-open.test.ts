import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { samples } from '../../data/traces/generate.mjs';
import { parseSettings, type Reads } from '../../lib/settings/settings.ts';
import { files } from '../fakes/k6-globals.ts';

const READS = {
  MODEL: true,
  SEED: true,
  RUN_ID: true,
  TRACE: true,
  SPEED: true,
  WINDOW: true,
  LOOP: true,
  MODEL_MAP: true,
  BAD_ROWS: true,
  INPUT_TOKENS: true,
  WORKLOAD: true,
} as const satisfies Reads;

/** What a replay of this file is, by the scenario's own way. */
function open(text: string, env: Record<string, string> = {}) {
  files['/t'] = text;
  const all = { TRACE: '/t', SEED: '1', ...env };
  Object.assign(globalThis, { __ENV: all });
  return openTrace(parseSettings(all, READS));
}
let openTrace: typeof import('../../lib/workload/trace/open.ts').openTrace;
beforeEach(async () => {
  for (const path of Object.keys(files)) delete files[path];
  vi.resetModules();
  ({ openTrace } = await import('../../lib/workload/trace/open.ts'));
});

const PLAIN = 'timestamp_ms,model,prompt,output_tokens\r\n5,m,"Why, and\r\nhow?",7\r\n\r\n6.5,,b,\r\n';

describe('the file that TRACE names', () => {
  it('CSV: quoted prompts of several lines, empty fields, times from the first row', () => {
    const source = open(PLAIN);
    expect(source).toMatchObject({ length: 2, models: ['m'], skipped: { count: 0 } });
    expect(source.row(0)).toEqual({ due: 0, model: 'm', prompt: 'Why, and\nhow?', outputTokens: 7 });
    expect(source.row(1)).toEqual({ due: 1.5, prompt: 'b' });
  });

  it('JSON lines, with a byte order mark and no last newline', () => {
    const source = open('\ufeff{"timestamp_ms":1,"input_tokens":3}\n\n{"timestamp_ms":2,"input_tokens":4}');
    expect([source.row(0), source.row(1)].map((row) => row.inputTokens)).toEqual([3, 4]);
  });

  it('a bad row refuses it: the line, what is wrong, how many more', () => {
    const bad = PLAIN.replace('6.5', '4').replace(/$/, 'x,,c,\r\n7,,d,e\r\n');
    expect(() => open(bad)).toThrow(
      'TRACE="/t": a row cannot be read, line 5: goes back by 1 ms, and 2 more; allowed: rows that can; or BAD_ROWS=skip',
    );
  });

  it('BAD_ROWS=skip leaves them out and counts them', () => {
    const source = open(`${PLAIN}x,,c,\n8,,d,9\n`, { BAD_ROWS: 'skip' });
    expect(source).toMatchObject({
      length: 3,
      skipped: { count: 1, first: 'line 6: timestamp_ms "x" is no number' },
    });
    expect(source.row(2)).toMatchObject({ due: 3, prompt: 'd' });
  });

  it.each([
    ['', 'holds no row'],
    ['timestamp_ms,prompt\n', 'holds no row'],
    [
      'a,b\n1,2\n',
      'no trace has the columns a, b; allowed: those of azure (TIMESTAMP, ContextTokens, GeneratedTokens)',
    ],
    ['timestamp_ms,input_tokens\n5\n', 'line 2: has 1 of 2 columns'],
  ])('%j is none', (text, wrong) => {
    expect(() => open(text)).toThrow(wrong);
  });

  it('of more than 200,000 rows wants a plan', () => {
    const text = `timestamp_ms,input_tokens\n${'1,2\n'.repeat(200_000)}`;
    expect(open(text).length).toBe(200_000);
    expect(() => open(`${text}1,2\n`, { TRACE: '/u' })).toThrow('cannot be read (no file /u)');
    files['/u'] = `${text}1,2\n`;
    expect(() => open('', { TRACE: '/u' })).toThrow(
      'has more than 200,000 rows, and k6 reads files whole; allowed: a plan',
    );
  });

  it('relative to the folder the command was started in', () => {
    files['/here/a.csv'] = PLAIN;
    expect(open('', { TRACE: 'a.csv', PWD: '/here' }).length).toBe(2);
  });

  it('must be set, and alone says how long prompts are', () => {
    expect(() => open('', { TRACE: '' })).toThrow('TRACE="": not set');
    expect(() => open(PLAIN, { INPUT_TOKENS: '5' })).toThrow('INPUT_TOKENS="5": the trace says how long prompts are');
    expect(() => open(PLAIN, { WORKLOAD: 'chat' })).toThrow('WORKLOAD="chat": the trace says');
  });
});

describe('the samples in data/traces', () => {
  it.each(Object.entries(samples()))('%s is what generate.mjs writes, and reads whole', (name, text) => {
    expect(readFileSync(new URL(`../../data/traces/${name}`, import.meta.url), 'utf8')).toBe(text);
    const source = open(text);
    expect(source.length).toBe(text.trim().split('\n').length - (name.endsWith('.csv') ? 1 : 0));
    expect(source.skipped.count).toBe(0);
  });
});
