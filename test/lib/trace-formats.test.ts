import { describe, expect, it } from 'vitest';
import { csvFormat, jsonFormat, type TraceRow } from '../../lib/workload/trace/formats.ts';

const csv = (header: string, line: string): TraceRow => csvFormat(header.split(',')).read(line.split(','));
const json = (row: Record<string, unknown>, first = row): TraceRow => jsonFormat(first).read(row);
const some = (row: TraceRow) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));

const AZURE = 'TIMESTAMP,ContextTokens,GeneratedTokens';
const BURST = 'Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type';
const MOONCAKE = { timestamp: 27482, input_length: 955, output_length: 52, hash_ids: [46, 47] };

describe('the public formats', () => {
  it('azure of 2023: seven digits of a second and no zone', () => {
    const first = csv(AZURE, '2023-11-16 18:15:46.6805900,374,44');
    expect(some(first)).toEqual({ at: expect.any(Number), inputTokens: 374, outputTokens: 44 });
    expect(first.at).toBeCloseTo(Date.UTC(2023, 10, 16, 18, 15, 46) + 680.59, 3);
  });

  it('azure of 2024: microseconds and a zone, or neither', () => {
    const midnight = Date.UTC(2024, 4, 10);
    expect(csv(AZURE, '2024-05-10 00:00:00.009930+00:00,2162,5').at).toBeCloseTo(midnight + 9.93, 3);
    expect(csv(AZURE, '2024-05-10 00:00:10+00:00,2162,5').at).toBe(midnight + 10_000);
    expect(csv(AZURE, '2024-05-10T02:00:00+02:00,2162,5').at).toBe(midnight);
  });

  it('burstgpt: seconds, with and without the columns of its later files', () => {
    const row = { at: 45_000, model: 'ChatGPT', inputTokens: 1087, outputTokens: 230 };
    expect(some(csv(BURST, '45,ChatGPT,1087,230,1317,Conversation log'))).toEqual(row);
    const later = BURST.replace('Timestamp', 'Timestamp,Session ID,Elapsed time');
    expect(some(csv(later, '45.0,d5983bf9,2,ChatGPT,1087,230,1317,API log'))).toEqual(row);
  });

  it('mooncake: ms, and blocks', () => {
    const row = { at: 27482, inputTokens: 955, outputTokens: 52 };
    expect(some(json(MOONCAKE))).toEqual({ ...row, blocks: [46, 47] });
    const { hash_ids: _, ...without } = MOONCAKE;
    expect(some(json(without))).toEqual(row);
  });

  it('plain: a prompt or a length, in CSV and in JSON lines', () => {
    expect(some(csv('timestamp_ms,model,input_tokens,output_tokens', '1.5,m,10,20'))).toEqual({
      at: 1.5,
      model: 'm',
      inputTokens: 10,
      outputTokens: 20,
    });
    expect(some(csv('timestamp_ms,prompt', '3,Why?'))).toEqual({ at: 3, prompt: 'Why?' });
    expect(some(json({ timestamp_ms: 3, prompt: 'Why?', model: null }))).toEqual({ at: 3, prompt: 'Why?' });
    // What the first row lacks, a later one may have.
    expect(some(json({ timestamp_ms: 4, input_tokens: 9 }, { timestamp_ms: 3, prompt: 'Why?' }))).toEqual({
      at: 4,
      inputTokens: 9,
    });
  });

  it('by their columns, in any order; no other', () => {
    expect(csvFormat(['GeneratedTokens', 'x', ' TIMESTAMP ', 'ContextTokens']).name).toBe('azure');
    expect(() => csvFormat(['time', 'in'])).toThrow('no trace has the columns time, in');
    expect(() => jsonFormat({ timestamp: 1, input_length: 1 })).toThrow('no trace has the columns');
    try {
      csvFormat(['x']);
    } catch (e) {
      expect(e).toMatchObject({
        allowed: expect.stringMatching(
          /azure \(TIMESTAMP, ContextTokens, .*plain \(timestamp_ms, input_tokens or prompt\)/,
        ),
      });
    }
  });
});

describe('a row that cannot be read says what is wrong with it', () => {
  it.each([
    [AZURE, '2023-11-16 18:15:46,374', 'has 2 of 3 columns'],
    [AZURE, 'yesterday,374,44', 'TIMESTAMP "yesterday" is no date and time'],
    [AZURE, '2023-11-16 25:15:46,374,44', 'is no date and time'],
    [AZURE, '2023-11-16 18:15:46.6x,374,44', 'is no date and time'],
    [AZURE, '2023-11-16 18:15:4612,374,44', 'is no date and time'],
    [AZURE, '2023-11-16 18:15:46.5+05,374,44', 'is no date and time'],
    [AZURE, '1700159746,374,44', 'is no date and time'],
    [AZURE, ',374,44', 'has no TIMESTAMP'],
    [AZURE, '2023-11-16 18:15:46,,44', 'has no ContextTokens'],
    [AZURE, '2023-11-16 18:15:46,374,', 'has no GeneratedTokens'],
    [AZURE, '2023-11-16 18:15:46,-1,44', 'ContextTokens is -1'],
    [AZURE, '2023-11-16 18:15:46,1.5,44', 'ContextTokens is 1.5'],
    [AZURE, '2023-11-16 18:15:46,many,44', 'ContextTokens "many" is no number'],
    [BURST, '5,GPT-4,472,0,472,API log', 'Response tokens is 0: the request failed'],
    ['timestamp_ms,prompt,input_tokens', '5,,', 'has no input_tokens'],
  ])('%s: %s', (header, line, wrong) => {
    expect(() => csv(header, line)).toThrow(wrong);
  });

  it.each([
    [{ input_length: 2000 }, 'has 2 hash_ids for 2000 tokens'],
    [{ hash_ids: ['a', 'b'] }, 'hash_ids ["a","b"] are none'],
    [{ timestamp: '' }, 'timestamp "" is no number'],
    [{ output_length: 5e9 }, 'output_length is 5000000000'],
  ])('mooncake: %j', (wrong, message) => {
    expect(() => json({ ...MOONCAKE, ...wrong }, MOONCAKE)).toThrow(message);
  });

  it('a prompt that is no text', () => {
    expect(() => json({ timestamp_ms: 1, prompt: 7 })).toThrow('prompt 7 is no text');
  });
});
