import '../fakes/k6-globals.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSetting } from '../../lib/settings/parse.ts';
import type { TraceRow } from '../../lib/workload/trace/formats.ts';
import { listed } from '../../lib/workload/trace/memory.ts';
import { partOf } from '../../lib/workload/trace/part.ts';
import { traceSource } from '../../lib/workload/trace/source.ts';

const rowAt = (at: number, model?: string): TraceRow => ({
  at,
  model,
  prompt: undefined,
  inputTokens: 10,
  outputTokens: 20,
  blocks: undefined,
});
const NONE = { count: 0, first: undefined };

interface Given {
  speed?: number;
  loop?: number;
  window?: string;
  modelMap?: Record<string, string>;
  model?: string;
}
function sourceOf(rows: TraceRow[], { speed = 1, loop = 1, window, modelMap, model }: Given = {}) {
  const models = [...new Set(rows.flatMap((row) => row.model ?? []))];
  const cut = window === undefined ? undefined : (parseSetting('WINDOW', window) as { from: number; to: number });
  const all = listed(rows, models, NONE);
  const part = partOf(all, { window: cut, speed });
  return traceSource(part, (i) => all.row(part.from + i), { speed, loop, modelMap, model }, { seed: 1, runId: 'r' });
}
const dues = (source: ReturnType<typeof sourceOf>) =>
  Array.from({ length: source.length }, (_, i) => source.row(i).due);
const at = (...times: number[]) => times.map((time) => rowAt(time));

describe('when the requests of a trace start', () => {
  it('as they came, SPEED times as fast', () => {
    expect(dues(sourceOf(at(0, 1500, 1500, 4000)))).toEqual([0, 1500, 1500, 4000]);
    expect(dues(sourceOf(at(0, 1500, 1500, 4000), { speed: 10 }))).toEqual([0, 150, 150, 400]);
    expect(dues(sourceOf(at(0, 1500), { speed: 0.5 }))).toEqual([0, 3000]);
  });

  it('WINDOW counts from the first row, and what it holds starts at once', () => {
    const rows = at(0, 1000, 2000, 3000, 4000);
    expect(dues(sourceOf(rows, { window: '1..3' }))).toEqual([0, 1000]); // 3 s itself is not in it
    expect(dues(sourceOf(rows, { window: '2500ms..' }))).toEqual([0, 1000]);
    expect(dues(sourceOf(rows, { window: '..1500ms', speed: 2 }))).toEqual([0, 500]);
    expect(dues(sourceOf(rows, { window: '4..9' }))).toEqual([0]);
    expect(() => sourceOf(rows, { window: '5..6' })).toThrow(
      'WINDOW="5s..6s": holds no row; allowed: a part of 0s..4s',
    );
    expect(() => sourceOf(rows, { window: '1100ms..1900ms' })).toThrow('holds no row');
  });

  it('LOOP begins again a mean gap after the last row', () => {
    const source = sourceOf(at(0, 10_000, 30_000), { loop: 2, speed: 10 });
    expect(dues(source)).toEqual([0, 1000, 3000, 4500, 5500, 7500]);
    expect(source.duration).toBe(9000);
    expect(source.row(4).outputTokens).toBe(20);
  });

  it('never before the one before, and inside the duration', () => {
    const some = fc.array(fc.double({ min: 0, max: 1e5, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(some, fc.integer({ min: 1, max: 4 }), fc.constantFrom(0.1, 1, 7.3, 1000), (times, loop, speed) => {
        const source = sourceOf(at(...times.toSorted((a, b) => a - b)), { loop, speed });
        const planned = dues(source);
        expect(planned.every((due, i) => i === 0 || due >= (planned[i - 1] as number))).toBe(true);
        expect(planned.at(-1)).toBeLessThanOrEqual(source.duration);
      }),
    );
  });

  it('the peak is the most of them within ten seconds of the replay', () => {
    const rows = at(0, 1000, 9999, 10_000, 30_000, 30_001, 35_000, 39_999, 40_000);
    expect(sourceOf(rows).peak).toBe(4);
    expect(sourceOf(rows, { speed: 4 }).peak).toBe(8);
    expect(sourceOf(rows, { window: '..20' }).peak).toBe(3);
  });

  it('one row, or all at one moment, take a second', () => {
    expect(sourceOf(at(7), { speed: 10 }).duration).toBe(1000);
    expect(sourceOf(at(0, 100), { speed: 10 }).duration).toBe(1000);
    expect(sourceOf(at(0, 0, 0), { loop: 2 }).duration).toBe(2000);
  });
});

describe('which models they ask for', () => {
  const rows = [rowAt(0, 'GPT-4'), rowAt(1, 'ChatGPT'), rowAt(2)];
  const asked = (given: Given) => {
    const source = sourceOf(rows, given);
    return [...dues(source).map((_, i) => source.row(i).model), '|', ...source.models];
  };

  it("MODEL_MAP's, else MODEL, else the trace's", () => {
    expect(asked({})).toEqual(['GPT-4', 'ChatGPT', undefined, '|', 'GPT-4', 'ChatGPT']);
    expect(asked({ modelMap: { 'GPT-4': 'l', ChatGPT: 's' } })).toEqual(['l', 's', undefined, '|', 'l', 's']);
    expect(asked({ modelMap: { 'GPT-4': 'l' }, model: 'm' })).toEqual(['l', 'm', undefined, '|', 'l', 'm']);
    expect(asked({ model: 'm' })).toEqual(['m', 'm', undefined, '|', 'm']);
  });

  it.each([
    [{ 'GPT-4': 'l' }, 'MODEL_MAP="GPT-4=l": says nothing of "ChatGPT", and MODEL is not set'],
    [{ 'GPT-4': 'l', ChatGPT: 's', GPT4: 'x' }, '"GPT4" is no model of the trace; allowed: GPT-4, ChatGPT'],
    [{ 'GPT-4': 'a,b', ChatGPT: 's' }, 'k6 cannot name its metrics after "a,b"'],
  ])('%j does not fit', (modelMap, wrong) => {
    expect(() => asked({ modelMap })).toThrow(wrong);
  });

  it('a trace without models takes no map', () => {
    expect(() => sourceOf(at(0), { modelMap: { a: 'b' } })).toThrow('none: the trace names no models');
  });
});
