import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Bin, chartsOf, SHARES } from '../../lib/analysis/charts/charts.ts';
import { columnsOf, type RecordLine } from '../../lib/analysis/columns/columns.ts';
import { stepData } from '../../lib/analysis/measure.ts';
import { quantile } from '../../lib/analysis/stats/quantile.ts';
import { measureStep } from '../../lib/analysis/steps.ts';
import type { Step } from '../../lib/load/plan.ts';
import { closed, failure, line, times } from './make.ts';

const charts = (lines: RecordLine[], steps: Step[] = [closed()]) => {
  const columns = columnsOf(lines);
  return chartsOf(
    columns,
    stepData(columns, steps).map((data) => measureStep(columns, data, undefined)),
  );
};
const shown = (value: number) => Number(value.toPrecision(4));

const ms = fc.integer({ min: 0, max: 20_000 });
const request = fc.record({
  t: fc.integer({ min: 0, max: 2_000_000 }),
  ttft: ms,
  more: ms,
  ok: fc.boolean(),
  warm: fc.boolean(),
  gaps: fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 8 }),
});
const lineOf = ({ t, ttft, more, ok, warm, gaps }: typeof request extends fc.Arbitrary<infer T> ? T : never) =>
  ok ? line(t, { ttft, e2e: ttft + more, end: ttft + more, gaps, warm }) : failure(t, { end: more, warm });
/** Some requests of one step that is long enough for all of them. */
const lines = fc.array(request, { minLength: 1, maxLength: 60 }).map((all) => all.map(lineOf));
const LONG = [closed({ duration: 10_000_000 })];

describe('distributions', () => {
  it('are exact', () =>
    fc.assert(
      fc.property(lines, (all) => {
        const measured = all.filter((l) => !l.warm && l.outcome === 'ok');
        const { distributions } = charts(all, LONG);
        for (const metric of ['ttft', 'e2e', 'itl'] as const) {
          const values = measured.flatMap((l) => (metric === 'itl' ? (l.gaps ?? []) : [l[metric] as number]));
          const sorted = values.sort((a, b) => a - b);
          const found = distributions.find((d) => d.metric === metric);
          if (sorted.length === 0) expect(found).toBeUndefined();
          else
            expect(found).toEqual({
              step: 'step_1',
              metric,
              n: sorted.length,
              values: SHARES.map((q) => expect.closeTo(shown(quantile(sorted, q)), 2)),
            });
        }
      }),
      { numRuns: 30, seed: 1 },
    ));

  it('of what was not measured are not there', () => {
    const untimed = [line(0, { ttft: null, ttfo: null, gaps: null })];
    expect(charts(untimed).distributions.map((d) => d.metric)).toEqual(['e2e']);
    expect(charts([failure(0)]).distributions).toEqual([]);
    expect(charts([line(0, { gaps: [] })]).distributions.map((d) => d.metric)).toEqual(['ttft', 'tpot', 'e2e']);
  });

  it('are named by step and rise', () => {
    const two = [closed(), closed({ name: 'step_2', scenario: 'step_2' })];
    const { distributions } = charts([line(0), line(0, { scenario: 'step_2', ttft: 123.456 })], two);
    expect(distributions.filter((d) => d.metric === 'ttft').map((d) => [d.step, d.values[0]])).toEqual([
      ['step_1', 100],
      ['step_2', 123.5],
    ]);
    expect(SHARES).toEqual([...SHARES].sort((a, b) => a - b));
  });
});

