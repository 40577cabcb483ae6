/** The run as time went by, with its phases shaded. */
import type { Chaos } from '../../lib/analysis/chaos/result.ts';
import type { Bin, Timeline } from '../../lib/analysis/charts/charts.ts';
import type { Results } from '../../lib/results.ts';
import { nameOfStep } from '../steps.ts';
import type { Chart, Colour, Mark, Series } from './chart.ts';

export function timeCharts(timeline: Timeline, results: Results): Chart[] {
  const { from, bin, bins } = timeline;
  const marks = results.chaos?.length ? faultsOf(timeline, results.chaos) : spansOf(timeline, results);
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
function spansOf({ from, spans }: Timeline, { steps, bench }: Results): Mark[] {
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

/** While each fault lasted. Of a single one also when it was seen, and when all was well again. */
function faultsOf({ from, bin, bins, spans }: Timeline, chaos: readonly Chaos[]): Mark[] {
  const end = from + bin * bins.length;
  const bands = chaos.flatMap(({ fault, injectedAt, restoredAt }): Mark[] =>
    injectedAt === null
      ? []
      : [{ kind: 'band', from: injectedAt - from, to: (restoredAt ?? end) - from, name: fault, colour: 'bad' }],
  );
  const warm = spans
    .filter((span) => span.warm)
    .map(
      (span): Mark => ({ kind: 'band', from: span.from - from, to: span.to - from, name: 'warm-up', colour: 'quiet' }),
    );
  const [only] = chaos;
  if (!only || chaos.length > 1) return [...warm, ...bands];
  const at = (when: number | null | undefined, name: string, colour: Colour, low?: true): Mark[] =>
    when == null ? [] : [{ kind: 'x', at: when - from, name, colour, ...(low && { low }) }];
  return [
    ...warm,
    ...bands,
    ...at(only.injectedAt, 'injected', 'bad'),
    ...at(only.restoredAt, 'restored', 'bad'),
    ...at(only.detection?.at, 'detected', 's5', true),
    ...at(only.recovery?.at, 'recovered', 'good', true),
  ];
}
