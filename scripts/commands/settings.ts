import { type Command, Option } from 'commander';
import { parseSetting, SettingsError } from '../../lib/settings/parse.ts';
import { flagOf, SETTING_NAMES, type SettingName, setting } from '../../lib/settings/table.ts';
import { CommandError, EXIT } from './exit.ts';

/** Settings as the environment has them: by name, as text. */
export type Given = Partial<Record<SettingName, string>>;

/** Heads of the help, each before the first setting of its kind. */
const HEADS: Partial<Record<SettingName, string>> = {
  BASE_URL: 'Target:',
  STREAM: 'Request:',
  TIMEOUT: 'Limits:',
  RATE: 'Load:',
  TRACE: 'Traces:',
  TURNS: 'Conversations:',
  ECHO: 'Routers:',
  FAULT: 'Chaos:',
  SLO: 'Judging and output:',
};

/** One flag a setting, out of the same table as the environment's names. */
export function addSettings(command: Command, names: readonly SettingName[] = SETTING_NAMES): Command {
  let head = '';
  for (const name of SETTING_NAMES) {
    head = HEADS[name] ?? head;
    if (!names.includes(name)) continue;
    for (const option of optionsOf(name)) command.addOption(option.helpGroup(head));
  }
  return command;
}

function optionsOf(name: SettingName): Option[] {
  const { type, help: meaning, default: usual, values, alias } = setting(name);
  const flag = flagOf(name);
  // A long list as the flag's value would leave no room for what all the others mean.
  const long = values !== undefined && values.join('|').length > 30;
  const help = long ? `${meaning}: ${values.join(', ')}` : meaning;
  const said = name === 'SUMMARY_JSON' ? `${help}, or - for stdout` : usual === undefined ? help : `${help} (${usual})`;
  if (type === 'bool')
    return [new Option(`--${flag} [yes]`, said), new Option(`--no-${flag}`, `the same as --${flag} false`).hideHelp()];
  const shown = name === 'SUMMARY_JSON' ? 'file|-' : (!long && values?.join('|')) || type;
  const option = new Option(`--${flag} <${type === 'labels' ? 'name=value' : shown}>`, said);
  // --meta a=1 --meta b=2
  if (type === 'labels') option.argParser((text, before?: string) => (before ? `${before},${text}` : text));
  return alias ? [option, new Option(`--${alias.toLowerCase().replaceAll('_', '-')} <${shown}>`).hideHelp()] : [option];
}

const camel = (flag: string): string => flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/**
 * The settings that flags gave, each checked.
 * @throws CommandError 107 with the line that names the setting, its value and what is allowed
 */
export function givenBy(options: Readonly<Record<string, unknown>>): Given {
  const given: Given = {};
  for (const name of SETTING_NAMES) {
    const { alias } = setting(name);
    const value = options[camel(flagOf(name))] ?? (alias && options[camel(alias.toLowerCase().replaceAll('_', '-'))]);
    if (value !== undefined) given[name] = check(name, String(value));
  }
  return given;
}

/** A bad setting in the environment is told like a bad flag, before anything starts. @throws CommandError 107 */
export function checkEnvironment(env: NodeJS.ProcessEnv, given: Given): void {
  for (const name of SETTING_NAMES) {
    const { alias } = setting(name);
    const value = env[name] || (alias && env[alias]);
    if (value && given[name] === undefined) check(name, value);
  }
}

function check(name: SettingName, text: string): string {
  try {
    parseSetting(name, text);
    return text;
  } catch (e) {
    throw e instanceof SettingsError ? new CommandError(e.message, EXIT.badSetting) : e;
  }
}
