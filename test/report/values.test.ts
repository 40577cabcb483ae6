/** The tables below charts have the values that the charts draw. */
import { describe, expect, it } from 'vitest';
import { type Chart, wide } from '../../report/charts/chart.ts';
import { distributionCharts } from '../../report/charts/distributions.ts';
import { latencyCharts, throughputCharts } from '../../report/charts/load.ts';
import { tradeCharts } from '../../report/charts/runs.ts';
import { serverCharts } from '../../report/charts/server.ts';
import { valuesOf } from '../../report/charts/table.ts';
import { timeCharts } from '../../report/charts/time.ts';
import { durationText, elapsedText, tickText, valueText } from '../../report/format.ts';
import { brokenRun, CHAOS, explainedRun, suiteRun } from './explained.ts';
import { runOf } from './pages.ts';

const RUN = runOf({ loads: [2, 14, 18], slo: 'ttft.p99<400ms' });
const OTHER = { ...runOf({ loads: [3, 6] }), name: 'two' };

describe('tables', () => {
  it('have a row a load and a column a line', () => {
    const { head, rows } = valuesOf(latencyCharts([RUN])[0] as Chart);
    expect(head).toEqual(['asked for, req/s', 'p99, ms', 'p90, ms', 'p50, ms']);
    expect(rows.map((r) => r[0])).toEqual(['baseline, 2 req/s', '14 req/s', '18 req/s']);
    const p99 = RUN.results.steps[2]?.metrics.ttft?.p99 as number;
    expect(rows[2]?.[1]).toBe(p99.toFixed(0));
  });

  it('have a row a share and a column a step, of distributions', () => {
    const charts = distributionCharts(RUN.charts?.distributions ?? [], RUN.results);
    const { head, rows } = valuesOf(charts[0] as Chart);
    expect(head).toEqual(['share', 'baseline, 2 req/s, ms', '14 req/s, ms', '18 req/s, ms']);
    const median = rows.find((r) => r[0] === '50.0%');
    expect(Number(median?.[2])).toBeCloseTo(RUN.results.steps[1]?.metrics.ttft?.p50 as number, -1);
    expect(rows.at(-1)?.[0]).toBe('100%');
  });

  it('have a row a point, of several runs', () => {
    const { head, rows } = valuesOf(latencyCharts([RUN, OTHER])[0] as Chart);
    expect(head).toEqual(['', 'asked for, req/s', 'Time to first token, ms']);
    expect(rows.map((r) => [r[0], r[1]])).toEqual([
      ['one', '2.00'],
      ['one', '14.0'],
      ['one', '18.0'],
      ['two', '3.00'],
      ['two', '6.00'],
    ]);
  });
});

describe('charts', () => {
  it('mark the limit, and the SLO where it does not make the rest small', () => {
    const marks = (slo: string) => latencyCharts([runOf({ loads: [2, 14, 18], slo })])[0]?.marks ?? [];
    expect(marks('ttft.p99<400ms')).toContainEqual({ kind: 'y', at: 400, name: 'ttft.p99<400ms', colour: 'bad' });
    expect(marks('ttft.p99<400ms')).toContainEqual(expect.objectContaining({ kind: 'band', from: 2, to: 14 }));
    expect(marks('ttft.p99<60s').some((m) => m.kind === 'y')).toBe(false);
  });

  it('count requests asked for against those answered', () => {
    const [, requests] = throughputCharts([RUN]);
    const last = Object.fromEntries(requests?.series.map((s) => [s.name, s.points.at(-1)]) ?? []);
    expect(last).toMatchObject({ 'asked for': [18, 18], answered: [18, expect.closeTo(18 * 0.9, 1)] });
  });

  it('trade tokens per GPU against tokens per user', () => {
    const [perGpu, dollars] = tradeCharts([
      { ...RUN, gpus: 4, dollarsPerGpuHour: 3 },
      { ...OTHER, gpus: 1 },
    ]);
    const step = RUN.results.steps[0];
    const [x, y] = perGpu?.series[0]?.points[0] ?? [];
    expect(x).toBeCloseTo(1000 / (step?.metrics.tpot?.p50 as number), 6);
    expect(y).toBeCloseTo((step?.throughput as number) / 4, 6);
    expect(dollars?.series.map((s) => s.name)).toEqual(['one']);
    expect(dollars?.series[0]?.points[0]?.[1]).toBeCloseTo((12 / ((step?.throughput as number) * 3600)) * 1e6, 6);
  });

  it('go in powers of ten only where values need it', () => {
    const series = (...ys: (number | null)[]) => [
      { name: '', colour: 's1', kind: 'line', points: ys.map((y, x) => [x, y] as const) } as const,
    ];
    expect(wide(series(10, null, 290))).toBe(false);
    expect(wide(series(10, null, 310))).toBe(true);
    expect(wide(series(null, 0))).toBe(false);
  });
});

