import { FAILURES, type Outcome } from '../../lib/completion.ts';
import type { StepResult } from '../../lib/results.ts';
import { stepName } from '../steps.ts';
import { type Chart, colourOf } from './chart.ts';

/** What went wrong in each step, as a share of what was asked for. */
export function errorChart(steps: readonly StepResult[]): Chart {
  const share = (step: StepResult, count: number) => count / Math.max(1, step.requests + step.dropped);
  const kinds = FAILURES.filter((kind) => steps.some((s) => s.outcomes[kind]));
  const counts = (kind: Outcome | 'never sent', step: StepResult) =>
    kind === 'never sent' ? step.dropped : (step.outcomes[kind] ?? 0);
  const all = [...kinds, ...(steps.some((s) => s.dropped > 0) ? (['never sent'] as const) : [])];
  return {
    title: 'Errors by outcome',
    note: 'Share of the requests asked for.',
    shared: 'x',
    x: { name: 'step', unit: 'requests', names: steps.map(stepName) },
    y: [{ name: 'share of the requests', unit: 'share' }],
    series: all.map((kind, k) => ({
      name: kind.replaceAll('_', ' '),
      colour: colourOf(k),
      kind: 'bar',
      stacked: true,
      points: steps.map((step, i) => [i, share(step, counts(kind, step))]),
    })),
  };
}
