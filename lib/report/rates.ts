import type { Limit, Results, RuleResult, StepResult } from '../results.ts';
import { type Column, msText, rateText, shareText, table } from './table.ts';

/** One line a load, at most 120 columns wide: what was asked for, what came of it, and whether it held. */
export function ratesTable({ steps, limit }: Pick<Results, 'steps' | 'limit'>): string[] {
  const sent = steps.filter((s) => s.requests + s.dropped > 0);
  if (sent.length === 0) return ['nothing was measured'];
  const open = sent.some((s) => s.load.kind === 'open');
  const latency = (
    group: string,
    metric: 'ttft' | 'itl' | 'tpot',
    head: 'p50' | 'p95' | 'p99',
  ): Column<StepResult> => ({ group, head, width: 5, cell: (s) => msText(s.metrics[metric]?.[head]) });
  const count = (group: string, head: string, of: (s: StepResult) => number): Column<StepResult> => ({
    group,
    head,
    width: 5,
    cell: (s) => String(of(s)),
  });
  return table<StepResult>(
    [
      open
        ? { group: '─ req/s ─', head: 'asked', width: 5, cell: loadText }
        : { group: 'in', head: 'flight', width: 6, cell: loadText },
      { group: open ? '─ req/s ─' : '', head: open ? 'got' : 'req/s', width: 5, cell: (s) => rateText(s.achieved) },
      { head: 'requests', width: 8, cell: (s) => String(s.requests) },
      { head: 'errors', width: 6, cell: (s) => shareText(s.errorRate) },
      ...(open
        ? [
            count('never', 'sent', (s) => s.dropped),
            count('', 'late', (s) => s.late),
            { group: 'in', head: 'flight', width: 6, cell: (s: StepResult) => s.inFlight?.toFixed(1) ?? '–' },
          ]
        : []),
      { group: 'output', head: 'tok/s', width: 6, cell: (s) => rateText(s.throughput) },
      latency('TTFT ms', 'ttft', 'p50'),
      latency('TTFT ms', 'ttft', 'p95'),
      latency('TTFT ms', 'ttft', 'p99'),
      latency('ITL ms', 'itl', 'p50'),
      latency('ITL ms', 'itl', 'p99'),
      { group: 'TPOT', head: 'ms', width: 5, cell: (s) => msText(s.metrics.tpot?.p50) },
      ...(sent.some((s) => s.goodput !== undefined)
        ? [{ group: 'good', head: 'req/s', width: 5, cell: (s: StepResult) => rateText(s.goodput) }]
        : []),
      { head: '', width: 6, left: true, cell: (s) => heldText(s, limit) },
    ],
    sent,
  );
}

const loadText = ({ load }: StepResult): string =>
  String(Number((load.kind === 'open' ? load.rate : load.concurrency).toPrecision(4)));

const SHORT: Record<RuleResult['rule'], string> = {
  errors: 'errors',
  backlog: 'backlog',
  ttft_p99: 'TTFT',
  throughput_gain: 'no gain',
  slo: 'SLO',
};

/** Which of the loads held, or the gravest rule that it broke. */
export function heldText(step: StepResult, limit: Limit | undefined): string {
  if (!limit) return '';
  if (step.name === 'baseline' || step.name === 'validation') return step.name;
  const { load } = step;
  if (limit.client && (load.kind === 'open' ? load.rate : load.concurrency) > (limit.range[0] ?? 0)) return 'client';
  const own = limit.checks.filter((c) => c.step === step.name);
  const broken = own.find((c) => c.verdict === 'broken');
  if (broken) return SHORT[broken.rule];
  if (own.some((c) => c.verdict === 'unclear')) return 'unclear';
  return own.some((c) => c.verdict === 'held') ? 'held' : '';
}
