import type { RecordLine, Rows } from '../../lib/analysis/columns/columns.ts';
import { type RunLines, Sorter } from '../../lib/analysis/columns/lines.ts';
import type { Step } from '../../lib/load/plan.ts';
import type { Header } from '../../lib/run.ts';
import { CommandError } from '../commands/exit.ts';
import { readHeader } from './file.ts';
import { linesOf } from './read.ts';

/** A k6 run that was a step of something larger, or several. */
export interface PartRead extends Omit<RunLines, 'run'> {
  header: Header;
  /** Under their names in the whole. */
  steps: readonly [Step, ...Step[]];
  /** Measured ones, or those of a part that was all warm-up. */
  requests: number;
}

/** What the requests of a part that was all warm-up are called. */
const WARM_UP = 'warmup';

/**
 * Adds the records of a part to rows. The same load may come again, and steps are found by their scenario: its requests get
 * the part's own name.
 * @param name of the step, or what the names of its steps begin with; null: all of it is warm-up
 * @throws CommandError where the file is no records file
 */
export function readPart(path: string, name: string | null, rows: Rows): PartRead {
  const header = readHeader(path);
  const [first, ...others] = header.steps;
  if (!first) throw new CommandError(`${path} has no step`);
  const whole = name ?? WARM_UP;
  const named = (of: string): string => (others.length > 0 ? `${whole} ${of}` : whole);
  const renamed = (step: Step): Step => ({ ...step, name: named(step.name), scenario: named(step.scenario) });
  const scenarios = new Set(header.steps.map((step) => step.scenario));
  let requests = 0;
  const own = (line: RecordLine): RecordLine => {
    if (!scenarios.has(line.scenario as string)) return line;
    if (!line.warm) requests++;
    return { ...line, scenario: named(line.scenario as string), ...(name === null && { warm: true }) };
  };
  const sorter = new Sorter((line) => rows.add(own(line)));
  let number = 0;
  for (const line of linesOf(path)) sorter.see(line, ++number);
  const { run, ...frame } = sorter.done();
  return { ...frame, header, steps: [renamed(first), ...others.map(renamed)], requests };
}
