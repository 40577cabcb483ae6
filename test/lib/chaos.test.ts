import { describe, expect, it } from 'vitest';
import { judgeChaos } from '../../lib/analysis/chaos/chaos.ts';
import { recoveredBy } from '../../lib/analysis/chaos/recovered-by.ts';
import type { Chaos, FaultNote } from '../../lib/analysis/chaos/result.ts';
import { failureWords } from '../../lib/analysis/chaos/seen.ts';
import { columnsOf, type RecordLine } from '../../lib/analysis/columns/columns.ts';
import { stepData } from '../../lib/analysis/measure.ts';
import { measureStep } from '../../lib/analysis/steps.ts';
import type { Phase, Step } from '../../lib/load/plan.ts';
import { chaosColumns, chaosRows, courseText, judgesChaos } from '../../lib/report/chaos.ts';
import { table } from '../../lib/report/table.ts';
import type { Results } from '../../lib/results.ts';
import { parseSlo } from '../../thresholds/slo.ts';
import { failure, line, times } from './make.ts';

const T0 = 1_000_000;
const STEPS: Step[] = (['pre', 'during', 'post'] as const).map((phase: Phase, k) => ({
  name: phase,
  scenario: 's',
  phase,
  load: { kind: 'open', rate: 10 },
  offset: 20_000 * k,
  duration: 20_000,
  judged: phase !== 'during',
  shared: true,
}));
const inject: FaultNote = { kind: 'fault', did: 'inject', name: 'pull the plug', asked: T0 + 20_000, at: T0 + 20_040 };
const restore: FaultNote = { ...inject, did: 'restore', asked: T0 + 40_000, at: T0 + 40_040 };

/** Ten requests a second for so many seconds; those that `bad` tells fail. */
const lines = (seconds: number, bad: (at: number) => RecordLine | undefined = () => undefined): RecordLine[] =>
  times(10 * seconds, (k) => {
    const more = { i: k, scenario: 's', phase: (['pre', 'during', 'post'] as const)[Math.floor(k / 200)] ?? 'post' };
    const wrong = bad(100 * k);
    return wrong ? failure(T0 + 100 * k, { ...more, ...wrong }) : line(T0 + 100 * k, more);
  });
const dead = (at: number) => (at >= 20_040 && at < 40_040 ? {} : undefined);

function judged(list: RecordLine[], faults: FaultNote[], slo = '', steps = STEPS): Chaos {
  const columns = columnsOf(list);
  const measured = stepData(columns, steps).map((data) => measureStep(columns, data, undefined));
  return judgeChaos(columns, measured, { faults, terms: parseSlo(slo) });
}
const verdict = ({ verdict: v, why }: Chaos) => [v, why];

