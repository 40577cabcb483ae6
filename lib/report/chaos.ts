import type { Extra } from '../analysis/analyze.ts';
import { judgeChaos } from '../analysis/chaos/chaos.ts';
import type { Chaos, Sign, Suffering } from '../analysis/chaos/result.ts';
import { percent } from '../analysis/verdict.ts';
import type { Results, StepResult, Verdict } from '../results.ts';
import { type Column, fold, msText, rateText, shareText, table } from './table.ts';
import { stepTable } from './text.ts';

/** What a fault did, and whether the server withstood it. */
export const judgesChaos: Extra = {
  find: () => ({}),
  judge: (columns, measured, question) => (question.faults ? { chaos: [judgeChaos(columns, measured, question)] } : {}),
  table(results) {
    const { chaos = [] } = results;
    if (chaos.length > 1) return table(chaosColumns, chaosRows(results));
    return chaos[0] ? table(phaseColumns, phaseRows(results, chaos[0])) : stepTable(results);
  },
  text: ({ chaos = [] }) =>
    chaos.length === 0
      ? [NOT_JUDGED]
      : chaos.length > 1
        ? chaos.flatMap((one) => fold(`${one.fault}: ${one.looksLike ?? 'nothing seen'}. ${one.why}`))
        : chaos.flatMap(courseText),
};

const NOT_JUDGED =
  'fault not judged: that takes the records of bin/k6, by all execution segments together (llmload report a.jsonl b.jsonl)';

/** One fault of several. */
export interface ChaosRow {
  chaos: Chaos;
  during: StepResult | undefined;
}

export const chaosRows = ({ chaos = [], steps }: Pick<Results, 'chaos' | 'steps'>): ChaosRow[] =>
  chaos.map((one) => ({ chaos: one, during: steps.find((s) => s.name === one.steps.during) }));

export const chaosColumns: Column<ChaosRow>[] = [
  { head: 'failure', width: 20, left: true, cell: ({ chaos }) => shortened(chaos.fault) },
  { head: 'detected', width: 8, cell: ({ chaos: { detection } }) => (detection ? secondsText(detection.after) : '–') },
  {
    head: 'by',
    width: 10,
    left: true,
    cell: ({ chaos: { detection } }) => (detection ? SIGNS[detection.by] : ''),
  },
  { head: 'recovered', width: 9, cell: ({ chaos }) => recoveryCell(chaos) },
  { group: 'errors', head: 'during', width: 6, cell: ({ during }) => shareText(during?.errorRate) },
  { head: 'tok/s', width: 6, cell: ({ chaos }) => timesText(chaos.throughput) },
  { group: 'TTFT', head: 'p99', width: 6, cell: ({ chaos }) => timesText(chaos.ttft) },
  { head: 'verdict', width: 12, left: true, cell: ({ chaos }) => verdictText(chaos.verdict) },
];

interface PhaseRow {
  name: string;
  step: StepResult | undefined;
  slo: Verdict | null;
}

export const phaseRows = ({ steps }: Pick<Results, 'steps'>, chaos: Chaos): PhaseRow[] =>
  (['pre', 'during', 'post'] as const).map((phase) => ({
    name: phase,
    step: steps.find((s) => s.name === chaos.steps[phase]),
    slo: chaos.slo[phase],
  }));

const latency = (group: string, metric: 'ttft' | 'itl', stat: 'p50' | 'p99'): Column<PhaseRow> => ({
  group: `${group} ms`,
  head: stat,
  width: 6,
  cell: ({ step }) => msText(step?.metrics[metric]?.[stat]),
});

export const phaseColumns: Column<PhaseRow>[] = [
  { head: 'phase', width: 8, left: true, cell: (r) => r.name },
  { head: 'requests', width: 8, cell: ({ step }) => String(step?.requests ?? 0) },
  { head: 'failed', width: 6, cell: ({ step }) => shareText(step?.errorRate) },
  { head: 'req/s', width: 6, cell: ({ step }) => rateText(step?.achieved) },
  { head: 'tok/s', width: 6, cell: ({ step }) => rateText(step?.throughput) },
  latency('TTFT', 'ttft', 'p50'),
  latency('TTFT', 'ttft', 'p99'),
  latency('ITL', 'itl', 'p50'),
  latency('ITL', 'itl', 'p99'),
  { head: 'goodput', width: 7, cell: ({ step }) => rateText(step?.goodput) },
  { head: 'SLO', width: 12, left: true, cell: (r) => r.slo ?? '–' },
];

/** The course of one fault in sentences. */
export function courseText(chaos: Chaos): string[] {
  const { fault, looksLike, seen, detection, recovery, interval, models, backends, attempts, verdict, why } = chaos;
  const shown = seen.filter((s) => s.shown).map((s) => s.text);
  const suffering = [...(models.length > 1 ? models : []), ...backends].filter((s) => s.suffers).map(sufferingText);
  const { pre, during, post } = attempts;
  const mean = (value: number | null) => (value === null ? '–' : value.toFixed(2));
  return [
    `${fault}: ${looksLike ?? 'nothing seen'}`,
    ...(shown.length > 0 ? [`shown: ${shown.join('; ')}`] : []),
    ...(detection
      ? [
          `detected ${secondsText(detection.after)} after it was made, by ${SIGNS[detection.by]}; ${recoveryText(recovery)} (right to ${secondsText(2 * interval)})`,
        ]
      : []),
    ...(suffering.length > 0 ? [`suffered: ${suffering.join(', ')}`] : []),
    ...(pre !== null
      ? [`attempts a request: ${mean(pre)} before, ${mean(during)} while it lasted, ${mean(post)} after`]
      : []),
    `chaos ${verdictText(verdict)}: ${why}`,
  ].flatMap((line) => fold(line));
}

export const SIGNS: Record<Sign, string> = {
  errors: 'errors',
  no_answers: 'no answers',
  ttft: 'TTFT',
  itl: 'ITL',
  load: 'load',
  backend: 'backend',
};

/** A fault that was not shown proves nothing, and is told so. */
export const verdictText = (verdict: Verdict): string => (verdict === 'NOT_MEASURED' ? 'NOT SHOWN' : verdict);

const sufferingText = ({ name, requests, before, during }: Suffering): string =>
  requests === 0
    ? `${name} (no answers)`
    : `${name} (${percent(during)} of ${requests} requests, ${percent(before)} before)`;

function recoveryText(recovery: Chaos['recovery']): string {
  if (!recovery) return 'not recovered';
  const { after, by, unaided } = recovery;
  if (by === 'load' || by === 'backend') return 'nobody suffered';
  return unaided
    ? `over by itself ${secondsText(after)} after it was made`
    : `over ${secondsText(after)} after it was undone`;
}

/** `*`: by itself, counted from the injection. */
function recoveryCell({ detection, recovery }: Chaos): string {
  if (!recovery) return detection ? 'never' : '–';
  return recovery.unaided ? `${secondsText(recovery.after)}*` : secondsText(recovery.after);
}

export const secondsText = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
export const timesText = (times: number | null): string =>
  times === null ? '–' : `× ${times < 10 ? times.toFixed(2) : times.toFixed(0)}`;
const shortened = (text: string): string => (text.length > 36 ? `${text.slice(0, 35)}…` : text);
