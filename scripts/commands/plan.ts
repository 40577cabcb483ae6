import { mkdirSync, statSync } from 'node:fs';
import { dirname, extname, resolve } from 'node:path';
import type { Command } from 'commander';
import { parseSettings } from '../../lib/settings/settings.ts';
import { PLAN_SUFFIX } from '../../lib/workload/trace/plan-file.ts';
import { createStatus } from '../live/status.ts';
import { makePlan } from '../plan/make.ts';
import { madeText } from '../plan/say.ts';
import { CommandError, EXIT } from './exit.ts';
import { quote, typed } from './repeat.ts';
import { addSettings, checkEnvironment, givenBy } from './settings.ts';

export function addPlan(program: Command): void {
  const command = program
    .command('plan')
    .summary('make a trace of any size ready for replay')
    .description(
      'Turns a trace of any size (CSV or JSON lines) into a file that `llmload run replay --trace` reads by index.\nA small one needs no plan: replay takes up to 200,000 rows as they are.',
    )
    .argument('<trace>')
    .option('-o, --output <file>', `the plan to write, a name in ${PLAN_SUFFIX} (beside the trace)`);
  addSettings(command, ['BAD_ROWS']).action(plan);
}

async function plan(trace: string, options: Record<string, unknown>): Promise<void> {
  const given = givenBy(options);
  checkEnvironment(process.env, given);
  const { badRows } = parseSettings({ ...process.env, ...given }, { BAD_ROWS: true });
  const file = outputFor(trace, options.output as string | undefined);
  const size = sizeOf(trace);
  mkdirSync(dirname(file), { recursive: true });
  const status = createStatus(process.stderr);
  const made = await makePlan(trace, file, badRows === 'skip', (bytes, rows) =>
    status.show(`${Math.floor((100 * bytes) / size)} % read, ${rows.toLocaleString('en')} rows`),
  )
    .finally(() => status.clear())
    .catch((e: Error) => {
      throw new CommandError(`${trace}: ${e.message}`, e instanceof CommandError ? e.code : EXIT.failed);
    });
  process.stdout.write(madeText(made, quote(typed(file))));
}

function outputFor(trace: string, output: string | undefined): string {
  const file = resolve(output ?? `${trace.slice(0, trace.length - extname(trace).length)}${PLAN_SUFFIX}`);
  if (file === resolve(trace)) throw new CommandError(`${trace}: the plan would replace it`, EXIT.badSetting);
  if (file.endsWith(PLAN_SUFFIX)) return file;
  throw new CommandError(
    `--output ${output}: ends in no ${PLAN_SUFFIX}, by which replay knows a plan`,
    EXIT.badSetting,
  );
}

function sizeOf(trace: string): number {
  const info = statSync(trace, { throwIfNoEntry: false });
  if (info?.isFile()) return info.size;
  throw new CommandError(`${trace}: ${info ? 'is no file' : 'there is no such file'}`);
}
