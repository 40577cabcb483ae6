/** Latency and throughput against load: where the one bends and the other stops growing. */
import { loadOf } from '../../lib/analysis/limit/limit.ts';
import type { Results, StepResult } from '../../lib/results.ts';
import type { PageRun } from '../page.ts';
import { levels, stepName, unitOf } from '../steps.ts';
import { type Chart, type Colour, colourOf, type Mark, type Series, wide } from './chart.ts';

const PERCENTILES = [
  ['p99', 's3'],
  ['p90', 's1'],
  ['p50', 's2'],
] as const;

/** What the run found on the axis of its loads: the range of the limit, the knee, the load to recommend. */
export function found({ limit, knee }: Results): Mark[] {
  const [held, broken] = limit?.range ?? [null, null];
  const at = (load: number | null | undefined, name: string, colour: Colour, low?: true): Mark[] =>
    load == null ? [] : [{ kind: 'x', at: load, name, colour, ...(low && { low }) }];
  return [
    ...(held !== null && broken !== null
      ? [{ kind: 'band', from: held, to: broken, name: 'limit', colour: 'warn' } as const]
      : at(held, 'held', 'good')),
    ...(held === null ? at(broken, 'broke', 'bad') : []),
    ...(limit?.client ? [] : at(knee?.load, 'knee', 's5', true)),
    ...(limit?.recommended === held ? [] : at(limit?.recommended, 'recommended', 'good')),
  ];
}

/** The limits of the SLO on a metric, where they do not make the values small. */
function promised({ slo }: Results, metric: string, series: readonly Series[]): Mark[] {
  const most = Math.max(0, ...series.flatMap((s) => s.points.map(([, y]) => y ?? 0)));
  const terms = new Map(slo.filter((v) => v.term.startsWith(`${metric}.`)).map((v) => [v.term, v.limit]));
  return [...terms].flatMap(([name, at]) => (at <= 2 * most ? [{ kind: 'y', at, name, colour: 'bad' } as const] : []));
}

/** The axis of the loads of `levels`. */
export const loadAxis = ([first]: readonly StepResult[]): Chart['x'] =>
  first && unitOf(first) === 'in flight'
    ? { name: 'requests in flight', unit: 'in flight' }
    : { name: 'asked for, req/s', unit: 'req/s' };

type Of = (step: StepResult) => number | null | undefined;

const line = (name: string, colour: Colour, steps: readonly StepResult[], of: Of): Series => ({
  name,
  colour,
  kind: 'line',
  points: steps.map((s) => [loadOf(s), of(s) ?? null]),
});

/** One run: its percentiles, or its rates. Several: a line a run. */
interface Asked {
  title: string;
  note: string;
  unit: 'ms' | 'req/s' | 'tok/s';
  y: string;
  /** Of the SLO's terms. */
  metric?: 'ttft' | 'itl';
  lines: readonly { name: string; colour: Colour; of: Of; dashed?: true }[];
}

function against(runs: readonly PageRun[], { title, note, unit, y, metric, lines }: Asked): Chart {
  const [first] = runs as [PageRun];
  const steps = levels(first.results);
  const several = runs.length > 1;
  const alone = (): Series[] =>
    lines.map((l) => ({ ...line(l.name, l.colour, steps, l.of), dashed: l.dashed ?? false }));
  const beside = (): Series[] =>
    runs.map((run, k) => line(run.name, colourOf(k), levels(run.results), (lines[0] as Asked['lines'][number]).of));
  const series = (several ? beside() : alone()).filter((s) => s.points.some(([, value]) => value !== null));
  return {
    title,
    note: several ? `${lines[0]?.name}, a line a run. The marks are those of the first.` : note,
    shared: several ? 'none' : 'x',
    x: loadAxis(steps),
    y: [{ name: y, unit, log: metric !== undefined && wide(series) }],
    series,
    marks: [...found(first.results), ...(metric ? promised(first.results, metric, series) : [])],
    ...(!several && { names: steps.map(stepName) }),
  };
}

/** How the runs' answers slow down with load. */
export const latencyCharts = (runs: readonly PageRun[]): Chart[] =>
  (['ttft', 'itl'] as const).map((metric) => {
    const name = metric === 'ttft' ? 'Time to first token' : 'Time between tokens';
    return against(runs, {
      title: `${name} against load`,
      note:
        metric === 'ttft'
          ? 'Flat while there is room; it rises where requests begin to queue.'
          : 'Gaps between the tokens of an answer, all of them.',
      unit: 'ms',
      y: name,
      metric,
      lines: PERCENTILES.map(([p, colour]) => ({ name: p, colour, of: (s) => s.metrics[metric]?.[p] })),
    });
  });

/** What the runs' servers give. */
export function throughputCharts(runs: readonly PageRun[]): Chart[] {
  const [first] = runs as [PageRun];
  const open = levels(first.results)[0]?.load.kind === 'open';
  return [
    against(runs, {
      title: 'Output tokens per second against load',
      note: 'It stops growing where the server is full.',
      unit: 'tok/s',
      y: 'output tok/s',
      lines: [{ name: 'output tok/s', colour: 's1', of: (s) => s.throughput }],
    }),
    against(runs, {
      title: 'Requests per second against load',
      note: open
        ? 'Asked for against what came of it: started, answered, and answered within the SLO.'
        : 'How many requests ended a second, and how many within the SLO.',
      unit: 'req/s',
      y: 'req/s',
      lines: [
        { name: open ? 'answered' : 'ended', colour: 's1', of: open ? answered : started },
        ...(open
          ? [
              { name: 'started', colour: 's2' as const, of: started },
              { name: 'asked for', colour: 's7' as const, of: (s: StepResult) => s.asked, dashed: true as const },
            ]
          : []),
        { name: 'in SLO', colour: 's4', of: (s) => s.goodput },
      ],
    }),
  ];
}

const started: Of = (s) => s.achieved;

/** Successful answers to the requests of a step, by its time. */
const answered = ({ ok, window }: StepResult): number | null =>
  window.to > window.from && window.from > 0 ? (1000 * ok) / (window.to - window.from) : null;
