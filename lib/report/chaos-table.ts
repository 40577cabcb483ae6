/** Faults as a table has them: a row each. For pages and Markdown. */
import type { Chaos, Noticed, Sign } from '../analysis/chaos/result.ts';
import type { StepResult, Verdict } from '../results.ts';
import { type Column, shareText } from './table.ts';

export const SIGNS = {
  errors: 'errors',
  no_answers: 'no answers',
  ttft: 'TTFT',
  itl: 'ITL',
  load: 'load',
  backend: 'backends',
} as const satisfies Record<Sign, string>;

/** A fault that was not shown proves nothing. */
export const faultVerdict = (verdict: Verdict): string => (verdict === 'NOT_MEASURED' ? 'NOT SHOWN' : verdict);

/** `after 0.4 s` */
export const afterText = ({ after }: Pick<Noticed, 'after'>): string => `after ${(after / 1000).toFixed(1)} s`;

const detectionText = ({ detection }: Chaos): string =>
  detection ? `${afterText(detection)} by ${SIGNS[detection.by]}` : 'no';

const recoveryText = ({ recovery }: Chaos): string =>
  recovery ? `${afterText(recovery)}${recovery.unaided ? ', unaided' : ''}` : 'no';

/** `−43%`, of what it was before. */
export const changeText = (ratio: number | null): string => {
  if (ratio === null) return '–';
  const percent = Math.round(100 * (ratio - 1));
  return percent === 0 ? '±0%' : `${percent < 0 ? '−' : '+'}${Math.abs(percent)}%`;
};

/** `× 5.2` */
export const timesText = (ratio: number | null): string => (ratio === null ? '–' : `× ${Number(ratio.toPrecision(2))}`);

/** @param steps of the results, which have the phases' figures */
export function faultColumns(steps: readonly StepResult[]): Column<Chaos>[] {
  const errors = (chaos: Chaos) => steps.find(({ name }) => name === chaos.steps.during)?.errorRate;
  return [
    { head: 'failure', width: 0, left: true, cell: ({ fault }) => fault },
    { head: 'detected', width: 0, left: true, cell: detectionText },
    { head: 'recovered', width: 0, left: true, cell: recoveryText },
    { head: 'errors during', width: 0, cell: (chaos) => shareText(errors(chaos)) },
    { head: 'throughput', width: 0, cell: ({ throughput }) => changeText(throughput) },
    { head: 'TTFT p99', width: 0, cell: ({ ttft }) => timesText(ttft) },
    { head: 'verdict', width: 0, left: true, cell: ({ verdict }) => faultVerdict(verdict) },
  ];
}
