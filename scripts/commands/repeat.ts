import { relative } from 'node:path';
import { flagOf, SETTING_NAMES, type SettingName, setting } from '../../lib/settings/table.ts';

/** A word as a shell reads it back. */
export const quote = process.platform === 'win32' ? windowsQuote : shellQuote;

function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** For cmd and PowerShell; neither of them knows a quote inside that the other does. */
function windowsQuote(word: string): string {
  return /^[\w+=:.\\/-]+$/.test(word) ? word : `"${word}"`;
}

/** A path as one would type it here. */
export function typed(path: string, cwd: string = process.cwd()): string {
  const short = relative(cwd, path);
  return short && !short.startsWith('..') ? short : path;
}

/** Keys, headers and passwords in a URL: they come from the environment, never from a command line. */
export const isSecret = (name: SettingName, value: string): boolean => {
  const { type } = setting(name);
  return type === 'secret' || type === 'headers' || ((type === 'url' || type === 'targets') && value.includes('@'));
};

type Given = Partial<Record<SettingName, string>>;

/**
 * The plain k6 command that does the same again, as one types it.
 * @example API_KEY="$API_KEY" bin/k6 run dist/ramp.js -e BASE_URL=host:8000 -e SEED=7
 */
export function repeatCommand(k6: string, script: string, given: Given, more: readonly string[] = []): string {
  const { secrets, words } = partsOf(k6, script, given, more);
  return [...secrets, ...words.map(quote)].join(' ');
}

/** The same command word by word, unquoted but for what a shell puts in for secrets. */
export function repeatWords(k6: string, script: string, given: Given, more: readonly string[] = []): string[] {
  const { secrets, words } = partsOf(k6, script, given, more);
  return [...secrets, ...words];
}

/** The settings as flags of llmload, quoted; what is secret comes from the environment. */
export function flagsOf(given: Given): { secrets: string[]; words: string[] } {
  const secrets: string[] = [];
  const words: string[] = [];
  for (const name of SETTING_NAMES) {
    const value = given[name];
    if (value === undefined) continue;
    if (isSecret(name, value)) secrets.push(filled(name));
    else words.push(`--${flagOf(name)}${setting(name).type === 'bool' ? '=' : ' '}${quote(value)}`);
  }
  return { secrets, words };
}

function partsOf(k6: string, script: string, given: Given, more: readonly string[]) {
  const secrets: string[] = [];
  const settings: string[] = [];
  for (const name of SETTING_NAMES) {
    const value = given[name];
    if (value === undefined) continue;
    if (isSecret(name, value)) secrets.push(filled(name));
    else settings.push('-e', `${name}=${value}`);
  }
  const own = withoutSecrets(more);
  secrets.push(...own.secrets.filter((secret) => !secrets.includes(secret)));
  return { secrets, words: [k6, 'run', script, ...settings, ...own.words] };
}

/** k6's own flags may set what is secret, too: `-e API_KEY=…`, in two words or in one. */
function withoutSecrets(more: readonly string[]) {
  const secrets: string[] = [];
  const words: string[] = [];
  for (let k = 0; k < more.length; k++) {
    const [flag, next] = [more[k] as string, more[k + 1]];
    const apart = flag === '-e' || flag === '--env';
    const [, name = '', value = ''] = /^(?:-e=?|--env=)?([A-Z_]+)=(.*)$/s.exec((apart && next) || flag) ?? [];
    const secret = isSettingName(name) && isSecret(name, value);
    if (secret) secrets.push(filled(name));
    else words.push(...(apart && next !== undefined ? [flag, next] : [flag]));
    if (apart) k++;
  }
  return { secrets, words };
}

const filled = (name: SettingName): string => `${name}="$${name}"`;
const isSettingName = (name: string): name is SettingName => (SETTING_NAMES as readonly string[]).includes(name);
