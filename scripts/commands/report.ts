import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Asked } from '../../lib/analysis/cost/cost.ts';
import { costText } from '../../lib/report/cost.ts';
import { serverText } from '../../lib/report/server.ts';
import { summaryMarkdown } from '../../lib/report/summary.ts';
import type { Results } from '../../lib/results.ts';
import type { PageRun } from '../../report/page.ts';
import { analyzeServer } from '../analyze/analyze.ts';
import { addMetrics, type Metrics, type MetricsFlags, metricsOf } from '../analyze/flags.ts';
import { addAsking } from '../cost/flags.ts';
import { loadRun, type Reported, runsNamed } from '../report/load.ts';
import { billOf, type Priced, type PriceFlags, pricingOf } from '../report/price.ts';
import { writePage } from '../report/write.ts';
import { CommandError, codeOf, EXIT } from './exit.ts';
import { jsonOf } from './saved.ts';
import { addSettings, givenBy } from './settings.ts';

export function addReport(program: Command): void {
  const command = program
    .command('report')
    .summary('what runs, or the segments of one run, have found; as a page with --html')
    .description(
      "Says again what a run found: its folder, its results.json, last, or last~1 for the one before of last's scenario.\n" +
        'Several runs are told one below the other, and drawn into one page. Of records files each figure is computed again:\n' +
        'one gives what its run gave; several, of the execution segments of one run, are judged together as if they were one file.',
    )
    .argument('<run...>', 'runs; or records.jsonl of each k6 instance of one run')
    .option('--html <file>', 'write it as a page with charts, one file that needs nothing else')
    .option('--markdown', 'print Markdown in place of the tables, for the summary of a CI step')
    .option('--gpus <n,…>', 'how many GPUs served a run: one number for all, or one a run')
    .option('--price <$,…>', '$ per hour of one of them, likewise: what tokens cost');
  addAsking(command);
  addMetrics(command);
  addSettings(command, ['SLO', 'SUMMARY_JSON']).action(print);
}

type Flags = PriceFlags & MetricsFlags & { html?: string; markdown?: true } & Record<string, unknown>;

async function print(words: [string, ...string[]], flags: Flags): Promise<void> {
  const { html, markdown, gpus, price } = flags;
  const { SLO: slo, SUMMARY_JSON: json } = givenBy(flags);
  if (gpus !== undefined && price === undefined && html === undefined)
    throw new CommandError('--gpus is about --price or --html, and there is neither', EXIT.badSetting);
  const named = runsNamed(words);
  if (json && named.length > 1)
    throw new CommandError(`--json is of one run, and these are ${named.length}`, EXIT.badSetting);
  const pricing = pricingOf(flags, named.length);
  const metrics = metricsOf(flags);
  const loaded = named.map((each) => loadRun(each, { slo, charts: html !== undefined }));
  const told = await Promise.all(loaded.map((run) => (metrics ? explained(run, metrics) : run)));
  const runs = told.map((run, k) => billed(run, pricing.runs[k] ?? {}, pricing.asked));
  (json === '-' ? process.stderr : process.stdout).write(
    runs.map(({ results, text }) => (markdown ? summaryMarkdown(results) : text)).join('\n'),
  );
  for (const note of runs.flatMap(({ notes }) => notes)) process.stderr.write(`note: ${note}\n`);
  const file = runs[0] && jsonOf(runs[0].results);
  if (json === '-') process.stdout.write(file ?? '');
  else if (json) writeFileSync(json, file ?? '');
  if (html) writePage(html, { runs: runs.map(({ page }) => page) as [PageRun, ...PageRun[]] });
  const codes = runs.map(({ results }) => gateOf(results));
  process.exitCode = codes.find((code) => code === EXIT.sloFailed) ?? Math.max(...codes);
}

/** The run with what the server's own metrics say of it. */
async function explained(run: Reported, metrics: Metrics): Promise<Reported> {
  const server = await analyzeServer(run.results, metrics.prometheus, metrics);
  const text = `${run.text}\n${serverText(server).join('\n')}\n`;
  return { ...run, results: { ...run.results, server }, text };
}

/** The run with what its tokens cost, and as the page has it. */
function billed({ name, results: found, text, charts, notes }: Reported, price: Priced, asked?: Asked) {
  const { cost, note } = asked ? billOf(found, name, price, asked) : {};
  const results = cost ? { ...found, cost } : found;
  const known = results.cost?.rows[0]; // of a run that was priced before
  const priced = { ...(known && { gpus: known.gpus, dollarsPerGpuHour: known.dollarsPerGpuHour }), ...price };
  const page: PageRun = { name, results, ...(charts && { charts }), ...priced };
  return {
    results,
    page,
    text: cost ? `${text}\n${costText(cost)}` : text,
    notes: note === undefined ? notes : [...notes, note],
  };
}

/** A search loads a server until it breaks: its verdicts say where, and are no gate. */
const gateOf = (results: Results): number => (results.parts && !results.bench ? EXIT.passed : codeOf(results));