describe('the timeline', () => {
  it('counts every request where it started, and for how long it was in flight', () =>
    fc.assert(
      fc.property(lines, (all) => {
        const { from, bin, bins } = charts(all, LONG).timeline;
        const starts = all.map((l) => l.t as number);
        const stops = all.map((l) => (l.t as number) + (l.end as number));
        expect(from).toBe(Math.min(...starts));
        expect(from + bin * bins.length).toBeGreaterThanOrEqual(Math.max(...stops));
        expect(bins.length).toBeLessThanOrEqual(240);
        const wanted = bins.map((_, k): unknown => {
          const [a, b] = [from + k * bin, from + (k + 1) * bin];
          const inside = all.filter((l) => (l.t as number) >= a && ((l.t as number) < b || k === bins.length - 1));
          const ok = inside.filter((l) => l.outcome === 'ok');
          const busy = starts.reduce(
            (sum, s, i) => sum + Math.max(0, Math.min(b, stops[i] as number) - Math.max(a, s)),
            0,
          );
          const ttfts = ok.map((l) => l.ttft as number).sort((x, y) => x - y);
          const at = (q: number) => expect.closeTo(shown(quantile(ttfts, q)), 2);
          return {
            sent: inside.length,
            ok: ok.length,
            failed: inside.length - ok.length,
            inFlight: expect.closeTo(busy / bin, 2),
            ...(ok.length > 0 && { ttft: { p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) } }),
          } satisfies { [K in keyof Bin]: unknown };
        });
        expect(bins).toEqual(wanted);
      }),
      { numRuns: 30, seed: 2 },
    ));

  it.each([
    [0, 500, 2],
    [119_000, 500, 240],
    [119_001, 1000, 121],
    [10 * 60_000, 5000, 121],
    [24 * 3_600_000, 600_000, 145],
    [2000 * 3_600_000, 9 * 3_600_000, 223],
  ])('of a run whose last request starts after %d ms has bins of %d ms', (last, bin, n) =>
    expect(charts([line(0), line(last)]).timeline).toMatchObject({ bin, bins: { length: n } }),
  );

  it('of one request that failed at once is one bin', () =>
    expect(charts([failure(7, { end: 0 })]).timeline).toMatchObject({
      from: 7,
      bins: [{ sent: 1, ok: 0, failed: 1, inFlight: 0 }],
    }));

  it('of nothing is empty', () => expect(charts([]).timeline).toMatchObject({ bins: [], spans: [] }));

  it('says which step it was, and what was warm-up', () => {
    const warm = (t: number) => line(t, { warm: true });
    const steps = [closed({ offset: 1500, duration: 2000 }), closed({ name: 'b', scenario: 'b', duration: 1000 })];
    const { spans } = charts([warm(0), warm(1200), line(1600), line(5000, { scenario: 'b' })], steps).timeline;
    expect(spans).toEqual([
      { name: 'warm-up', from: 0, to: 1500, warm: true },
      { name: 'step_1', from: 1500, to: 3500, warm: false },
      { name: 'b', from: 5000, to: 6000, warm: false },
    ]);
  });

  it('shows no warm-up inside a window, and one before each', () => {
    const warm = (t: number) => line(t, { warm: true, scenario: 'warmup' });
    const steps = [closed({ duration: 2000 }), closed({ name: 'b', scenario: 'b', duration: 1000 })];
    const { spans } = charts(
      [warm(0), line(1500), warm(1600), warm(6000), line(8000, { scenario: 'b' })],
      steps,
    ).timeline;
    expect(spans.map(({ name, from, to }) => [name, from, to])).toEqual([
      ['warm-up', 0, 1000],
      ['step_1', 1500, 3500],
      ['warm-up', 6000, 7000],
      ['b', 8000, 9000],
    ]);
  });

  it('ends a warm-up with its last answer where nothing follows at once', () => {
    const { spans } = charts([line(0, { warm: true, scenario: 'warmup' }), line(9000)]).timeline;
    expect(spans[0]).toEqual({ name: 'warm-up', from: 0, to: 1000, warm: true });
  });
});

describe('the slowest requests', () => {
  it('are the ten of all steps that took longest, slowest first', () =>
    fc.assert(
      fc.property(lines, (all) => {
        const { slowest } = charts(all, LONG);
        for (const metric of ['ttft', 'e2e'] as const) {
          const ok = all.filter((l) => !l.warm && l.outcome === 'ok').map((l) => shown(l[metric] as number));
          expect(slowest[metric].map((r) => r[metric])).toEqual(ok.sort((a, b) => b - a).slice(0, 10));
        }
      }),
      { numRuns: 30, seed: 3 },
    ));

  it('come with what is needed to find them', () => {
    const { slowest } = charts([line(0.4, { backend: 'b1', gaps: [5, 70, 6], ttft: 111.111 }), failure(5)]);
    const found = {
      t: 0,
      step: 'step_1',
      model: 'm',
      outcome: 'ok',
      id: 'id-0.4',
      backend: 'b1',
      status: 200,
      ttft: 111.1,
      e2e: 1000,
      gapMax: 70,
      input: 5,
      output: 10,
    };
    expect(slowest).toEqual({ ttft: [found], e2e: [found] });
  });

  it('leave out what nobody knows', () => {
    const { slowest } = charts([line(0, { ttft: null, gaps: null, in: null, out: null, id: null, status: null })]);
    expect(slowest).toEqual({ ttft: [], e2e: [{ t: 0, step: 'step_1', model: 'm', outcome: 'ok', e2e: 1000 }] });
  });

  it('of requests that took the same are the first', () => {
    const ids = charts(times(12, (i) => line(i))).slowest.e2e.map((r) => r.id);
    expect(ids).toEqual(times(10, (i) => `id-${i}`));
  });
});
