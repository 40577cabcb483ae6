import type { Extra } from '../analysis/analyze.ts';
import { talks } from '../load/plan.ts';
import type { Group, Results, StepResult } from '../results.ts';
import { type Column, fold, msText, shareText, table } from './table.ts';

/** Conversations turn by turn: what a prefix cache does for questions that come with their history. */
export const showsTurns: Extra = {
  find: () => ({}),
  text: ({ steps }: Results) => {
    const measured = steps.filter((step) => talks(step.load) && step.requests > 0);
    return measured.flatMap((step) =>
      step.perTurn
        ? [...turnTable(step.perTurn), ...inWords(step, step.perTurn).flatMap((line) => fold(line))]
        : [NOT_TOLD],
    );
  },
};

const NOT_TOLD = 'turns: not told apart: that needs the records that bin/k6 keeps';

type Turn = NonNullable<StepResult['perTurn']>[number];

/** Rows of a long table: the first eight, then 16, 32, 64, …, and the last. The results have them all. */
const shown = (turns: readonly Turn[]): readonly Turn[] =>
  turns.length <= 12
    ? turns
    : turns.filter(({ turn }, k) => turn <= 8 || Number.isInteger(Math.log2(turn)) || k === turns.length - 1);

function turnTable(turns: readonly Turn[]): string[] {
  const latency = (group: string, metric: 'ttft' | 'e2e', head: 'p50' | 'p95' | 'p99'): Column<Turn> => ({
    group,
    head,
    width: 6,
    cell: (t) => msText(t.metrics[metric]?.[head]),
  });
  return table<Turn>(
    [
      { head: 'turn', width: 5, cell: (t) => String(t.turn) },
      { head: 'requests', width: 8, cell: (t) => String(t.requests) },
      { head: 'errors', width: 6, cell: (t) => shareText(t.errorRate) },
      { group: 'input', head: 'tokens', width: 6, cell: (t) => inputOf(t)?.toFixed(0) ?? '–' },
      { head: 'cached', width: 6, cell: (t) => shareText(t.cachedShare) },
      latency('TTFT ms', 'ttft', 'p50'),
      latency('TTFT ms', 'ttft', 'p95'),
      latency('TTFT ms', 'ttft', 'p99'),
      latency('E2E ms', 'e2e', 'p50'),
      latency('E2E ms', 'e2e', 'p99'),
    ],
    shown(turns),
  );
}

/** Mean, where the server counts. */
const inputOf = ({ inputTokens = 0, ok }: Group): number | undefined =>
  inputTokens > 0 && ok > 0 ? inputTokens / ok : undefined;

function inWords(step: StepResult, turns: readonly Turn[]): string[] {
  const [first, ...later] = turns;
  if (!first || step.load.kind !== 'closed') return [];
  const broken = turns.reduce((sum, t) => sum + t.requests - t.ok, 0);
  const parts = [
    `${first.requests} conversations, at most ${step.load.concurrency} at a time`,
    ...(step.inFlight === undefined ? [] : [`${step.inFlight.toFixed(1)} requests in flight on average`]),
    ...(broken > 0 ? [`${broken} ended by a failed answer`] : []),
  ];
  return [parts.join(', '), ...comparison(first, later)];
}

/** The first questions beside the last that at least half of the conversations came to. */
function comparison(first: Turn, later: readonly Turn[]): string[] {
  const last = later.findLast((t) => t.requests >= first.requests / 2);
  if (!last) return [];
  const both = (name: string, of: (t: Turn) => string | undefined, unit = ''): string[] => {
    const [once, then] = [of(first), of(last)];
    return once === undefined || then === undefined ? [] : [`${name} ${once} → ${then}${unit}`];
  };
  const figures = [
    ...both('input', (t) => inputOf(t)?.toFixed(0), ' tokens'),
    ...both('cached', (t) => (t.cachedShare === undefined ? undefined : shareText(t.cachedShare))),
    ...both('TTFT p50', (t) => t.metrics.ttft && msText(t.metrics.ttft.p50), ' ms'),
  ];
  const silent = last.cachedShare === undefined && last.ok > 0 ? '; the server does not say what it had cached' : '';
  return figures.length > 0 ? [`turn 1 → ${last.turn}: ${figures.join(', ')}${silent}`] : [];
}
