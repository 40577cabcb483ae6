import { type Arrival, parseArrival } from './arrival.ts';
import { Bad } from './bad.ts';
import { parseLabels } from './labels.ts';
import { type Lengths, parseLengths } from './lengths.ts';
import { modelName } from './model-name.ts';
import { PROFILES, type ProfileName, type ProfileShare } from './profiles.ts';
import { parseRoutes, type Route } from './routes.ts';
import { type Setting, type SettingName, type SettingType, setting } from './table.ts';
import { parseTargets, type Target } from './targets.ts';
import { parseUrl } from './url.ts';
import { parseZones, type Zone } from './zones.ts';

/** A setting that cannot be used: says which, the value, and what is allowed. Thrown at init, before any load. */
export class SettingsError extends Error {
  override name = 'SettingsError';
  constructor(name: string, value: string, wrong: string, allowed: string) {
    super(`${name}=${JSON.stringify(value)}: ${wrong}; allowed: ${allowed}`);
  }
}

export interface MixShare {
  model: string;
  weight: number;
}

/** What each type of setting becomes. Durations are ms, bytes are bytes. */
export interface ValueOfType {
  string: string;
  secret: string;
  url: string;
  int: number;
  number: number;
  duration: number;
  bytes: number;
  bool: boolean;
  enum: string;
  header: string;
  headers: Record<string, string>;
  numbers: number[];
  mix: MixShare[];
  /** A number, or a distribution. */
  lengths: Lengths;
  workload: ProfileShare[];
  arrival: Arrival;
  window: Window;
  /** Name in → name out. */
  names: Record<string, string>;
  routes: Route[];
  targets: Target[];
  zones: Zone[];
  /** Name → value, as it is. */
  labels: Record<string, string>;
}

/** Part of a trace, ms from its first row; without `to` it is all the rest. */
export interface Window {
  from: number;
  to?: number;
}

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `1m30s`, `500ms`, `90` (seconds) → ms; undefined where it is none. */
export function durationMs(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, n, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g))
    total += Number(n) * (UNIT_MS[unit ?? ''] ?? 0);
  return total;
}

const BYTES: Record<string, number> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};

function number(text: string, s: Setting, allowed = range(s, 'a number')): number {
  const value = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw new Bad('not a number', allowed);
  return within(value, s, 'a number');
}

function int(text: string, s: Setting): number {
  const value = number(text, s);
  if (!Number.isInteger(value)) throw new Bad('not a whole number', range(s, 'a whole number'));
  return value;
}

const range = (s: Setting, noun: string): string =>
  `${noun}${s.min !== undefined && s.max !== undefined ? ` from ${s.min} to ${s.max}` : s.min !== undefined ? ` of ${s.min} or more` : ''}${s.unit ? ` (${s.unit})` : ''}`;

function within(value: number, s: Setting, noun: string): number {
  if (s.min !== undefined && value < s.min) throw new Bad('too small', range(s, noun));
  if (s.max !== undefined && value > s.max) throw new Bad('too large', range(s, noun));
  return value;
}

function parseHeaders(text: string): Record<string, string> {
  const allowed = 'a JSON object of strings, or `Name: value; Other: value`';
  const pairs: [string, unknown][] = [];
  if (text.trim().startsWith('{')) {
    try {
      pairs.push(...Object.entries(JSON.parse(text) as object));
    } catch {
      throw new Bad('no valid JSON', allowed);
    }
  } else {
    for (const part of text.split(/[;\n]/).filter((p) => p.trim())) {
      const at = part.indexOf(':');
      pairs.push(at < 1 ? ['', undefined] : [part.slice(0, at).trim(), part.slice(at + 1).trim()]);
    }
  }
  // By number: what looks like a name may be a piece of a secret value that holds a `;`.
  pairs.forEach(([name, value], k) => {
    if (typeof value !== 'string' || !/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[\r\n\0]/.test(value))
      throw new Bad(`header ${k + 1} is no \`Name: value\` (JSON takes values that hold a ;)`, allowed);
  });
  return Object.fromEntries(pairs) as Record<string, string>;
}

const MOST_NUMBERS = 1000;

/** `5..100:5` or `8,32,64`, or both, in rising order. */
function parseNumbers(text: string, s: Setting): number[] {
  const allowed = 'numbers as `8,32,64` or `10..100:10`, rising';
  const all: number[] = [];
  for (const part of text.split(',')) {
    const span = /^\s*([\d.]+)\.\.([\d.]+)(?::([\d.]+))?\s*$/.exec(part);
    if (!span) {
      all.push(number(part.trim(), s, allowed));
      continue;
    }
    const [from, to, step] = [Number(span[1]), Number(span[2]), Number(span[3] ?? 1)];
    if (!(step > 0) || !(to >= from)) throw new Bad(`"${part.trim()}" is no range`, allowed);
    if ((to - from) / step >= MOST_NUMBERS) throw new Bad('more than 1000 numbers', allowed);
    for (let k = 0; from + k * step <= to + step * 1e-9; k++)
      all.push(within(Number((from + k * step).toFixed(6)), s, 'numbers'));
  }
  if (all.some((v, k) => k > 0 && v <= (all[k - 1] ?? 0))) throw new Bad('not rising', allowed);
  if (s.whole && !all.every(Number.isInteger)) throw new Bad('not whole numbers', allowed);
  return all;
}

