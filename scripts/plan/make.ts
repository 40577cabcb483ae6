import { basename } from 'node:path';
import type { Hears } from '../../lib/workload/trace/reading.ts';
import { CommandError, EXIT } from '../commands/exit.ts';
import { readTrace } from './read.ts';
import { PlanWriter } from './write.ts';

/** What a plan was made of. */
export interface Made {
  format: string;
  rows: number;
  /** ms from the first row to the last. */
  span: number;
  models: { name: string; rows: number }[];
  /** Means over the rows that say so; undefined where none does. */
  input: number | undefined;
  output: number | undefined;
  /** Of the whole file. */
  bytes: number;
  bad: BadRows;
}

export interface BadRows {
  count: number;
  /** The first few, in words. */
  first: string[];
}

/** Bad rows that are told. */
const TOLD = 5;

/**
 * Writes the plan of a trace, or nothing: where the trace is none, where rows are bad and not skipped, when interrupted.
 * @throws CommandError and what files throw
 */
export async function makePlan(
  trace: string,
  plan: string,
  skip: boolean,
  progress: (bytes: number, rows: number) => void,
): Promise<Made> {
  const bad: BadRows = { count: 0, first: [] };
  const [input, output] = [mean(), mean()];
  let interrupted = false;
  const stop = () => {
    interrupted = true;
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  // Before there is a file: a signal that nobody handles would leave it.
  for (const signal of signals) process.on(signal, stop);
  const writer = new PlanWriter(plan);
  try {
    const hears: Hears = {
      row: (row) => {
        writer.add(row);
        input.add(row.inputTokens);
        output.add(row.outputTokens);
      },
      bad: (where, wrong) => {
        if (++bad.count <= TOLD) bad.first.push(`${where} ${wrong}`);
      },
    };
    const format = await readTrace(trace, hears, (bytes) => {
      if (interrupted) throw new CommandError('interrupted, nothing was written', EXIT.interrupted);
      progress(bytes, writer.rows);
    });
    if (bad.count > 0 && !skip) throw new CommandError(`${badRowsText(bad)}; --bad-rows skip leaves such rows out`);
    if (format === undefined || writer.rows === 0) throw new CommandError('holds no rows');
    const skipped = { count: bad.count, ...(bad.first[0] !== undefined && { first: bad.first[0] }) };
    const bytes = writer.finish({ from: basename(trace), format, skipped });
    const models = [...writer.models].map(([name, { rows }]) => ({ name, rows }));
    const { rows, span } = writer;
    return { format, rows, span, models, input: input.value(), output: output.value(), bytes, bad };
  } finally {
    writer.close();
    for (const signal of signals) process.off(signal, stop);
  }
}

/** `3 rows cannot be read: line 7 …; line 9 …`. */
export function badRowsText({ count, first }: BadRows): string {
  const more = count > first.length ? '; …' : '';
  return `${count === 1 ? 'a row' : `${count} rows`} cannot be read: ${first.join('; ')}${more}`;
}

function mean() {
  let [n, sum] = [0, 0];
  return {
    add: (value: number | undefined) => {
      if (value === undefined) return;
      n++;
      sum += value;
    },
    value: () => (n > 0 ? sum / n : undefined),
  };
}
