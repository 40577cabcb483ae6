import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { textReport } from '../../lib/report/text.ts';
import type { Results } from '../../lib/results.ts';
import { flagOf, type SettingName } from '../../lib/settings/table.ts';
import { ensureK6 } from '../build/k6.mjs';
import { root } from '../build/root.mjs';
import { CommandError, codeOf, EXIT } from '../commands/exit.ts';
import { inspectK6 } from '../commands/k6.ts';
import { remoteWrite } from '../commands/remote-write.ts';
import { flagsOf, typed } from '../commands/repeat.ts';
import type { Measured } from '../commands/run.ts';
import { freshFolder, saveResults } from '../commands/saved.ts';
import type { Given } from '../commands/settings.ts';
import { createStatus, type Status } from '../live/status.ts';
import { extrasOf } from '../records/extras.ts';
import { chartsOfParts } from '../report/charts.ts';
import { writeOwnPage } from '../report/own.ts';
import { type Stop, untilStopped } from '../saturate/stop.ts';
import { type FaultFlags, ROWS } from './flags.ts';
import { adminInjector } from './injectors/admin.ts';
import { runFault } from './run.ts';
import { startServers } from './servers.ts';
import { SUITE, type SuiteFault, USUAL } from './suite.ts';
import { type SuiteRun, suiteResults } from './suite-results.ts';

/** Settings that a suite has of its own. */
const OWN: readonly SettingName[] = [
  'BASE_URL',
  'MODEL',
  'MODEL_A',
  'MODEL_B',
  'MIX',
  'ROUTES',
  'BACKEND_HEADER',
  'ATTEMPTS_HEADER',
  'FAULT',
  'CHAOS_INJECT_URL',
  'CHAOS_RESTORE_URL',
  'SPIKE',
  'DRIVER',
  'RECORDS',
  'RUN_ID',
];

interface Suite {
  k6: string;
  script: string;
  /** Settings of every run. */
  settings: Given;
  /** What makes k6 write its samples somewhere. */
  writing: NodeJS.ProcessEnv;
  given: Given;
  folder: string;
  status: Status;
  names: readonly string[];
}

/** All faults of the suite, or some, one after the other; one table, one report. @throws CommandError */
export async function runSuite(flags: FaultFlags & Record<string, unknown>, given: Given): Promise<void> {
  refuse(flags, given);
  const names = chosen(flags.only);
  const { SUMMARY_JSON: json = process.env.SUMMARY_JSON, ...wanted } = given;
  const settings = settingsOf(wanted);
  const k6 = await ensureK6();
  const script = join(root, 'dist', 'chaos.js');
  const hooks = { CHAOS_INJECT_URL: 'http://127.0.0.1:1', CHAOS_RESTORE_URL: 'http://127.0.0.1:1' };
  await inspectK6(k6, script, { ...process.env, ...settings, ...hooks });

  const folder = freshFolder('chaos-suite');
  const status = createStatus(process.stderr);
  const writing = await remoteWrite(flags.remoteWrite, process.env, status);
  const suite: Suite = { k6, script, settings, writing, given: wanted, folder, status, names };
  const runs: SuiteRun[] = [];
  await untilStopped(async (stop) => {
    for (const name of names) {
      const measured = await runOne(suite, name, stop);
      if (measured?.results) runs.push(partOf(suite, name, measured.results));
      if (stop.asked) break;
    }
    tell(suite, runs, json);
    if (stop.asked) process.exitCode = EXIT.interrupted;
  });
}

const folderOf = ({ names }: Suite, name: string): string => `${names.indexOf(name) + 1}-${name}`;

const partOf = (suite: Suite, name: string, results: Results): SuiteRun => ({
  name,
  results,
  records: join(folderOf(suite, name), 'records.jsonl'),
  command: ['llmload chaos --suite --only', name, ...flagsOf(suite.given).words].join(' '),
});