describe('a verdict', () => {
  it('is found for answers of one token, which have no gaps', () => {
    const list = lines(60, dead).map((each) => ({ ...each, gaps: [], frames: 1, out: 1, e2e: each.ttft }));
    expect(judged(list, [inject, restore]).verdict).toBe('PASS');
  });

  it('says when it was seen and when it was over', () => {
    const chaos = judged(lines(60, dead), [inject, restore]);
    expect(verdict(chaos)).toEqual([
      'PASS',
      'withstood: seen after 0.1 s (errors), recovered 0.0 s after it was undone; 100 % failed meanwhile',
    ]);
    expect(chaos).toMatchObject({ fault: 'pull the plug', looksLike: 'the server answers 500', shown: true });
    expect(chaos.attempts).toEqual({ pre: null, during: null, post: null });
  });

  it.each<[string, RecordLine[], FaultNote[], string, string]>([
    ['no notes', lines(60, dead), [], 'NOT_MEASURED', 'the fault was never made'],
    [
      'an injector that failed',
      lines(60),
      [{ ...inject, error: 'no such pod' }],
      'NOT_MEASURED',
      'the fault could not be made: no such pod',
    ],
    ['no change', lines(60), [inject, restore], 'NOT_MEASURED', 'fault not shown: nothing changed while it lasted'],
    ['no requests', [], [inject, restore], 'INCONCLUSIVE', 'nothing was measured before the fault'],
    [
      'the end in the middle',
      lines(30, dead),
      [inject],
      'INCONCLUSIVE',
      'seen after 0.1 s (errors); the run ended before it was undone',
    ],
    [
      'a restore that failed',
      lines(60, (at) => (at > 20_040 ? {} : undefined)),
      [inject, { ...restore, error: 'gone' }],
      'INCONCLUSIVE',
      'seen after 0.1 s (errors); it could not be undone: gone',
    ],
    [
      'too short a watch',
      lines(40.3, dead),
      [inject, restore],
      'INCONCLUSIVE',
      'seen after 0.1 s (errors); too few requests after it was undone to tell that it is over',
    ],
  ])('%s', (_, list, faults, is, why) => {
    expect(verdict(judged(list, faults))).toEqual([is, why]);
  });

  it('takes what happens while the injector is at work for its doing', () => {
    const hit = (at: number) => (at >= 20_500 && at < 42_000 ? {} : undefined);
    const slowly = [
      { ...inject, at: T0 + 25_000 },
      { ...restore, at: T0 + 50_000 },
    ];
    expect(verdict(judged(lines(60, hit), slowly))).toEqual([
      'PASS',
      'withstood: seen after 0.0 s (errors), recovered 0.0 s after it was undone; 98 % failed meanwhile',
    ]);
    const behind = [{ ...inject, at: T0 + 19_900 }, restore];
    expect(judged(lines(60, dead), behind)).toMatchObject({ verdict: 'PASS', injectedAt: T0 + 19_900 });
  });

  it('fails where the SLO does, but not for what comes while the fault lasts', () => {
    const slow = judged(lines(60, dead), [inject, restore], 'ttft.p99<50ms');
    expect(slow.slo).toEqual({ pre: 'FAIL', during: 'FAIL', post: 'FAIL' });
    expect(slow.verdict).toBe('FAIL');
    expect(slow.why).toMatch(/; the SLO fails before the fault and after it was undone$/);
    expect(judged(lines(60, dead), [inject, restore], 'errors<1%')).toMatchObject({
      slo: { pre: 'PASS', during: 'FAIL', post: 'PASS' },
      verdict: 'PASS',
    });
    const own = STEPS.map((s) => (s.phase === 'during' ? { ...s, judged: true, slo: 'errors<50%' } : s));
    expect(judged(lines(60, dead), [inject, restore], '', own).verdict).toBe('FAIL');
  });

  it('counts attempts of the router and resends of the client', () => {
    const list = lines(60, dead).map((l) => ({ ...l, attempts: dead((l.t as number) - T0) ? 2 : 1 }));
    const { pre, during, post } = judged(list, [inject, restore]).attempts;
    expect([pre, during, post]).toEqual([1, 2, 1]);
    const resent = lines(60).map((l) => ({ ...l, resent: dead((l.t as number) - T0) ? 1 : 0 }));
    expect(judged(resent, [inject, restore]).attempts).toEqual({ pre: 1, during: 2, post: 1 });
  });

  it('is none yet while the fault lasts', () => {
    const columns = columnsOf(lines(60, dead));
    const measured = stepData(columns, STEPS).map((data) => measureStep(columns, data, undefined));
    expect(recoveredBy(columns, measured, [inject])).toBeUndefined();
    expect(recoveredBy(columns, measured, [inject, restore])).toMatchObject({ unaided: false, by: 'errors' });
  });
});

it.each([
  ['connection dial tcp: connect: connection refused', 'connections are refused'],
  ['connection read: connection reset by peer', 'connections are reset'],
  ['truncated the stream ended after 3 frames', 'connections are reset'],
  ['http_error HTTP 503: no backend', 'the server answers 503'],
  ['rate_limited HTTP 429: slow down', 'the server answers 429'],
  ['timeout_first no token within 60 s', 'no answers: requests hang'],
  ['timeout_idle no data for 30 s', 'answers stop in the middle'],
  ['stream_error out of memory', 'requests fail: stream_error'],
])('%s is: %s', (text, words) => {
  expect(failureWords(text)).toBe(words);
});

describe('the text', () => {
  const chaos = judged(lines(60, dead), [inject, restore]);
  const columns = columnsOf(lines(60, dead));
  const steps = stepData(columns, STEPS).map((data) => measureStep(columns, data, undefined).result);
  const results = (list: Chaos[]) => ({ chaos: list, steps }) as unknown as Results;

  it('of one fault is a table of its phases and its course', () => {
    const lines_ = [...(judgesChaos.table?.(results([chaos])) ?? []), ...courseText(chaos)];
    expect(lines_.filter((l) => l.length > 120)).toEqual([]);
    expect(lines_.map((l) => l.split(/\s+/)[0])).toEqual(
      ['TTFT', 'phase', 'pre', 'during', 'post', 'pull', 'shown:', 'detected', 'chaos'].map((w, k) =>
        k === 0 ? '' : w,
      ),
    );
    expect(lines_.at(-1)).toBe(`chaos PASS: ${chaos.why}`);
  });

  it('of several is a row each, and not shown is said', () => {
    const other = judged(lines(60), [inject, restore]);
    const rows = table(chaosColumns, chaosRows(results([chaos, other])));
    expect(rows.filter((l) => l.length > 120)).toEqual([]);
    expect(rows.at(-2)).toMatch(/^pull the plug +0\.1 s errors +0\.0 s +\d+\.\d% .* PASS$/);
    expect(rows.at(-1)).toMatch(/^pull the plug +– +– .* NOT SHOWN$/);
  });
});
