/** The run as time went by, with its phases shaded. */
import type { Bin, Timeline } from '../../lib/analysis/charts/charts.ts';
import type { Bench, StepResult } from '../../lib/results.ts';
import { nameOfStep } from '../steps.ts';
import type { Chart, Colour, Mark, Series } from './chart.ts';

export function timeCharts(timeline: Timeline, steps: readonly StepResult[], bench?: Bench): Chart[] {
  const { from, bin, bins } = timeline;
  const marks = spansOf(timeline, steps, bench);
  const line = (name: string, colour: Colour, of: (b: Bin) => number | null | undefined): Series => ({
    name,
    colour,
    kind: 'line',
    points: bins.map((b, k) => [k * bin, of(b) ?? null]),
  });
  const perSecond = (count: number) => count / (bin / 1000);
  const x = { name: 'since the start', unit: 'elapsed' } as const;
  const since = `From ${new Date(from).toISOString().slice(11, 19)} UTC on, by ${bin / 1000} s in which requests started.`;
  const failed = line('failed', 'bad', (b) => perSecond(b.failed));
  const latency = [
    line('p99', 's3', (b) => b.ttft?.p99),
    line('p90', 's1', (b) => b.ttft?.p90),
    line('p50', 's2', (b) => b.ttft?.p50),
  ];
  return [
    {
      title: 'Time to first token over time',
      note: since,
      shared: 'x',
      x,
      y: [{ name: 'Time to first token', unit: 'ms', log: spread(bins) }],
      series: latency,
      marks,
    },
    {
      title: 'Requests over time',
      note: 'Started a second, failed a second, and how many were in flight.',
      shared: 'x',
      x,
      y: [
        { name: 'req/s', unit: 'req/s' },
        { name: 'in flight', unit: 'in flight' },
      ],
      series: [
        { ...line('in flight', 's7', (b) => b.inFlight), axis: 1 },
        line('started', 's1', (b) => perSecond(b.sent)),
        ...(bins.some((b) => b.failed > 0) ? [{ ...failed, kind: 'bar' } as const] : []),
      ],
      marks,
    },
  ];
}

/** A queue that came and went is only seen beside the rest in powers of ten. */
function spread(bins: readonly Bin[]): boolean {
  const seen = bins.flatMap((b) => (b.ttft ? [b.ttft] : []));
  return Math.max(...seen.map((t) => t.p99)) > 30 * Math.min(...seen.map((t) => t.p50));
}

/** The phases of a bench, else the steps. */
function spansOf({ from, spans }: Timeline, steps: readonly StepResult[], bench: Bench | undefined): Mark[] {
  const named = bench?.phases.length
    ? bench.phases.map((p) => ({ ...p, warm: p.name === 'warmup' }))
    : spans.map((s) => ({ ...s, name: s.warm ? 'warm-up' : nameOfStep(steps, s.name) }));
  return named.map((span, k) => ({
    kind: 'band',
    from: Math.max(0, span.from - from),
    to: span.to - from,
    name: span.name === 'warmup' ? 'warm-up' : span.name,
    colour: span.warm ? 'quiet' : k % 2 ? 's1' : 's4',
  }));
}
