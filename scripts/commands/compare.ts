import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { compareRuns, type RunComparison } from '../../lib/analysis/compare/compare.ts';
import { type Allowed, type Gated, judgeRegressions, parseFailOn } from '../../lib/analysis/compare/regression.ts';
import { compareRepeats } from '../../lib/analysis/compare/repeats.ts';
import { unlike } from '../../lib/analysis/compare/unlike.ts';
import { auditText } from '../../lib/report/audit.ts';
import { COMPARE_SCHEMA, type Compared, compareMarkdown, compareText, sentenceOf } from '../../lib/report/compare.ts';
import { SettingsError } from '../../lib/settings/parse.ts';
import { type Found, findRun } from '../compare/find.ts';
import { type Loaded, load } from '../compare/load.ts';
import { repeatRuns } from '../compare/repeat.ts';
import { createStatus } from '../live/status.ts';
import { CommandError, EXIT } from './exit.ts';
import { typed } from './repeat.ts';

export function addCompare(program: Command): void {
  program
    .command('compare')
    .summary('is one run better than another?')
    .description(
      'Compares runs with the first of them, step by step: says better, worse or no difference shown.\n\n' +
        "A run is its folder, its records.jsonl or results.json (without intervals), last, or last~1: the one before of last's scenario.\n" +
        'With --repeat each is run again so many times, in turns: what differs from run to run is then known too.',
    )
    .argument('<runs...>', 'two or more; the first is what the others are compared with')
    .option('--fail-on <regression=figure:limit>', 'exit 99 where a figure is worse by more: ttft.p99:10%', collected)
    .addOption(new Option('--repeat <times>', 'run each again, in turns; 5 tell most').argParser(parseTimes))
    .option('--markdown', 'print tables in Markdown')
    .addOption(new Option('--json <file|->', 'write what was found as JSON, or - for stdout'))
    .action(compare);
}

const collected = (text: string, all: readonly Allowed[] = []): Allowed[] => [...all, ...parseFailOn(text)];

/** With one of each nothing is known of what differs from run to run. */
function parseTimes(text: string): number {
  const times = Number(text);
  if (Number.isInteger(times) && times >= 2 && times <= 100) return times;
  throw new SettingsError('--repeat', text, 'not a number of times', '2 to 100');
}

interface Flags {
  failOn?: Allowed[];
  repeat?: number;
  markdown?: true;
  json?: string;
}

async function compare(words: string[], flags: Flags): Promise<void> {
  if (words.length < 2)
    throw new CommandError('one run is nothing to compare; allowed: two or more, as in last~1 last', EXIT.badSetting);
  const { repeat, failOn = [] } = flags;
  const found = words.map((word) => findRun(word));
  if (repeat !== undefined) return runAgain(found, repeat, flags);
  const [first, ...others] = found.map(load) as [Loaded, ...Loaded[]];
  tell(
    others.map((other) => compared([first], [other], compareRuns(first, other), failOn)),
    flags,
  );
}

async function runAgain(found: readonly Found[], times: number, flags: Flags): Promise<void> {
  const status = createStatus(process.stderr);
  const { runs, folder, interrupted, failure } = await repeatRuns(found, times, status);
  const [first, ...others] = runs as [Repeated, ...Repeated[]];
  if (first.length > 0) {
    tell(
      others.map((other) => compared(first, other, compareRepeats(first, other), flags.failOn ?? [])),
      flags,
      folder,
    );
    status.say(`saved: ${typed(join(folder, 'compare.json'))}, and each run beside it`);
  }
  if (interrupted) throw new CommandError(`interrupted after ${first.length} of ${times} rounds`, EXIT.interrupted);
  if (failure !== undefined) throw new CommandError(`after ${first.length} of ${times} rounds: ${failure}`);
}

/** Shows comparisons, keeps them, and sets the exit code. */
function tell(all: readonly Compared[], { markdown, json }: Flags, folder?: string): void {
  const text = all.map((one) => `${(markdown ? compareMarkdown : compareText)(one).join('\n')}\n`).join('\n');
  const file = `${JSON.stringify(written(all), null, 2)}\n`;
  if (folder !== undefined) {
    writeFileSync(join(folder, 'compare.json'), file);
    writeFileSync(join(folder, 'table.txt'), text);
  }
  (json === '-' ? process.stderr : process.stdout).write(text);
  if (json === '-') process.stdout.write(file);
  else if (json) writeFileSync(json, file);
  process.exitCode = codeOf(all.flatMap(({ gate }) => gate));
}

type Repeated = [Loaded, ...Loaded[]];

function compared(a: Repeated, b: Repeated, comparison: RunComparison, failOn: readonly Allowed[]): Compared {
  return {
    ...comparison,
    unlike: unlike(a[0], b[0]),
    doubts: [...[...a, ...b].flatMap(({ doubts }) => doubts), ...audited(a), ...audited(b)],
    gate: judgeRegressions(comparison, failOn),
  };
}

/** What all runs of one doubt of themselves, each thing once. */
function audited(runs: Repeated): string[] {
  const checks = new Map(runs.flatMap(({ audit }) => audit).map((check) => [check.check, check]));
  return auditText([...checks.values()]).map((line) => `${runs[0].name}: ${line.replace('doubt: ', '')}`);
}

const written = (all: readonly Compared[]) => ({
  schema: COMPARE_SCHEMA,
  llmload: LLMLOAD_VERSION,
  comparisons: all.map((one) => ({ ...one, sentence: sentenceOf(one) })),
});

function codeOf(gate: readonly Gated[]): number {
  if (gate.some(({ verdict }) => verdict === 'FAIL')) return EXIT.sloFailed;
  return gate.some(({ verdict }) => verdict === 'INCONCLUSIVE') ? EXIT.inconclusive : EXIT.passed;
}