/** One fault, against servers of its own: what one leaves behind is none of the next one's. */
async function runOne(suite: Suite, name: string, stop: Stop): Promise<Measured | undefined> {
  const { k6, script, settings, writing, names, status } = suite;
  const { called, backends = [], fault, spike } = SUITE[name] as SuiteFault;
  const folder = join(suite.folder, folderOf(suite, name));
  mkdirSync(folder);
  const servers = await startServers(folder);
  try {
    if (stop.asked) return undefined;
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      ...settings,
      ...writing,
      BASE_URL: servers.url,
      FAULT: called,
      SPIKE: spike === undefined ? '' : String(spike),
    };
    const admins = backends.map((k) => servers.admins[k] as string);
    const hooks = fault && { CHAOS_INJECT_URL: `${servers.url}/inject`, CHAOS_RESTORE_URL: `${servers.url}/restore` };
    const measured = await runFault({
      k6,
      script,
      env,
      folder,
      injector: fault && adminInjector(admins, fault),
      inspected: await inspectK6(k6, script, { ...env, ...hooks }),
      status: {
        ...status,
        show: (text) => status.show(`${names.indexOf(name) + 1} of ${names.length}, ${called} · ${text}`),
      },
      k6Flags: [],
      jsonToStdout: true,
      guarded: true,
      quiet: true,
    });
    if (!measured.results && !measured.interrupted)
      throw new CommandError(`${name} came to no results; see ${typed(join(folder, 'k6.log'))}`);
    const [found] = measured.results?.chaos ?? [];
    if (found) status.say(`${name}: ${found.why}`);
    return measured;
  } finally {
    await servers.stop();
  }
}

function tell({ folder, status }: Suite, runs: readonly SuiteRun[], json: string | undefined): void {
  const [first, ...more] = runs;
  if (!first) throw new CommandError('interrupted before anything was measured', EXIT.interrupted);
  const results = suiteResults([first, ...more]);
  saveResults(folder, results, `\n${textReport(results, extrasOf(results.run.scenario))}`, json);
  const page = join(folder, 'report.html');
  const drawn = writeOwnPage(page, status, () => pageOf(folder, results));
  status.say(`saved: ${typed(join(folder, 'results.json'))}, and a folder beside it for each fault`);
  if (drawn) status.say(`report: ${typed(page)}`);
  process.exitCode = codeOf(results);
}

function pageOf(folder: string, results: Results) {
  const { charts } = chartsOfParts(folder, results.parts ?? []);
  return { results, ...(charts && { charts }) };
}

/** Flags and settings that would say what the suite says itself. @throws CommandError 107 */
function refuse(flags: FaultFlags & Record<string, unknown>, given: Given): void {
  const ways = ROWS.map(([text]) => text.split(' ')[0] as string).filter((way) => !['--suite', '--only'].includes(way));
  const camel = (way: string) => way.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const stray = [
    ...ways.filter((way) => flags[camel(way)]),
    ...OWN.filter((name) => given[name]).map((name) => `--${flagOf(name)}`),
  ];
  if (stray[0])
    throw new CommandError(
      `${stray[0]}: a suite has servers and faults of its own; allowed: --rate, --inject-at, …`,
      EXIT.badSetting,
    );
}

/** @throws CommandError 107 */
function chosen(only: string | undefined): string[] {
  const all = Object.keys(SUITE);
  const names = only === undefined ? all : only.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined)
    throw new CommandError(`--only ${unknown}: no such fault; allowed: ${all.join(', ')}`, EXIT.badSetting);
  return all.filter((name) => names.includes(name));
}

/** What was set, else what is usual; and what names backends and counts attempts. */
function settingsOf(wanted: Given): Given {
  const usual = { ...USUAL, SEED: String(randomInt(2 ** 32)) };
  const names = Object.keys(usual) as SettingName[];
  return {
    ...Object.fromEntries(OWN.map((name) => [name, ''])),
    ...Object.fromEntries(names.map((name) => [name, process.env[name] || usual[name as keyof typeof usual]])),
    ...wanted,
    MODEL: 'mock',
    BACKEND_HEADER: 'X-Router-Backend',
    ATTEMPTS_HEADER: 'X-Router-Attempts',
  };
}
