import { describe, expect, it } from 'vitest';
import { auditLoad } from '../../lib/analysis/audit/audit.ts';
import { auditStreams } from '../../lib/analysis/audit/streams.ts';
import { columnsOf, type RecordLine } from '../../lib/analysis/columns/columns.ts';
import { stepData } from '../../lib/analysis/measure.ts';
import type { StepResult } from '../../lib/results.ts';
import { closed, failure, line, times } from './make.ts';

const wanted = { stream: true, driver: 'native', ignoreEos: false, caching: false };
const checks = (lines: RecordLine[], more: Partial<Parameters<typeof auditStreams>[2]> = {}) => {
  const columns = columnsOf(lines);
  return auditStreams(columns, stepData(columns, [closed()]), { ...wanted, ...more });
};
const check = (name: string, ...args: Parameters<typeof checks>) => checks(...args).find((c) => c.check === name);
const step = (parts: object) =>
  ({ name: 's', phase: 'steady', load: { kind: 'open', rate: 5 }, requests: 100, dropped: 0, ...parts }) as StepResult;

describe('the load', () => {
  it('says whether every planned request was sent', () => {
    expect(auditLoad([step({})])).toEqual([
      { check: 'dropped.s', ok: true, value: 0, sentence: 's: every planned request was sent' },
    ]);
    expect(auditLoad([step({ dropped: 25 })])).toMatchObject([
      { ok: false, value: 25, sentence: expect.stringContaining('25 of 125 planned requests were never sent (20 %)') },
    ]);
    expect(auditLoad([step({ requests: 0, dropped: 25 })])).toEqual([]);
  });

  it('says whether as many were in flight as asked for', () => {
    const load = { kind: 'closed', concurrency: 10 };
    expect(auditLoad([step({ load, inFlight: 9.5 })])).toMatchObject([
      { check: 'in_flight.s', ok: true, value: 9.5, sentence: 's: 9.5 of 10 were in flight on average' },
    ]);
    expect(auditLoad([step({ load, inFlight: 5 })])).toMatchObject([{ ok: false }]);
    expect(auditLoad([step({ load, inFlight: 5, phase: 'ramp_up' })])).toEqual([]);
    expect(auditLoad([step({ load, inFlight: 5, requests: 49 })])).toEqual([]);
    expect(auditLoad([step({ load: { ...load, thinkTime: 0 }, inFlight: 5 })])).toMatchObject([{ ok: false }]);
    expect(auditLoad([step({ load: { ...load, thinkTime: 2000 }, inFlight: 5 })])).toEqual([]);
  });
});

