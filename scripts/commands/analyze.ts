import { writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { Selectors } from '../../lib/analysis/server/promql.ts';
import { serverText } from '../../lib/report/server.ts';
import type { Results } from '../../lib/results.ts';
import { analyzeServer } from '../analyze/analyze.ts';
import { createPrometheus } from '../analyze/prometheus.ts';
import { readQueries } from '../analyze/queries.ts';
import { resultsOfRun } from '../analyze/run.ts';
import { addSelector } from '../analyze/selectors.ts';
import { flag } from '../cost/flags.ts';
import { addressOf } from './address.ts';

export function addAnalyze(program: Command): void {
  program
    .command('analyze')
    .summary('why a server slows: its own metrics, step by step')
    .description(
      'Reads what a Prometheus knows of the server for the time of each step of a run, and names the bottleneck: docs/analyze.md.\n\n' +
        'A run is its folder, its records.jsonl or results.json, or last. PROMETHEUS_TOKEN is a bearer token for the Prometheus.',
    )
    .argument('<run>', 'what was loaded')
    .requiredOption('--prometheus <url>', 'where the Prometheus is, user:password@ included where it asks for them')
    .option(
      '--selector <matchers>',
      'label matchers of the server: \'job="vllm"\'; gpu:…, node:…, engine:… for those alone',
      selected,
    )
    .option('--queries <file>', 'PromQL of your own, as JSON: {"waiting": "sum(my_queue)"}')
    .addOption(new Option('--json <file|->', 'write the results with what the server said as JSON, or - for stdout'))
    .action(analyze);
}

const selected = (text: string, all: Selectors = {}): Selectors => flag('selector', text, (t) => addSelector(t, all));

interface Flags {
  prometheus: string;
  selector?: Selectors;
  queries?: string;
  json?: string;
}

async function analyze(run: string, { prometheus, selector, queries, json }: Flags): Promise<void> {
  const client = createPrometheus(addressOf('--prometheus', prometheus), process.env.PROMETHEUS_TOKEN || undefined);
  const own = queries === undefined ? [] : flag('queries', queries, readQueries);
  const found = resultsOfRun(run);
  const server = await analyzeServer(found, client, { ...(selector && { selectors: selector }), queries: own });
  const results: Results = { ...found, server };
  (json === '-' ? process.stderr : process.stdout).write(`${serverText(server).join('\n')}\n`);
  const file = `${JSON.stringify(results, null, 2)}\n`;
  if (json === '-') process.stdout.write(file);
  else if (json) writeFileSync(json, file);
}
