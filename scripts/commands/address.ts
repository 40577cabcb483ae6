import { SettingsError } from '../../lib/settings/parse.ts';

/** The URL that a flag names. What stands before the last @ may be a password: it is not said again. @throws SettingsError */
export function addressOf(flag: string, text: string): URL {
  const url = /^https?:\/\//i.test(text) ? text : `http://${text}`;
  if (URL.canParse(url)) return new URL(url);
  throw new SettingsError(flag, text.replace(/^.*@/s, '…@'), 'not an address', 'http(s)://host[:port][/path]');
}

/** What it takes to log in, apart from the address. */
export function credentialsOf(address: URL): { url: URL; username: string; password: string } {
  const url = new URL(address);
  const [username, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  url.username = '';
  url.password = '';
  return { url, username, password };
}

export const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