describe('a server’s own metrics', () => {
  const { results } = explainedRun({ loads: [2, 6, 14] });
  const [requests, shares, tokens] = serverCharts(results).map(valuesOf);

  it('stand beside TTFT p99, load by load', () => {
    expect(requests?.head).toEqual(['asked for, req/s', 'waiting, on average', 'running, on average', 'TTFT p99, ms']);
    expect(requests?.rows.map((row) => row.slice(0, 3))).toEqual([
      ['baseline, 2 req/s', '0.00', '4.00'],
      ['6 req/s', '0.00', '12.0'],
      ['14 req/s', '14.0', '24.0'],
    ]);
    expect(requests?.rows[2]?.[3]).toBe(results.steps[2]?.metrics.ttft?.p99?.toFixed(0));
    expect(tokens?.head).toEqual(['asked for, req/s', 'the server, tok/s', 'ours, tok/s']);
  });

  it('are shares of their limits where they have one, one’s own too', () => {
    expect(shares?.head).toEqual([
      'asked for, req/s',
      'KV cache',
      'GPU utilisation',
      'network sent',
      'watts',
      'TTFT p99, ms',
    ]);
    // 56 of 125 MB/s, 480 of 700 W
    expect(shares?.rows[2]?.slice(1, 5)).toEqual(['99.0%', '98.0%', '44.8%', '68.6%']);
  });

  it('are drawn over the steps where these are not of several loads, and not at all of one', () => {
    const steps = results.steps.map((step, k) => ({ ...step, phase: ['pre', 'during', 'post'][k] as string }));
    const over = serverCharts({ ...results, steps })[0];
    expect(over?.x.names).toEqual(['baseline, 2 req/s', '6 req/s', '14 req/s']);
    expect(over?.series[0]?.points).toEqual([
      [0, 0],
      [1, 0],
      [2, 14],
    ]);
    expect(serverCharts(explainedRun({ loads: [5] }).results)).toEqual([]);
    expect(serverCharts(runOf({ loads: [2, 6] }).results)).toEqual([]);
  });

  it('that nobody told of are no line, and no chart', () => {
    const server = results.server as NonNullable<typeof results.server>;
    const steps = server.steps.map(({ tokens: _, readings: { gpu }, ...step }) => ({
      ...step,
      readings: { ...(gpu && { gpu }) },
      custom: {},
    }));
    const charts = serverCharts({ ...results, server: { ...server, steps } });
    expect(charts.map((chart) => [chart.title, chart.series.map((s) => s.name)])).toEqual([
      ['How full it is', ['GPU utilisation', 'TTFT p99']],
    ]);
  });
});

describe('faults over time', () => {
  const marksOf = ({ charts, results }: ReturnType<typeof brokenRun>) =>
    timeCharts((charts as NonNullable<typeof charts>).timeline, results)[0]?.marks;

  it('are a band from where they were made to where they were undone, with when that was seen', () =>
    expect(marksOf(brokenRun())).toEqual([
      { kind: 'band', from: 30_000, to: 60_000, name: CHAOS.fault, colour: 'bad' },
      { kind: 'x', at: 30_000, name: 'injected', colour: 'bad' },
      { kind: 'x', at: 60_000, name: 'restored', colour: 'bad' },
      { kind: 'x', at: 30_400, name: 'detected', colour: 's5', low: true },
      { kind: 'x', at: 42_000, name: 'recovered', colour: 'good', low: true },
    ]));

  it('go on to the end where nobody undid them; one that never was is nowhere', () => {
    expect(marksOf(brokenRun({ restoredAt: null, detection: null, recovery: null }))).toEqual([
      { kind: 'band', from: 30_000, to: 90_500, name: CHAOS.fault, colour: 'bad' },
      { kind: 'x', at: 30_000, name: 'injected', colour: 'bad' },
    ]);
    expect(marksOf(brokenRun({ injectedAt: null, restoredAt: null, detection: null, recovery: null }))).toEqual([]);
  });

  it('are bands alone where there are several', () =>
    expect(marksOf(suiteRun())?.map(({ kind, name }) => [kind, name])).toEqual(
      suiteRun().results.chaos?.map(({ fault }) => ['band', fault]),
    ));
});

describe('figures', () => {
  it.each([
    [durationText(0.4), '0.40 ms'],
    [durationText(999.4), '999 ms'],
    [durationText(999.6), '1.00 s'],
    [durationText(12_345), '12.3 s'],
    [elapsedText(59_600), '1:00'],
    [elapsedText(3_725_000), '1:02:05'],
    [valueText(null, 'ms'), '–'],
    [valueText(16.8, 'req/s'), '16.8 req/s'],
    [valueText(1.069, '$'), '$1.07'],
    [valueText(0.025, 'share'), '2.50%'],
    [tickText(1500, 'ms'), '1.5 s'],
    [tickText(12_000, 'tok/s'), '12k'],
  ])('%s', (text, wanted) => expect(text).toBe(wanted));
});
