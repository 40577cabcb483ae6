import { Bad } from './bad.ts';
import { parseUrl } from './url.ts';

/** A server of a comparison. */
export interface Target {
  name: string;
  url: string;
}

/** `name=url,name=url`. */
export function parseTargets(text: string): Target[] {
  const allowed = 'two of name=URL, as in direct=localhost:8000,router=localhost:4000';
  const targets = text.split(',').map((part, k): Target => {
    const at = part.indexOf('=');
    const name = part.slice(0, Math.max(0, at)).trim();
    // By number: without a name it may be a URL that holds a password.
    if (!/^\w[\w-]{0,30}$/.test(name)) throw new Bad(`part ${k + 1} has no name`, allowed);
    return { name, url: parseUrl(part.slice(at + 1).trim()) };
  });
  if (targets.length !== 2) throw new Bad(`${targets.length} servers`, allowed);
  if (targets[0]?.name === targets[1]?.name) throw new Bad(`both called ${targets[0]?.name}`, allowed);
  return targets;
}
