import type { RecordLine, Rows } from '../../lib/analysis/columns/columns.ts';
import { type RunLines, Sorter } from '../../lib/analysis/columns/lines.ts';
import type { Step } from '../../lib/load/plan.ts';
import type { Header } from '../../lib/run.ts';
import { CommandError } from '../commands/exit.ts';
import { readHeader } from './file.ts';
import { linesOf } from './read.ts';

/** A k6 run that was a step of something larger. */
export interface PartRead extends Omit<RunLines, 'run'> {
  header: Header;
  /** Under its name in the whole. */
  step: Step;
  /** Measured ones, or those of a part that was all warm-up. */
  requests: number;
}

/** What the requests of a part that was all warm-up are called. */
const WARM_UP = 'warmup';

/**
 * Adds the records of a part to rows. The same load may come again, and steps are found by their scenario: its requests get
 * the part's own name.
 * @param name of the step; null: all of it is warm-up
 * @throws CommandError where the file is no records file
 */
export function readPart(path: string, name: string | null, rows: Rows): PartRead {
  const header = readHeader(path);
  const [planned] = header.steps;
  if (!planned) throw new CommandError(`${path} has no step`);
  const step: Step = { ...planned, name: name ?? WARM_UP, scenario: name ?? WARM_UP };
  let requests = 0;
  const own = (line: RecordLine): RecordLine => {
    if (line.scenario !== planned.scenario) return line;
    if (!line.warm) requests++;
    return { ...line, scenario: step.scenario, ...(name === null && { warm: true }) };
  };
  const sorter = new Sorter((line) => rows.add(own(line)));
  let number = 0;
  for (const line of linesOf(path)) sorter.see(line, ++number);
  const { run, ...frame } = sorter.done();
  return { ...frame, header, step, requests };
}
