import { expect, it } from 'vitest';
import type { FaultNote } from '../../lib/analysis/chaos/result.ts';
import { columnsOf, type RecordLine } from '../../lib/analysis/columns/columns.ts';
import { stepData } from '../../lib/analysis/measure.ts';
import { measureStep } from '../../lib/analysis/steps.ts';
import { giveUnderWay } from '../../lib/analysis/under-way.ts';
import type { Phase, Step } from '../../lib/load/plan.ts';
import { line, times } from './make.ts';

const ORIGIN = 100_000;

/** A request a second, the first after one: ten before the fault, ten while it lasts, ten after it. */
const step = (phase: Phase, k: number): Step => ({
  name: phase,
  scenario: 'step_1',
  load: { kind: 'open', rate: 1 },
  phase,
  offset: 500 + 10_000 * k,
  lead: 1000,
  duration: 10_000,
  judged: true,
  shared: true,
});
const STEPS = [step('pre', 0), step('during', 1), step('post', 2)];
const phaseAt = (i: number) => (i < 10 ? 'pre' : i < 20 ? 'during' : 'post');
const LINES = times(30, (i): RecordLine => line(ORIGIN + 1000 * (i + 1), { i, phase: phaseAt(i), end: 400, e2e: 400 }));
const note = (parts: Partial<FaultNote> = {}): FaultNote => ({
  kind: 'fault',
  did: 'inject',
  name: 'f',
  asked: ORIGIN + 10_500,
  ...parts,
});

function found(lines: RecordLine[], faults: FaultNote[], endedAt?: number) {
  const columns = columnsOf(lines);
  const data = stepData(columns, STEPS, endedAt);
  giveUnderWay(columns, data, faults);
  return data.map((d) => {
    const { requests, dropped, achieved, errorRate, inFlight } = measureStep(columns, d, undefined).result;
    return { requests, dropped, achieved, errorRate, inFlight };
  });
}
const failing = (lines: RecordLine[], which: number[], end: number) =>
  lines.map((l, i) => (which.includes(i) ? { ...l, outcome: 'connection', e2e: null, end } : l));

it('counts what was under way when the fault was made to what it did; what was sent stays where it was', () => {
  const lines = failing(LINES, [7, 9], 3000); // at 8 and 10 s: cut off at 11 and 13 s
  const [pre, during, post] = found(lines, [note()]);
  expect(pre).toMatchObject({ requests: 8, errorRate: 0, dropped: 0, achieved: 1 });
  expect(during).toMatchObject({ requests: 12, errorRate: 2 / 12, dropped: 0, achieved: 1 });
  expect(post).toMatchObject({ requests: 10, errorRate: 0, dropped: 0 });
  // 8 × 0.4 s, and 2.5 and 0.5 s of those two.
  expect(pre?.inFlight).toBeCloseTo((8 * 0.4 + 2.5 + 0.5) / 10, 6);
  expect(during?.inFlight).toBeCloseTo((10 * 0.4 + 0.5 + 2.5) / 10, 6);
});

it.each([
  ['nothing was under way', LINES, [note()]],
  ['no fault was made', failing(LINES, [9], 3000), [note({ error: 'no' })]],
  ['there is no note', failing(LINES, [9], 3000), []],
])('leaves the phases as they are where %s', (_, lines, faults) =>
  expect(found(lines, faults).map((s) => s.requests)).toEqual([10, 10, 10]),
);

it('a start that comes late over the line is no drop', () => {
  const late = LINES.map((l, i) => (i === 9 ? { ...l, t: ORIGIN + 10_600, phase: 'during' } : l));
  expect(found(late, []).map((s) => [s.requests, s.dropped])).toEqual([
    [9, 0],
    [11, 0],
    [10, 0],
  ]);
});

it('what was never sent is missing in its phase', () => {
  const without = LINES.filter((_, i) => i < 12 || i > 15).map((l, i) => ({ ...l, i }));
  expect(found(without, []).map((s) => [s.requests, s.dropped])).toEqual([
    [10, 0],
    [6, 4],
    [10, 0],
  ]);
});

it('a run that was stopped dropped neither what it cut off nor what it never came to', () => {
  const stopped = LINES.filter((_, i) => i < 12 || i === 14); // two answers had not come when a later one had
  const [, during, post] = found(stopped, [note()], ORIGIN + 16_000);
  expect(during).toMatchObject({ requests: 3, dropped: 0 });
  expect(post).toMatchObject({ requests: 0, dropped: 0 });
});