/** `name:weight` parts, each split at its last colon, since model names have some: `llama3:8b:0.5`. */
function parseShares(text: string, what: string, allowed: string): { name: string; weight: number }[] {
  const shares = text.split(',').map((part) => {
    const at = part.lastIndexOf(':');
    const name = part.slice(0, Math.max(0, at)).trim();
    const weight = Number(part.slice(at + 1));
    if (!name || !(weight > 0 && weight < Number.POSITIVE_INFINITY))
      throw new Bad(`"${part.trim()}" is no ${what}:weight above 0`, allowed);
    return { name, weight };
  });
  if (new Set(shares.map((s) => s.name)).size < shares.length) throw new Bad(`names a ${what} twice`, allowed);
  return shares;
}

function parseMix(text: string): MixShare[] {
  const allowed = 'two or more `model:weight`, as in a:0.7,b:0.3';
  const shares = parseShares(text, 'model', allowed);
  if (shares.length < 2) throw new Bad('names only one model', allowed);
  return shares.map(({ name, weight }) => ({ model: modelName(name), weight }));
}

function parseWorkload(text: string): ProfileShare[] {
  const names = Object.keys(PROFILES).join(', ');
  const allowed = `one of ${names}, or several by weight, as in chat:0.7,code:0.3`;
  const shares = /[,:]/.test(text) ? parseShares(text, 'profile', allowed) : [{ name: text.trim(), weight: 1 }];
  return shares.map(({ name, weight }) => {
    if (!Object.hasOwn(PROFILES, name)) throw new Bad(`"${name}" is no profile`, allowed);
    return { profile: name as ProfileName, weight };
  });
}

function parseWindow(text: string): Window {
  const allowed = 'from..to as durations, as in 5m..15m, ..1h, 90..';
  const parts = text.split('..');
  const [from, to] = parts.map((part) => durationMs(part.trim()));
  const open = parts[1]?.trim() === '';
  const start = parts[0]?.trim() ? from : 0;
  if (parts.length !== 2 || start === undefined || (to === undefined && !open)) throw new Bad('not a window', allowed);
  if (to === undefined) return { from: start };
  if (!(to > start)) throw new Bad('it ends before it begins', allowed);
  return { from: start, to };
}

/** `a=b,c=d`. */
function parseNames(text: string): Record<string, string> {
  const allowed = "pairs of the trace's name and the server's, as in GPT-4=large,ChatGPT=small";
  const names: Record<string, string> = {};
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const [from, to] = [part.slice(0, Math.max(0, at)).trim(), part.slice(at + 1).trim()];
    if (!from || !to) throw new Bad(`"${part.trim()}" is no name=name`, allowed);
    if (Object.hasOwn(names, from)) throw new Bad(`names ${from} twice`, allowed);
    names[from] = modelName(to);
  }
  return names;
}

const PARSERS: { [T in SettingType]: (text: string, s: Setting) => ValueOfType[T] } = {
  string: (t) => t,
  secret: (t) => t,
  url: parseUrl,
  int,
  number,
  duration: (t, s) => {
    const ms = durationMs(t.trim());
    if (ms === undefined) throw new Bad('not a duration', 'seconds, or as in 500ms, 90s, 1m30s, 2h');
    if (ms < (s.min ?? 0)) throw new Bad('too short', `${s.min} ms or more`);
    return ms;
  },
  bytes: (t, s) => {
    const m = /^(\d+(?:\.\d+)?)\s*([kmg]?i?b?)$/i.exec(t.trim());
    const factor = BYTES[(m?.[2] ?? '').toLowerCase().replace(/^([kmg])$/, '$1b')];
    if (!m || factor === undefined) throw new Bad('not a size', 'bytes, or as in 64kB, 16MB');
    return Math.round(within(Number(m[1]) * factor, s, 'a size'));
  },
  bool: (t) => {
    if (/^(true|1|yes|on)$/i.test(t)) return true;
    if (/^(false|0|no|off)$/i.test(t)) return false;
    throw new Bad('neither yes nor no', 'true or false');
  },
  enum: (t, s) => {
    if (s.values?.includes(t)) return t;
    throw new Bad('unknown', (s.values ?? []).join(', '));
  },
  header: (t) => {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(t)) throw new Bad('no name of a header', 'letters, digits and -');
    return t;
  },
  headers: parseHeaders,
  numbers: parseNumbers,
  mix: parseMix,
  lengths: parseLengths,
  workload: parseWorkload,
  arrival: parseArrival,
  window: parseWindow,
  names: parseNames,
  routes: parseRoutes,
  targets: parseTargets,
  zones: parseZones,
  labels: parseLabels,
};

/** A value in an error message; of an address that is none, everything before the last @ may be a password. */
const shownValue = ({ type }: Setting, text: string): string =>
  type === 'secret' || type === 'headers'
    ? '…'
    : type === 'url' || type === 'targets'
      ? text.replace(/^([a-z]+:\/\/)?.*@/is, '$1…@')
      : text;

/**
 * One value of one setting; throws SettingsError. A secret's value is not repeated in the message.
 * @param shownName the name the user gave, where it is an alias
 */
export function parseSetting(name: SettingName, text: string, shownName: string = name): ValueOfType[SettingType] {
  const s = setting(name);
  try {
    const value = PARSERS[s.type](text, s);
    if (name === 'MODEL' || name === 'MODEL_A' || name === 'MODEL_B') modelName(text);
    return value;
  } catch (e) {
    if (!(e instanceof Bad)) throw e;
    throw new SettingsError(shownName, shownValue(s, text), e.message, e.allowed);
  }
}
