import { randomInt } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { timeText } from '../../lib/report/table.ts';
import { ensureK6 } from '../build/k6.mjs';
import { CommandError, EXIT } from '../commands/exit.ts';
import { type Inspected, inspectK6, QUIET_K6, runK6 } from '../commands/k6.ts';
import { createEcho } from '../commands/log.ts';
import { repeatCommand, typed } from '../commands/repeat.ts';
import { follow } from '../commands/run.ts';
import { freshFolder, savedFiles } from '../commands/saved.ts';
import { readResults } from '../cost/results.ts';
import type { Live } from '../live/live.ts';
import { planOf } from '../live/plan.ts';
import type { Status } from '../live/status.ts';
import { cannot, environmentOf, type K6Command, readCommand } from './command.ts';
import { type Found, findRun } from './find.ts';
import { type Loaded, load } from './load.ts';

/** What came of running each again. */
export interface Repeats {
  /** Of each in the order given; only of rounds in which all were run. */
  runs: Loaded[][];
  folder: string;
  interrupted: boolean;
  /** Why it could not go on. */
  failure?: string;
}

/** One of those that are run again. */
interface Side {
  name: string;
  /** a, b, c, … */
  letter: string;
  command: K6Command;
  inspected: Inspected;
}

interface Session {
  k6: string;
  folder: string;
  status: Status;
}

/**
 * Runs each again so many times, in turns and each round in the other direction: a b b a a b. What drifts meets both alike. In a
 * round all have one seed, drawn here, and so are asked the same.
 * @throws CommandError where one cannot be run again
 */
export async function repeatRuns(found: readonly Found[], times: number, status: Status): Promise<Repeats> {
  const commands = found.map(commandOf);
  const k6 = await ensureK6();
  const sides: Side[] = [];
  for (const [k, command] of commands.entries()) {
    const inspected = await inspectK6(k6, command.script, environmentOf(command, process.env));
    const { name } = found[k] as Found;
    const letter = String.fromCharCode(97 + k);
    const twice = found.filter((one) => one.name === name).length > 1;
    sides.push({ name: twice ? `${name} (${letter})` : name, letter, command, inspected });
  }
  status.say(`${sides.length} runs, each ${times} times, in turns${secondsText(sides, times)}`);
  const session = { k6, folder: freshFolder('compare'), status };
  const runs: Loaded[][] = sides.map(() => []);
  let interrupted = false;
  let failure: string | undefined;
  const stop = () => {
    interrupted = true;
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, stop);
  try {
    const all = times * sides.length;
    for (const [n, { k, seed }] of turns(sides.length, times).entries()) {
      const side = sides[k] as Side;
      const run = await runSide(session, side, { n: n + 1, all, seed });
      if (!run || interrupted) break;
      // More than one of each is compared by its figures alone.
      (runs[k] as Loaded[]).push(n < sides.length ? run : { ...run, records: [] });
    }
  } catch (e) {
    failure = (e as Error).message;
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
  const rounds = Math.min(...runs.map(({ length }) => length));
  return {
    runs: runs.map((own) => own.slice(0, rounds)),
    folder: session.folder,
    interrupted,
    ...(failure !== undefined && !interrupted && { failure }),
  };
}

/** Where it can be foreseen. */
function secondsText(sides: readonly Side[], times: number): string {
  const seconds = sides
    .map(({ inspected }) => planOf(inspected).map(({ start, length = Number.NaN }) => (start + length) / 1000))
    .reduce((sum, ends) => sum + times * (START + Math.max(...ends)), 0);
  return Number.isFinite(seconds) ? `: about ${timeText(seconds)}` : '';
}

/** s that k6 takes. */
const START = 2;

function turns(sides: number, times: number): { k: number; seed: string }[] {
  return Array.from({ length: times }, (_, round) => {
    const seed = String(randomInt(2 ** 32));
    const order = Array.from({ length: sides }, (_, k) => ({ k, seed }));
    return round % 2 === 0 ? order : order.reverse();
  }).flat();
}

/** @throws CommandError */
function commandOf({ name, file, kind }: Found): K6Command {
  const results = kind === 'results' ? file : join(dirname(file), 'results.json');
  if (!existsSync(results)) throw cannot(name, `there is no ${results}, which says its command`);
  const { run, parts } = readResults(results);
  if (parts) throw cannot(name, `${run.scenario} is several k6 runs; allowed: a run that is one`);
  if (!run.command) throw cannot(name, `${results} does not say its command; allowed: runs of llmload run`);
  const { settings, ...command } = readCommand(name, run.command, process.env);
  const { RECORDS, SUMMARY_JSON, SEED, ...kept } = settings;
  return { ...command, settings: kept };
}

/**
 * A plain k6 run.
 * @returns undefined where it was interrupted
 * @throws CommandError
 */
async function runSide(
  { k6, folder, status }: Session,
  { name, letter, command, inspected }: Side,
  { n, all, seed }: { n: number; all: number; seed: string },
): Promise<Loaded | undefined> {
  const own = join(folder, `${String(n).padStart(2, '0')}-${letter}`);
  mkdirSync(own);
  const again = { ...command, settings: { ...command.settings, SEED: seed } };
  const env = environmentOf(again, process.env);
  const { results, records, log } = savedFiles(own, env);
  const files = { SUMMARY_JSON: results, ...(records && { RECORDS: records }) };
  const shown = { ...again.settings, SUMMARY_JSON: typed(results), ...(records && { RECORDS: typed(records) }) };
  const shownCommand = repeatCommand(typed(k6), command.script, shown, command.k6Flags);
  appendFileSync(join(folder, 'commands.txt'), `${shownCommand}\n`);

  const head = `repeat ${n} of ${all}: ${letter}`;
  const line = (live: Live): string | undefined => {
    const text = live.text();
    return text && `${head} · ${text}`;
  };
  const unfollow = records === undefined ? () => {} : follow(records, planOf(inspected), status, line);
  const echo = createEcho((text) => status.say(`k6: ${text}`));
  const { code, interrupted } = await runK6({
    k6,
    args: ['run', ...QUIET_K6, '--quiet', ...command.k6Flags, command.script],
    env: { ...env, ...files },
    onStdout: () => {},
    onLog: (text) => {
      appendFileSync(log, `${text}\n`);
      echo(text);
    },
  }).finally(unfollow);
  status.clear();
  if (interrupted) return undefined;
  if (code !== EXIT.passed && code !== EXIT.sloFailed)
    throw new CommandError(`${head} ended with ${code}; see ${typed(log)}`);
  const run = load(findRun(typed(own)));
  if (run.steps.every(({ ok }) => ok === 0)) throw new CommandError(`${head}: no request succeeded; see ${typed(log)}`);
  status.say(`${head} is done: ${name}, ${typed(own)}`);
  return { ...run, name };
}
