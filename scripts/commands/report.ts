import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { textReport } from '../../lib/report/text.ts';
import { extrasOf } from '../records/extras.ts';
import { report } from '../records/report.ts';
import { codeOf } from './exit.ts';
import { addSettings, givenBy } from './settings.ts';

export function addReport(program: Command): void {
  const command = program
    .command('report')
    .summary('what records say: of one run, or of the segments of one run together')
    .description(
      'Analyses records files again: one gives what its run gave; several, of the execution segments of one run, are judged\ntogether as if they were one file.',
    )
    .argument('<file...>', 'records.jsonl of each k6 instance');
  addSettings(command, ['SLO', 'SUMMARY_JSON']).action(print);
}

function print(paths: [string, ...string[]], options: Record<string, unknown>): void {
  const { SLO: slo, SUMMARY_JSON: json } = givenBy(options);
  const results = report(paths, slo);
  const text = `\n${textReport(results, extrasOf(results.run.scenario))}`;
  (json === '-' ? process.stderr : process.stdout).write(text);
  const file = `${JSON.stringify(results, null, 2)}\n`;
  if (json === '-') process.stdout.write(file);
  else if (json) writeFileSync(json, file);
  process.exitCode = codeOf(results);
}
