import type { Columns } from '../../lib/analysis/columns/columns.ts';
import type { Check, StepResult } from '../../lib/results.ts';
import type { RecordsFile } from './file.ts';
import { percent, type sharesOf } from './same-run.ts';

/** Instances that begin their load further apart do not make one load: a share of the shortest step. */
const TOGETHER = 0.02;

/** What is doubtful in the files, and how they fit together. */
export function auditFiles(
  files: readonly RecordsFile[],
  { parts, all }: ReturnType<typeof sharesOf>,
  columns: Columns,
  steps: readonly StepResult[],
): Check[] {
  const doubts = files.flatMap(({ path, doubts: own, setup }) =>
    [...own, ...(setup ? [] : ['it has no setup line: the run did not get that far'])].map((d) => `${path}: ${d}`),
  );
  const checks = doubts.map((sentence, k): Check => ({ check: `records_${k + 1}`, ok: false, value: null, sentence }));
  if (files.length > 1 || all < 1) {
    const whole = all === 1;
    const which = `${parts.length > 1 ? `${parts.length} execution segments` : 'one execution segment'}, ${parts.map(percent).join(' + ')} of the load`;
    const sentence = whole ? `merged from ${which}` : `the records are of ${which}: judged against as much`;
    checks.push({ check: 'segments', ok: whole, value: all, sentence });
  }
  const starts = files.filter(({ from, to }) => to > from).map((file) => firstStart(file, columns));
  const apart = Math.max(...starts) - Math.min(...starts);
  const shortest = Math.min(...steps.filter((s) => s.requests > 0).map((s) => s.window.to - s.window.from));
  if (apart > TOGETHER * shortest) {
    const sentence = `the execution segments began their load ${seconds(apart)} apart, and a step lasts ${seconds(shortest)}: at its beginning and at its end there was less load than planned`;
    checks.push({ check: 'segments_apart', ok: false, value: apart, sentence });
  }
  return checks;
}

function firstStart({ from, to }: RecordsFile, columns: Columns): number {
  const t = columns.number('t');
  let first = Number.POSITIVE_INFINITY;
  for (let row = from; row < to; row++) first = Math.min(first, t[row] as number);
  return first;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
