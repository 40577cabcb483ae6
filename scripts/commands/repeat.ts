import { relative } from 'node:path';
import { SETTING_NAMES, type SettingName, setting } from '../../lib/settings/table.ts';

/** A word as a shell reads it back. */
export const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

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

/**
 * The plain k6 command that does the same again.
 * @example API_KEY="$API_KEY" bin/k6 run dist/ramp.js -e BASE_URL=host:8000 -e SEED=7
 */
export function repeatCommand(
  k6: string,
  script: string,
  given: Partial<Record<SettingName, string>>,
  more: readonly string[] = [],
): string {
  const secrets: string[] = [];
  const settings: string[] = [];
  for (const name of SETTING_NAMES) {
    const value = given[name];
    if (value === undefined) continue;
    if (isSecret(name, value)) secrets.push(`${name}="$${name}"`);
    else settings.push(`-e ${quote(`${name}=${value}`)}`);
  }
  return [...secrets, quote(k6), 'run', quote(script), ...settings, ...more.map(quote)].join(' ');
}
