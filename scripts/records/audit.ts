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
  const apart = apartness(files, columns);
  const shortest = Math.min(...steps.filter((s) => s.requests > 0).map((s) => s.window.to - s.window.from));
  if (apart > TOGETHER * shortest) {
    const sentence = `the execution segments began their load ${seconds(apart)} apart, and a step lasts ${seconds(shortest)}: at its beginning and at its end there was less load than planned`;
    checks.push({ check: 'segments_apart', ok: false, value: apart, sentence });
  }
  return checks;
}

/** The most by which the files' parts of one k6 scenario began at different times, ms; 0 where none has two parts. */
function apartness(files: readonly RecordsFile[], columns: Columns): number {
  const begins = files.map((file) => beginsOf(file, columns));
  return Math.max(
    0,
    ...columns.category('scenario').values.map((_, code) => {
      const known = begins.map((each) => each[code] as number).filter(Number.isFinite);
      return known.length > 1 ? Math.max(...known) - Math.min(...known) : 0;
    }),
  );
}

/** Epoch ms by scenario: the first request of a file, less what the plan has before that one; NaN where no step is. */
function beginsOf({ header, from, to }: RecordsFile, columns: Columns): number[] {
  const t = columns.number('t');
  const [index, due] = [columns.number('i'), columns.number('due')];
  const { values, codes } = columns.category('scenario');
  const first: (number | undefined)[] = values.map(() => undefined);
  for (let row = from; row < to; row++) {
    const code = codes[row] as number;
    const before = first[code];
    if (before === undefined || (t[row] as number) < (t[before] as number)) first[code] = row;
  }
  return values.map((name, code) => {
    const load = header.steps.find(({ scenario }) => scenario === name)?.load;
    const row = first[code];
    if (!load || row === undefined) return Number.NaN;
    const even = load.kind === 'open' ? ((index[row] as number) * 1000) / load.rate : 0;
    const planned = due[row] as number;
    return (t[row] as number) - (Number.isNaN(planned) ? even : planned);
  });
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
