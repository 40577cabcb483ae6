import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { ProbeResult } from '../../lib/probe-result.ts';
import type { Results } from '../../lib/results.ts';
import { SETTING_NAMES, setting } from '../../lib/settings/table.ts';
import { ensureK6 } from '../build/k6.mjs';
import { root } from '../build/root.mjs';
import { createLive, type Live } from '../live/live.ts';
import { type Planned, planOf } from '../live/plan.ts';
import { createStatus, type Status } from '../live/status.ts';
import { tail } from '../live/tail.ts';
import { addEnvironment, environmentOf } from '../report/environment.ts';
import { writeReport } from '../report/own.ts';
import { CommandError, codeOf, EXIT, verdictCode } from './exit.ts';
import { checkK6Flags, type Inspected, inspectK6, type K6Run, modelsOf, QUIET_K6, runK6 } from './k6.ts';
import { createEcho } from './log.ts';
import { outputOf } from './output.ts';
import { askProbe } from './probe.ts';
import { addRemoteWrite, remoteWrite } from './remote-write.ts';
import { quote, repeatCommand, repeatWords, typed } from './repeat.ts';
import { freshFolder, jsonOf, type Saved, savedFiles } from './saved.ts';
import { addSettings, checkEnvironment, type Given, givenBy } from './settings.ts';

/** What each scenario is for, in the order in which one meets them. */
export const SCENARIOS = {
  constant: 'open loop: --rate requests a second for --duration',
  ramp: 'closed loop: up to --concurrency in flight, hold, down',
  blast: 'closed loop until --requests are done; with --ramp 8,32,64 the knee',
  saturation: 'open loop at each of --rates 5..100:5: how much load until it breaks?',
  sla: 'open loop: does the server hold --slo at --rate (or --rates 20,30,40), certified?',
  mix: 'several models by weight: does each request reach the one it asked?',
  router: 'closed loop through a router: the right model, backend and answer for each request?',
  replay: 'open loop: the requests of a --trace, each at its time; --speed 10, --window 5m..15m',
  conversations: 'closed loop of users who ask --turns questions, all that was said before resent',
} as const;
type Scenario = keyof typeof SCENARIOS;

/** Those that may ask for several models by weight. */
const MIXES: readonly Scenario[] = ['mix', 'router'];

const isScenario = (name: string): name is Scenario => Object.hasOwn(SCENARIOS, name);

export function addRun(program: Command): void {
  const command = program
    .command('run')
    .summary('run a load test')
    .description(
      `Probes the server with one request, runs a load test against it, prints the table.\n\nScenarios:\n${Object.entries(
        SCENARIOS,
      )
        .map(([name, help]) => `  ${name.padEnd(13)} ${help}`)
        .join('\n')}`,
    )
    .usage('<scenario> [flags] [-- k6 flags]')
    .argument('<scenario>')
    .argument('[k6 flags...]');
  addRemoteWrite(addSettings(command)).action(run);
}

async function run(scenario: string, k6Flags: string[], options: Record<string, unknown>): Promise<void> {
  if (!isScenario(scenario))
    throw new CommandError(`no scenario ${quote(scenario)}; there are: ${Object.keys(SCENARIOS).join(', ')}`);
  await runTest(
    scenario,
    givenBy(options),
    k6Flags,
    async (k6, env, status, inspected) => {
      const models = scenario === 'replay' ? modelsOf(inspected) : [];
      await probeFirst(k6, { ...env, ...askingFor(models) }, status, MIXES.includes(scenario) || models.length > 1);
    },
    options.remoteWrite as string | undefined,
  );
}

/** Asks each server for one answer before any load. @throws CommandError where one has none */
type ProbeAll = (k6: string, env: NodeJS.ProcessEnv, status: Status, inspected: Inspected) => Promise<void>;

/** Runs dist/SCENARIO.js, shows and saves what it finds, and sets the exit code. @param metricsTo --remote-write */
export async function runTest(
  scenario: string,
  given: Given,
  k6Flags: readonly string[],
  probeAll: ProbeAll,
  metricsTo?: string,
) {
  checkK6Flags(k6Flags);
  checkEnvironment(process.env, given);
  const jsonToStdout = given.SUMMARY_JSON === '-';
  const { SUMMARY_JSON: _, ...settings } = given;
  const wanted: Given = jsonToStdout ? settings : given;

  const k6 = await ensureK6();
  const script = join(root, 'dist', `${scenario}.js`);
  const env: NodeJS.ProcessEnv = { ...process.env, ...wanted };
  const inspected = await inspectK6(k6, script, env);
  const status = createStatus(process.stderr);
  const writing = await remoteWrite(metricsTo, env, status);
  await probeAll(k6, env, status, inspected);

  const { results, interrupted, code } = await measure({
    k6,
    script,
    env: { ...env, ...writing },
    k6Flags,
    folder: freshFolder(scenario),
    inspected,
    status,
    jsonToStdout,
  });
  if (jsonToStdout && results) process.stdout.write(jsonOf(results));
  status.say(`repeat: ${repeatCommand(typed(k6), typed(script), repeated(env, wanted, results), k6Flags)}`);
  process.exitCode = interrupted ? EXIT.interrupted : code;
}

/** The settings that ask for these models, one or several. */
const askingFor = (models: readonly string[]): Given =>
  models.length > 1 ? { MIX: models.map((model) => `${model}:1`).join(',') } : models[0] ? { MODEL: models[0] } : {};

/**
 * One request, in a mix one for each model; a server that cannot answer one is not loaded.
 * @param who which server, where there are several
 */