describe('the streams', () => {
  it('say in words that the http driver cannot time tokens', () =>
    expect(check('ttft_measured', [line(0)], { driver: 'http' })).toMatchObject({ ok: false, value: null }));

  it('are free of doubt when all is well', () => {
    const found = checks(times(5, (i) => line(i)));
    expect(found.map((c) => [c.check, c.ok])).toEqual([
      ['cold', true],
      ['buffered', true],
      ['frames_per_token', true],
      ['token_source', true],
    ]);
  });

  it('say nothing of nothing', () => expect(checks([])).toEqual([]));

  it('tell cold connections and repeated sends', () => {
    const lines = [line(0, { cold: true }), failure(1, { resent: 2 }), line(2)];
    expect(check('cold', lines)).toMatchObject({ value: 2, sentence: '2 of 3 requests opened a connection (67 %)' });
    expect(check('resent', lines)).toMatchObject({ ok: true, value: 2 });
  });

  it('tell answers that came unstreamed, and do not call them merged', () => {
    const whole = { ttft: null, ttfo: null, gaps: null, frames: 0 };
    const found = checks([line(0, whole), line(1)]);
    expect(found.filter((c) => !c.ok)).toMatchObject([
      { check: 'no_stream', value: 1, sentence: expect.stringContaining('1 of 2 answers came unstreamed') },
    ]);
    expect(found).toContainEqual(expect.objectContaining({ check: 'frames_per_token', ok: true, value: 1 }));
    expect(check('no_stream', [line(0, whole)], { driver: 'http' })).toBeUndefined();
    expect(check('no_stream', [line(0, whole)], { stream: false })).toBeUndefined();
  });

  it('tell a buffered stream: all at once at the end', () => {
    const burst = { ttft: 999.5, gaps: Array(9).fill(0.05) };
    expect(check('buffered', [line(0, burst), line(1)])).toMatchObject({ ok: false, value: 1 });
    expect(check('buffered', [line(0, burst), line(1), line(2)])).toMatchObject({ ok: true });
    expect(check('buffered', [line(0, { ...burst, frames: 7 })])).toBeUndefined(); // too short to tell
    const fast = { ttft: 991, gaps: Array(9).fill(1) }; // a long prompt, then a fast model
    expect(check('buffered', [line(0, fast)])).toMatchObject({ ok: true, value: 0 });
  });

  it('tell merged tokens', () => {
    expect(check('frames_per_token', [line(0, { out: 20 })])).toMatchObject({ ok: false, value: 0.5 });
    expect(check('frames_per_token', [line(0, { out: 12 })])).toMatchObject({ ok: true });
    expect(check('frames_per_token', [line(0, { token_source: 'frames' })])).toBeUndefined();
  });

  it('tell tokens that nobody but us counted', () =>
    expect(check('token_source', [line(0, { token_source: 'frames' }), line(1)])).toMatchObject({
      ok: false,
      value: 1,
    }));

  it('say so where the server counted them all', () => {
    expect(check('token_source', [line(0)])).toMatchObject({ ok: true, value: 0 });
    expect(check('token_source', [line(0, { token_source: 'none', frames: 0 })])).toBeUndefined();
  });

  it('tell input that came from the prompt cache, where the server says so', () => {
    expect(check('prompt_cache', [line(0)])).toBeUndefined();
    expect(check('prompt_cache', [failure(0, { in: 5, cached: 5 })])).toBeUndefined();
    expect(check('prompt_cache', [line(0, { in: 100, cached: 0 })])).toMatchObject({
      ok: true,
      value: 0,
      sentence: 'no prompt-cache hits',
    });
    expect(check('prompt_cache', [line(0, { in: 100, cached: 10 }), line(1, { in: 100 })])).toMatchObject({
      ok: true,
      value: 0.1,
    });
    expect(check('prompt_cache', [line(0, { in: 100, cached: 90 }), line(1, { in: 100, cached: 0 })])).toMatchObject({
      ok: false,
      value: 0.45,
      sentence: "45 % of the input tokens came from the server's prompt cache: TTFT is that of repeated prompts",
    });
  });

  it('want the cache to be hit where prompts share their beginnings', () => {
    const lines = [line(0, { in: 600, cached: 0 }), line(1, { in: 600, cached: 512 }), line(2, { in: 600 })];
    const shared = { caching: true, prefixTokens: 512, prefixShare: 0.8 };
    expect(check('prompt_cache', lines, shared)).toMatchObject({
      ok: true,
      sentence:
        "43 % of the input tokens came from the server's prompt cache, as wanted: 256 a prompt, of 410 that they share on average",
    });
    expect(check('prompt_cache', lines, { caching: true })?.sentence).toMatch(/prompt cache, as wanted$/);
    expect(check('prompt_cache', [line(0, { in: 600, cached: 0 })], shared)).toMatchObject({
      ok: false,
      value: 0,
      sentence: 'no prompt-cache hits, although prompts share their beginnings',
    });
    expect(check('prompt_cache', [line(0)], shared)).toBeUndefined();
  });

  it('take a server without a cache as it is in conversations', () =>
    expect(check('prompt_cache', [line(0, { in: 100, cached: 0 })], { caching: true })).toMatchObject({
      ok: true,
      sentence: 'no prompt-cache hits, although prompts share their beginnings',
    }));

  it('compare the length of first questions only: later ones have their history', () => {
    const lines = [line(0, { asked_in: 10, in: 11, turn: 1 }), line(1, { asked_in: 10, in: 99, turn: 2 })];
    expect(check('input_length', lines)).toMatchObject({ ok: true, value: 11 });
  });

  it('compare lengths with what was asked for', () => {
    const lines = [
      line(0, { asked_out: 10 }),
      line(1, { asked_out: 10, out: 9 }),
      line(2, { asked_out: 7, out: 7 }),
      failure(3, { asked_out: 10 }),
    ];
    expect(check('output_length', lines)).toBeUndefined();
    expect(check('output_length', lines, { ignoreEos: true })).toMatchObject({
      ok: false,
      value: 1,
      sentence: expect.stringContaining('1 of 3 answers had another length than was asked for, 9 tokens on average'),
    });
    expect(check('output_length', [line(0, { asked_out: 10 })], { ignoreEos: true })).toMatchObject({
      ok: true,
      value: 0,
      sentence: 'every answer as long as asked, 10 tokens on average',
    });
    expect(check('output_length', [line(0)], { ignoreEos: true })).toBeUndefined();
    expect(check('input_length', lines)).toBeUndefined();
    // Each by its own request: 4 and 7 were asked for, 5 and 6 counted; a failure, and a prompt of any length, count for nothing.
    const asked = [line(0, { asked_in: 4 }), line(1, { asked_in: 7, in: 6 }), failure(2, { asked_in: 900 }), line(3)];
    expect(check('input_length', asked)).toMatchObject({
      ok: true,
      value: 5.5,
      sentence: "prompts had 6 tokens on average by the server's count, 6 were asked for (+0.0 %)",
    });
    expect(check('input_length', [line(0, { asked_in: 50 })])).toMatchObject({
      ok: false,
      value: 5,
      sentence: expect.stringContaining('50 were asked for (−90.0 %)'),
    });
  });

  it('leave warm-up out', () =>
    expect(check('cold', [line(0, { cold: true, warm: true }), line(1)])).toMatchObject({ value: 0 }));
});
