import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { gateVerdicts } from '../../lib/analysis/gate.ts';
import { summaryMarkdown } from '../../lib/report/summary.ts';
import { textReport } from '../../lib/report/text.ts';
import type { Results } from '../../lib/results.ts';
import { findRun } from '../compare/find.ts';
import { extrasOf } from '../records/extras.ts';
import { report } from '../records/report.ts';
import { EXIT, verdictCode } from './exit.ts';
import { addSettings, givenBy } from './settings.ts';

export function addReport(program: Command): void {
  const command = program
    .command('report')
    .summary('what records say: of one run, or of the segments of one run together')
    .description(
      'Analyses records files again: one gives what its run gave; several, of the execution segments of one run, are judged\ntogether as if they were one file.',
    )
    .argument('<file...>', "records.jsonl of each k6 instance; or a run's folder, or last")
    .option('--markdown', 'print Markdown in place of the tables, for the summary of a CI step');
  addSettings(command, ['SLO', 'SUMMARY_JSON']).action(print);
}

function print(words: [string, ...string[]], options: Record<string, unknown>): void {
  const { SLO: slo, SUMMARY_JSON: json } = givenBy(options);
  const results = report(words.map((word) => findRun(word).file) as [string, ...string[]], slo);
  const text = options.markdown ? summaryMarkdown(results) : `\n${textReport(results, extrasOf(results.run.scenario))}`;
  (json === '-' ? process.stderr : process.stdout).write(text);
  const file = `${JSON.stringify(results, null, 2)}\n`;
  if (json === '-') process.stdout.write(file);
  else if (json) writeFileSync(json, file);
  process.exitCode = verdictCode(held(results) ? EXIT.passed : EXIT.sloFailed, results);
}

/** As the thresholds and the teardown of the run have it: every verdict passed, and no iteration threw. */
const held = (results: Results): boolean =>
  gateVerdicts(results).every((v) => v === 'PASS') && results.failures.every((f) => f.outcome !== 'exception');
