import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { secretsOf } from '../../lib/secrets.ts';
import { parseSetting } from '../../lib/settings/parse.ts';
import { SETTING_NAMES, type SettingName, setting } from '../../lib/settings/table.ts';
import { BRINGING, bringing, bundleOf, ensureBringing } from '../archive/bringing.ts';
import { ensureK6 } from '../build/k6.mjs';
import { root } from '../build/root.mjs';
import { CommandError, EXIT } from './exit.ts';
import { runK6 } from './k6.ts';
import { logLine } from './log.ts';
import { isSecret, typed } from './repeat.ts';
import { SCENARIOS, settingsSet } from './run.ts';
import { addSettings, checkEnvironment, type Given, givenBy } from './settings.ts';

/** Bytes: what Grafana Cloud takes. */
const LARGEST = 100e6;

/** What runs without this command: not a probe, nor what makes faults. */
const ARCHIVED: readonly string[] = [...Object.keys(SCENARIOS), 'ab'];

/** Of a run, not of an archive: labels, and files on the machine that runs it. */
const OF_A_RUN: readonly SettingName[] = ['META', 'SUMMARY_JSON', 'RECORDS', 'RUN_ID'];

export function addArchive(program: Command): void {
  const command = program
    .command('archive')
    .summary('make tests ready for Grafana Cloud, or for any k6 elsewhere')
    .description(
      'Writes an archive a scenario, with its settings, its options and its files inside. No secret is: keys, headers and\npasswords are given where an archive runs. Without a scenario: all that these settings are enough for.',
    )
    .usage('[scenario...] [flags]')
    .argument('[scenario...]')
    .option('-o, --output <folder>', 'where to write them', 'archives');
  addSettings(command).action(archive);
}

async function archive(scenarios: string[], options: Record<string, unknown>): Promise<void> {
  const unknown = scenarios.find((name) => !ARCHIVED.includes(name));
  if (unknown !== undefined) throw new CommandError(`no archive of "${unknown}"; there are: ${ARCHIVED.join(', ')}`);
  const given = givenBy(options);
  checkEnvironment(process.env, given);
  const { kept, dropped, secrets } = sorted(settingsSet(process.env, given));
  const k6 = await ensureK6();
  if (BRINGING[kept.DRIVER ?? '']) await ensureBringing();
  const folder = resolve(options.output as string);
  mkdirSync(folder, { recursive: true });
  const say = (line: string) => process.stderr.write(`${line}\n`);
  let made = 0;
  for (const scenario of scenarios.length > 0 ? scenarios : ARCHIVED) {
    const file = join(folder, `${scenario}.tar`);
    try {
      await write(k6, scenario, file, kept, secrets);
    } catch (e) {
      if (scenarios.length > 0 || !(e instanceof CommandError) || e.code !== EXIT.badSetting) throw e;
      say(`${scenario}: left out: ${e.message}`);
      continue;
    }
    made++;
    process.stdout.write(`${typed(file)}\n`);
  }
  if (made === 0) throw new CommandError('no scenario can be archived with these settings', EXIT.badSetting);
  if (dropped.length > 0) say(`not inside, to be set where it runs: ${dropped.join(', ')}`);
}

/** What goes into an archive, what does not, and the texts that must not be found in it. */
function sorted(set: Given): { kept: Given; dropped: SettingName[]; secrets: string[] } {
  const kept: Given = { SEED: String(Math.floor(Math.random() * 2 ** 32)) }; // all instances of a run need the same one
  const dropped: SettingName[] = [];
  const secrets: string[] = [];
  for (const name of SETTING_NAMES) {
    const value = set[name];
    if (value === undefined) continue;
    if (isSecret(name, value)) secrets.push(...secretParts(name, value));
    if (isSecret(name, value) || OF_A_RUN.includes(name)) dropped.push(name);
    else kept[name] = absolute(name, value);
  }
  return { kept, dropped, secrets };
}

function secretParts(name: SettingName, value: string): string[] {
  const { type } = setting(name);
  if (type === 'headers')
    return secretsOf({ apiKey: undefined, headers: parseSetting(name, value) as Record<string, string> });
  if (type === 'secret') return [value];
  return [...value.matchAll(/\/\/(?:[^/?#@]*:)?([^/?#]*)@/g)].map(([, password]) => password as string);
}

/** k6 keeps a file in an archive under its whole path. */
function absolute(name: SettingName, value: string): string {
  if (name === 'TRACE' || name === 'PROMPTS_FILE') return resolve(value);
  const path = /^file:(.*)$/.exec(value)?.[1];
  return path !== undefined && setting(name).type === 'lengths' ? `file:${resolve(path)}` : value;
}

/** @throws CommandError 107 where the scenario needs other settings */
async function write(k6: string, scenario: string, file: string, given: Given, secrets: readonly string[]) {
  const part = `${file}.${process.pid}`;
  const script = join(root, 'dist', `${scenario}.js`);
  const folder = BRINGING[given.DRIVER ?? ''];
  // A bundle that brings a driver uses it; the plain one, which stands for it here, would refuse.
  const { DRIVER, ...others } = given;
  const kept = folder ? others : given;
  const log: string[] = [];
  const settings = Object.entries(kept).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
  const { code, interrupted } = await runK6({
    k6,
    args: ['archive', '--quiet', '--include-system-env-vars=false', '-O', part, ...settings, script],
    env: {}, // k6 would take options from it
    onStdout: () => {},
    onLog: (line) => log.push(line),
  });
  try {
    if (interrupted) throw new CommandError('interrupted', EXIT.interrupted);
    const said = log.map(logLine).find((line) => line?.level === 'error');
    if (code !== 0)
      throw new CommandError(
        said?.message ?? `k6 archive ended with ${code}: ${log.join(' ')}`,
        code === 107 ? code : 1,
      );
    checkSize(part, typed(file));
    const plain = bundleOf(script);
    const bundle = folder ? bundleOf(join(root, 'dist', folder, `${scenario}.js`)) : plain;
    if (folder && DRIVER) writeFileSync(part, bringing(DRIVER, readFileSync(part), plain, bundle));
    // What anybody can read in the bundle is no secret: a header may say application/json.
    const hidden = secrets.filter(
      (secret) => secret && !bundle.script.includes(secret) && !bundle.map.includes(secret),
    );
    checkSecrets(part, typed(file), kept, hidden);
    renameSync(part, file);
  } finally {
    rmSync(part, { force: true });
  }
}

/** @throws CommandError where it is too large to be handed on */
function checkSize(file: string, name: string): void {
  const { size } = statSync(file);
  if (size > LARGEST)
    throw new CommandError(
      `${name} would have ${(size / 1e6).toFixed(0)} MB, and Grafana Cloud takes 100: a shorter TRACE or PROMPTS_FILE`,
    );
}

/** @throws CommandError where it holds what nobody may see */
function checkSecrets(file: string, name: string, kept: Given, secrets: readonly string[]): void {
  const bytes = readFileSync(file);
  const told = Object.values(kept).join('\n'); // which the archive has as JSON
  if (secrets.some((secret) => bytes.includes(secret) || told.includes(secret)))
    throw new CommandError(
      `${name} is not written: a secret of these settings stands in a file or a setting that belongs into it`,
    );
}
