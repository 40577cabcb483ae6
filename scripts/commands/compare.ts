import { writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { compareRuns } from '../../lib/analysis/compare/compare.ts';
import { type Allowed, type Gated, judgeRegressions, parseFailOn } from '../../lib/analysis/compare/regression.ts';
import { COMPARE_SCHEMA, type Compared, compareMarkdown, compareText, sentenceOf } from '../../lib/report/compare.ts';
import { findRun } from '../compare/find.ts';
import { type Loaded, load } from '../compare/load.ts';
import { unlikeSettings } from '../compare/unlike.ts';
import { CommandError, EXIT } from './exit.ts';

export function addCompare(program: Command): void {
  program
    .command('compare')
    .summary('is one run better than another?')
    .description(
      'Compares runs with the first of them, step by step: says better, worse or no difference shown.\n\n' +
        "A run is its folder, its records.jsonl or results.json (without intervals), last, or last~1: the one before of last's scenario.",
    )
    .argument('<runs...>', 'two or more; the first is what the others are compared with')
    .option('--fail-on <regression=figure:limit>', 'exit 99 where a figure is worse by more: ttft.p99:10%', collected)
    .option('--markdown', 'print tables in Markdown')
    .addOption(new Option('--json <file|->', 'write what was found as JSON, or - for stdout'))
    .action(compare);
}

const collected = (text: string, all: readonly Allowed[] = []): Allowed[] => [...all, ...parseFailOn(text)];

interface Flags {
  failOn?: Allowed[];
  markdown?: true;
  json?: string;
}

function compare(words: string[], { failOn = [], markdown, json }: Flags): void {
  if (words.length < 2)
    throw new CommandError('one run is nothing to compare; allowed: two or more, as in last~1 last', EXIT.badSetting);
  const [first, ...others] = words.map((word) => load(findRun(word))) as [Loaded, ...Loaded[]];
  const all = others.map((other) => compared(first, other, failOn));
  const text = all.map((one) => `${(markdown ? compareMarkdown : compareText)(one).join('\n')}\n`).join('\n');
  (json === '-' ? process.stderr : process.stdout).write(text);
  const file = `${JSON.stringify(written(all), null, 2)}\n`;
  if (json === '-') process.stdout.write(file);
  else if (json) writeFileSync(json, file);
  process.exitCode = codeOf(all.flatMap(({ gate }) => gate));
}

function compared(a: Loaded, b: Loaded, failOn: readonly Allowed[]): Compared {
  const comparison = compareRuns(a, b);
  return {
    ...comparison,
    unlike: unlikeSettings(a.told, b.told),
    doubts: [...a.doubts, ...b.doubts],
    gate: judgeRegressions(comparison, failOn),
  };
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
