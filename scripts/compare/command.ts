import { existsSync } from 'node:fs';
import { SETTING_NAMES, type SettingName, setting } from '../../lib/settings/table.ts';
import { CommandError, EXIT } from '../commands/exit.ts';
import type { Given } from '../commands/settings.ts';

/** A plain k6 run, as it is run again. */
export interface K6Command {
  script: string;
  /** As they are, with secrets. */
  settings: Given;
  k6Flags: string[];
}

/**
 * What `repeatWords` said of a run.
 * @param name of the run
 * @param env where secrets are
 * @throws CommandError where it cannot be run again
 */
export function readCommand(name: string, words: readonly string[], env: NodeJS.ProcessEnv): K6Command {
  const run = words.indexOf('run');
  const script = words[run + 1];
  if (run < 0 || script === undefined) throw cannot(name, `its command is no k6 run: ${words.join(' ')}`);
  if (!existsSync(script)) throw cannot(name, `there is no ${script} here: repeat it where it was run`);
  const settings: Given = {};
  for (const word of words.slice(0, run)) {
    const secret = nameIn(word);
    if (!secret) continue;
    const value = env[secret];
    if (!value) throw cannot(name, `it was run with ${secret}; allowed: ${secret} in the environment`);
    settings[secret] = value;
  }
  const k6Flags: string[] = [];
  for (let k = run + 2; k < words.length; k++) {
    const word = words[k] as string;
    const apart = word === '-e' || word === '--env';
    const said = apart ? (words[++k] ?? '') : word.replace(/^(-e|--env)=?/, '');
    const set = apart || said !== word ? nameIn(said) : undefined;
    if (set) settings[set] = said.slice(set.length + 1);
    else k6Flags.push(...(apart ? [word, said] : [word]));
  }
  return { script, settings, k6Flags };
}

/** Whose value a word sets. */
function nameIn(word: string): SettingName | undefined {
  const name = word.slice(0, word.indexOf('='));
  return (SETTING_NAMES as readonly string[]).includes(name) ? (name as SettingName) : undefined;
}

export const cannot = (name: string, why: string): CommandError =>
  new CommandError(`${name} cannot be run again: ${why}`, EXIT.badSetting);

/** The settings of a run, and none that happens to be set here. */
export function environmentOf({ settings }: K6Command, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = { ...env };
  for (const name of SETTING_NAMES) {
    const { alias } = setting(name);
    delete own[name];
    if (alias) delete own[alias];
  }
  return { ...own, ...settings };
}
