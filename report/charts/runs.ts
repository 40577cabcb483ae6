/** What a GPU gives against what a user gets, and its price: the trade that a load makes. */
import type { StepResult } from '../../lib/results.ts';
import type { PageRun } from '../page.ts';
import { levels } from '../steps.ts';
import { type Chart, colourOf, type Point } from './chart.ts';

/** Output tokens a second that one user sees, in the median: 1000 / TPOT. */
const perUser = ({ metrics }: StepResult): number | undefined =>
  metrics.tpot?.p50 ? 1000 / metrics.tpot.p50 : undefined;

const pointsOf = ({ results }: PageRun, of: (throughput: number) => number): Point[] => {
  const steps = levels(results).length > 0 ? levels(results) : results.steps.filter((s) => s.phase === 'steady');
  return steps.flatMap((step): Point[] => {
    const x = perUser(step);
    return x !== undefined && step.throughput ? [[x, of(step.throughput)]] : [];
  });
};

export function tradeCharts(runs: readonly PageRun[]): Chart[] {
  const known = runs.every((run) => run.gpus !== undefined);
  const priced = runs.filter((run) => run.gpus !== undefined && run.dollarsPerGpuHour !== undefined);
  const x = { name: 'output tok/s per user', unit: 'tok/s per user' } as const;
  const chart = (
    title: string,
    note: string,
    y: Chart['y'][0],
    shown: readonly PageRun[],
    of: (run: PageRun, throughput: number) => number,
  ): Chart => ({
    title,
    note,
    shared: 'none',
    x,
    y: [y],
    series: shown.map((run) => ({
      name: run.name,
      colour: colourOf(runs.indexOf(run)),
      kind: 'line',
      points: pointsOf(run, (throughput) => of(run, throughput)),
    })),
  });
  return [
    chart(
      known ? 'Tokens a second per GPU against per user' : 'Tokens a second in all against per user',
      known
        ? 'Up and to the right is better: each point is a load.'
        : 'Of the whole server: --gpus says how many GPUs share it. Each point is a load.',
      known ? { name: 'output tok/s per GPU', unit: 'tok/s per GPU' } : { name: 'output tok/s', unit: 'tok/s' },
      runs,
      (run, throughput) => throughput / (run.gpus ?? 1),
    ),
    chart(
      '$ per million output tokens against tokens a second per user',
      'As measured, without a load factor. Down and to the right is better.',
      { name: '$ per 1M output tokens', unit: '$' },
      priced,
      ({ gpus = 0, dollarsPerGpuHour = 0 }, throughput) => ((gpus * dollarsPerGpuHour) / (throughput * 3600)) * 1e6,
    ),
  ];
}