export async function probeFirst(
  k6: string,
  env: NodeJS.ProcessEnv,
  status: Status,
  isMix = false,
  who = '',
): Promise<ProbeResult[]> {
  const named = (line: string) => (who ? `${who}: ${line}` : line);
  const { MIX, MODEL_A, MODEL_B, ...rest } = env;
  status.show('probe: waiting for an answer');
  const results = await askProbe(k6, isMix ? env : rest).finally(() => status.clear());
  for (const result of results) {
    if (!result.ok) throw new CommandError(named(result.line), result.setting ? EXIT.badSetting : EXIT.failed);
    status.say(`probe: ${named(result.line)}`);
    for (const note of result.notes) status.say(`  note: ${note}`);
  }
  return results;
}

/** A run of k6 that is shown while it goes on, and kept. */
export interface Load extends Pick<K6Run, 'guarded' | 'onStart' | 'enough'> {
  k6: string;
  script: string;
  env: NodeJS.ProcessEnv;
  k6Flags: readonly string[];
  inspected: Inspected;
  /** Where everything is written. */
  folder: string;
  status: Status;
  jsonToStdout: boolean;
  /** Told the results before they are shown: may add to them, and to the table. */
  amend?: (results: Results) => string;
  /** Its table is kept and not shown, nor what was saved: it is a part of something larger. */
  quiet?: true;
  /** Told the lines of the records file as they come, some twice a second. */
  onRecords?: (lines: readonly string[]) => void;
}

export interface Measured {
  /** Undefined where k6 wrote none. */
  results: Results | undefined;
  interrupted: boolean;
  /** The command's, by the verdicts. */
  code: number;
}

/** Runs a load, prints its table, tells what was saved. */
export async function measure(given: Load): Promise<Measured> {
  const { k6, script, env, k6Flags, status, jsonToStdout } = given;
  const saved = savedFiles(given.folder, env);
  const { testid, used } = outputOf(given.folder, env, k6Flags);
  if (used) status.say(`testid: ${testid}`);
  const environment = environmentOf(k6, script, env); // a server may not outlive the load
  const { code, interrupted, table } = await load(given, saved);
  const results = existsSync(saved.results) ? (JSON.parse(readFileSync(saved.results, 'utf8')) as Results) : undefined;
  let more: string | undefined;
  if (results) {
    more = given.amend?.(results);
    addEnvironment(
      results,
      { ...(await environment), testid },
      repeatWords(typed(k6), typed(script), repeated(env, {}, results), k6Flags),
    );
    writeFileSync(saved.results, jsonOf(results));
  }
  const text = table + (more ?? '');
  if (text) {
    writeFileSync(saved.table, text);
    if (!given.quiet) (jsonToStdout ? process.stderr : process.stdout).write(text);
  }
  if (results) writeReport(saved, results, status);
  const { report, log, records } = saved;
  const paths = [report, saved.results, records, saved.table, log].filter((f) => f && existsSync(f)) as string[];
  if (!given.quiet) status.say(`saved: ${paths.map((f) => typed(f)).join(' ')}`);
  // An end in order has a code of its own in k6: the verdicts are in the results.
  const ended = given.enough?.aborted && !interrupted && results;
  return { results, interrupted, code: ended ? codeOf(results) : verdictCode(code, results) };
}

async function load(
  { k6, script, env, k6Flags, inspected, folder, status, jsonToStdout, guarded, onStart, enough, onRecords }: Load,
  saved: Saved,
) {
  const { records } = saved;
  const own = records === undefined && !jsonToStdout; // without records k6's own progress is all there is to show
  const stop = records === undefined ? () => {} : follow(records, planOf(inspected), status, undefined, onRecords);
  const echo = createEcho((line) => status.say(`k6: ${line}`));
  let table = '';
  const k6Run = await runK6({
    k6,
    args: [
      'run',
      ...QUIET_K6,
      ...(own ? [] : ['--quiet']),
      ...outputOf(folder, env, k6Flags).flags,
      ...k6Flags,
      script,
    ],
    env: { ...env, SUMMARY_JSON: saved.results, ...(records && { RECORDS: records }) },
    ...(!own && {
      onStdout: (text: string) => {
        table += text;
      },
      onLog: (line: string) => {
        appendFileSync(saved.log, `${line}\n`);
        if (!enough?.aborted) echo(line); // it says no more than that it was ended
      },
    }),
    ...(guarded && { guarded }),
    ...(onStart && { onStart }),
    enough,
  });
  stop();
  status.clear();
  return { ...k6Run, table };
}

/** Shows what the records say, once a second. */
export function follow(
  records: string,
  plan: readonly Planned[],
  status: Status,
  line = (live: Live): string | undefined => live.text(),
  onRecords?: Load['onRecords'],
): () => void {
  const live = createLive(plan);
  const reader = tail(records);
  const timer = setInterval(() => {
    const lines = reader.read();
    for (const record of lines) live.see(record);
    onRecords?.(lines);
    const text = line(live);
    if (text) status.show(text);
  }, 500);
  return () => {
    clearInterval(timer);
    reader.close();
  };
}

/** The settings that were set, by flag or environment, and the seed that was drawn. */
export function repeated(env: NodeJS.ProcessEnv, given: Given, results: Results | undefined): Given {
  const seed = results?.run.settings.SEED;
  return { ...settingsSet(env, given), ...(seed !== undefined && seed !== '' && { SEED: String(seed) }) };
}

/** The settings that were set, by flag or environment. */
export function settingsSet(env: NodeJS.ProcessEnv, given: Given): Given {
  const all: Given = {};
  for (const name of SETTING_NAMES) {
    const { alias } = setting(name);
    const value = given[name] ?? (env[name] || (alias && env[alias]));
    if (value) all[name] = value;
  }
  return all;
}
