import { writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { serverText } from '../../lib/report/server.ts';
import type { Results } from '../../lib/results.ts';
import { analyzeServer } from '../analyze/analyze.ts';
import { addMetrics, type MetricsFlags, metricsOf } from '../analyze/flags.ts';
import { resultsOfRun } from '../analyze/run.ts';
import { CommandError, EXIT } from './exit.ts';
import { jsonOf } from './saved.ts';

export function addAnalyze(program: Command): void {
  const command = program
    .command('analyze')
    .summary('why a server slows: its own metrics, step by step')
    .description(
      'Reads what a Prometheus knows of the server for the time of each step of a run, and names the bottleneck: docs/analyze.md.\n\n' +
        'A run is its folder, its records.jsonl or results.json, or last. PROMETHEUS_TOKEN is a bearer token for the Prometheus.',
    )
    .argument('<run>', 'what was loaded');
  addMetrics(command)
    .addOption(new Option('--json <file|->', 'write the results with what the server said as JSON, or - for stdout'))
    .action(analyze);
}

async function analyze(run: string, { json, ...flags }: MetricsFlags & { json?: string }): Promise<void> {
  const metrics = metricsOf(flags);
  if (!metrics) throw new CommandError('--prometheus is missing: where the Prometheus is', EXIT.badSetting);
  const found = resultsOfRun(run);
  const server = await analyzeServer(found, metrics.prometheus, metrics);
  const results: Results = { ...found, server };
  (json === '-' ? process.stderr : process.stdout).write(`${serverText(server).join('\n')}\n`);
  if (json === '-') process.stdout.write(jsonOf(results));
  else if (json) writeFileSync(json, jsonOf(results));
}
