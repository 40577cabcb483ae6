import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { type Config, costOf } from '../../lib/analysis/cost/cost.ts';
import { measuredConfigs } from '../../lib/analysis/cost/measured.ts';
import { costMarkdown, costText } from '../../lib/report/cost.ts';
import type { CostReport } from '../../lib/results.ts';
import { Bad } from '../../lib/settings/bad.ts';
import { root } from '../build/root.mjs';
import { askedBy, type Flags, flag, parseDollars, parseGpus } from '../cost/flags.ts';
import { readGpus } from '../cost/gpus.ts';
import { readResults } from '../cost/results.ts';
import { CommandError, EXIT } from './exit.ts';

const BUILT_IN = join(root, 'data/gpus.csv');

export function addCost(program: Command): void {
  program
    .command('cost')
    .summary('what a million tokens cost on GPUs that are paid by the hour')
    .description(
      'Turns tokens per second into $ per million tokens: those that runs measured, and those of a table of GPU\n' +
        'configurations. Without either, an example in which all throughputs are assumed.',
    )
    .argument('[results...]', "results.json or the folder of a run; its GPUs' price is --price")
    .option('--table <csv>', 'configurations to compare: name, GPUs, $/GPU-hour, tokens/s (docs/cost.md)')
    .option('--price <$>', '$ per hour of one of the GPUs that the runs loaded')
    .option('--gpus <n>', 'how many these were (1)')
    .option('--name <text>', 'what to call them (here; of several runs their folders)')
    .option('--load-factor <share>', 'share of the throughput at saturation that production uses', '0.7')
    .option('--load <load>', "replicas for a load, as in '20 req/s', '5000 tok/s' (output)")
    .option('--headroom <share>', 'what to keep free on top of --load (0%)')
    .option('--hosted-price <$>', '$ per million output tokens of a hosted API to compare with, or input:output')
    .option('--json <file|->', 'the figures as JSON, to a file or, with -, to stdout')
    .option('--markdown', 'tables in Markdown')
    .action(cost);
}

function cost(paths: string[], flags: Flags): void {
  const asked = askedBy(flags);
  const { configs, notes } = gathered(paths, flags);
  const report: CostReport = { rows: configs.map((config) => costOf(config, asked)), asked, notes };
  const text = (flags.markdown ? costMarkdown : costText)(report);
  const file = `${JSON.stringify({ schema: 'llmload/cost@1', ...asked, rows: report.rows, notes }, null, 2)}\n`;
  (flags.json === '-' ? process.stderr : process.stdout).write(text);
  if (flags.json === '-') process.stdout.write(file);
  else if (flags.json) writeFileSync(flags.json, file);
}

/** What was measured, then the table; without either the example. */
function gathered(paths: readonly string[], flags: Flags): { configs: Config[]; notes: string[] } {
  const runs = ofRuns(paths, flags);
  const { table } = flags;
  if (table !== undefined) return { ...runs, configs: [...runs.configs, ...flag('table', table, tableAt)] };
  if (paths.length > 0) return runs;
  return { configs: tableAt(BUILT_IN), notes: [EXAMPLE] };
}

const EXAMPLE = 'an example: nothing here was measured; yours: a run with --price, or --table gpus.csv';

function tableAt(path: string): Config[] {
  let csv: string;
  try {
    csv = readFileSync(path, 'utf8');
  } catch (e) {
    const { code, message } = e as NodeJS.ErrnoException;
    throw new Bad(code === 'ENOENT' ? 'there is no such file' : message, 'a CSV file');
  }
  return readGpus(csv);
}

function ofRuns(paths: readonly string[], { price, gpus, name }: Flags): { configs: Config[]; notes: string[] } {
  if (paths.length === 0) {
    const [lonely] = Object.entries({ price, gpus, name }).find(([, value]) => value !== undefined) ?? [];
    if (lonely) throw new CommandError(`--${lonely} is about a run, and none is named; ${USAGE}`, EXIT.badSetting);
    return { configs: [], notes: [] };
  }
  if (price === undefined)
    throw new CommandError(`no --price: $ per hour of one of the GPUs that were loaded; ${USAGE}`, EXIT.badSetting);
  const priced = {
    gpus: flag('gpus', gpus ?? '1', parseGpus),
    dollarsPerGpuHour: flag('price', price, parseDollars),
  };
  const found = paths.map((path) => {
    const results = readResults(path);
    if (results.comparison)
      throw new CommandError(`${path} loaded two servers at once: whose GPUs gave which tokens it does not tell`);
    const usual = paths.length > 1 ? basename(resolve(path.replace(/results\.json$/, '.'))) : 'here';
    const { configs, notes } = measuredConfigs(results, { ...priced, name: name ?? usual });
    if (configs.length === 0) throw new CommandError(`${path} has no output tok/s of a steady load to price`);
    return { configs, notes };
  });
  return { configs: found.flatMap((f) => f.configs), notes: [...new Set(found.flatMap((f) => f.notes))] };
}

const USAGE = 'as in llmload cost runs/20261122-053616-saturate --gpus 4 --price 3.50';
