/** Plain k6 runs that are parts of something larger, a search or a bench: their records come together in one analysis. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Columns, liveOf, type RecordLine, type Rows } from '../../lib/analysis/columns/columns.ts';
import type { Step } from '../../lib/load/plan.ts';
import type { Part } from '../../lib/results.ts';
import type { Header } from '../../lib/run.ts';
import { root } from '../build/root.mjs';
import { CommandError, EXIT } from '../commands/exit.ts';
import { QUIET_K6, runK6 } from '../commands/k6.ts';
import { createEcho } from '../commands/log.ts';
import { outputOf } from '../commands/output.ts';
import { repeatCommand, typed } from '../commands/repeat.ts';
import { follow } from '../commands/run.ts';
import type { Given } from '../commands/settings.ts';
import type { Live } from '../live/live.ts';
import type { Planned } from '../live/plan.ts';
import type { Status } from '../live/status.ts';
import { readPart } from '../records/parts.ts';

/** What all parts share. */
export interface Whole {
  k6: string;
  /** Where everything is written. */
  folder: string;
  env: NodeJS.ProcessEnv;
  /** What was set by flag or environment, for the lines that repeat a part. */
  given: Given;
  status: Status;
  /** Told the plain k6 command of a part before it starts. */
  announce?: (command: string) => void;
  /** The records of all parts. */
  rows: Rows;
  live: RecordLine[];
  parts: Part[];
  /** Of the first part that was measured. */
  header?: Header;
  /** Epoch ms at which the last part was over. */
  endedAt: number;
}

/** One of them. */
export interface Run {
  /** Its records are `02-NAME.jsonl`. */
  name: string;
  scenario: 'constant' | 'blast' | 'sla';
  settings: Given;
  plan: readonly Planned[];
}

/** The line that is shown while it runs; undefined: none yet. */
export type LineOf = (live: Live) => string | undefined;

const recordsOf = ({ parts }: Whole, { name }: Run): string =>
  `${String(parts.length + 1).padStart(2, '0')}-${name}.jsonl`;

/** As one would type it; without RECORDS, so that a repetition leaves the records as they are. */
const commandOf = ({ k6, given }: Whole, { scenario, settings }: Run): string =>
  repeatCommand(typed(k6), typed(scriptOf(scenario)), { ...given, ...settings });

const scriptOf = (scenario: Run['scenario']): string => join(root, 'dist', `${scenario}.js`);

/**
 * Runs a part.
 * @returns false where it was interrupted
 * @throws CommandError
 */
export async function runPart(whole: Whole, run: Run, line: LineOf): Promise<boolean> {
  const { k6, folder, status } = whole;
  const records = join(folder, recordsOf(whole, run));
  const log = join(folder, 'k6.log');
  const command = commandOf(whole, run);
  appendFileSync(join(folder, 'commands.txt'), `${command}\n`);
  whole.announce?.(command);

  const stop = follow(records, run.plan, status, line);
  const echo = createEcho((text) => status.say(`k6: ${text}`));
  const { code, interrupted } = await runK6({
    k6,
    args: ['run', ...QUIET_K6, '--quiet', ...outputOf(folder, whole.env).flags, scriptOf(run.scenario)],
    env: { ...whole.env, ...run.settings, RECORDS: records },
    onStdout: () => {},
    onLog: (text) => {
      appendFileSync(log, `${text}\n`);
      echo(text);
    },
  }).finally(stop);
  status.clear();
  if (!interrupted && code !== EXIT.passed && code !== EXIT.sloFailed)
    throw new CommandError(`${run.name} ended with ${code}; see ${typed(log)}`);
  return !interrupted;
}

/** What a part wrote. */
export interface Taken {
  step: Step;
  /** All that was measured so far. */
  columns: Columns;
  /** Measured requests of this part. */
  requests: number;
  /** Epoch ms. */
  endedAt: number;
}

/**
 * Reads what a part wrote.
 * @param name what its measured requests are called from now on; null: they are warm-up
 * @throws CommandError
 */
export function takePart(whole: Whole, run: Run, name: string | null): Taken {
  const { rows, live, parts, folder } = whole;
  const file = recordsOf(whole, run);
  const records = join(folder, file);
  const { header, steps, requests, live: more, judged } = readPart(records, name, rows);
  const [step] = steps;
  live.push(...more);
  const endedAt = Number(judged?.t ?? Date.now());
  whole.endedAt = endedAt;
  if (name !== null) whole.header ??= header;
  parts.push({ records: file, step: name, command: commandOf(whole, run) });
  return { step, columns: rows.columns(liveOf(live)), requests, endedAt };
}
