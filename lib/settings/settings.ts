import { maskUrl } from '../secrets.ts';
import { parseSetting, type ValueOfType } from './parse.ts';
import { SETTING_NAMES, type SETTINGS, type SettingName, setting } from './table.ts';
import type { Target } from './targets.ts';

/** A scenario's choice: `true` takes the table's default (if there is one), a text is its own default. */
export type Reads = Partial<Record<SettingName, string | true>>;

type Camel<S extends string> = S extends `${infer A}_${infer B}` ? `${Lowercase<A>}${CapitalWords<B>}` : Lowercase<S>;
type CapitalWords<S extends string> = S extends `${infer A}_${infer B}`
  ? `${Capitalize<Lowercase<A>>}${CapitalWords<B>}`
  : Capitalize<Lowercase<S>>;
type Value<K extends SettingName> = ValueOfType[(typeof SETTINGS)[K]['type']];
type HasDefault<K extends SettingName, D> = D extends string
  ? true
  : (typeof SETTINGS)[K] extends { default: string }
    ? true
    : false;

/** Frozen, in camel case: `settings.baseUrl`. A setting without a default may be undefined. */
export type SettingsOf<R extends Reads> = {
  readonly [K in keyof R & SettingName as Camel<K>]: HasDefault<K, R[K]> extends true ? Value<K> : Value<K> | undefined;
} & {
  /** Names that the user set, by flag or environment. */
  readonly given: Pick<ReadonlySet<SettingName>, 'has'>;
  /** What to tell the user: misspelt settings, settings that this scenario does not read. Found when asked for: it takes 8 ms in k6. */
  readonly warnings: () => readonly string[];
};

/** What every scenario reads. */
export const COMMON = {
  BASE_URL: true,
  API: true,
  PATH_CHAT: true,
  MODEL: true,
  API_KEY: true,
  HEADERS: true,
  STREAM: true,
  PROMPT_TEXT: true,
  PROMPTS_FILE: true,
  PREFIX_TOKENS: true,
  PREFIX_SHARE: true,
  WORKLOAD: true,
  INPUT_TOKENS: true,
  OUTPUT_TOKENS: true,
  IGNORE_EOS: true,
  TEMPERATURE: true,
  EXPECT_MODEL: true,
  ECHO: true,
  BACKEND_HEADER: true,
  ATTEMPTS_HEADER: true,
  TIMEOUT: true,
  FIRST_TOKEN_TIMEOUT: true,
  IDLE_TIMEOUT: true,
  MAX_FRAME: true,
  WARMUP: true,
  SLO: true,
  SEED: true,
  RUN_ID: true,
  DRIVER: true,
  CLOUD_ZONES: true,
  ITL_SAMPLE: true,
  META: true,
  SUMMARY_JSON: true,
  RECORDS: true,
} as const satisfies Reads;
export type CommonSettings = SettingsOf<typeof COMMON>;

const camel = (name: string): string => name.toLowerCase().replace(/_([a-z])/g, (_, c: string) => c.toUpperCase());

/**
 * The settings a scenario names, from the environment. An empty variable counts as not set.
 * @throws SettingsError that names the first bad value and what is allowed.
 */
export function parseSettings<const R extends Reads>(
  env: Readonly<Record<string, string | undefined>>,
  reads: R,
): SettingsOf<R> & { given: ReadonlySet<SettingName> } {
  const values: Record<string, unknown> = {};
  const given = new Set<SettingName>();
  for (const name of Object.keys(reads) as SettingName[]) {
    const { alias, default: usual } = setting(name);
    const from = !env[name] && alias && env[alias] ? alias : name;
    let text = env[from];
    if (text) given.add(name);
    const own = reads[name];
    text ||= typeof own === 'string' ? own : usual;
    values[camel(name)] = text === undefined ? undefined : parseSetting(name, text, from);
  }
  values.given = given;
  values.warnings = () => strayNames(env, reads);
  return Object.freeze(values) as ReturnType<typeof parseSettings<R>>;
}

/** Settings in the environment that do nothing: known but not read here, or one letter off a known one. */
export function strayNames(env: Readonly<Record<string, string | undefined>>, reads: Reads): string[] {
  const aliases = new Map(
    SETTING_NAMES.flatMap((n) => (setting(n).alias ? [[setting(n).alias as string, n] as const] : [])),
  );
  const known = new Set<string>([...SETTING_NAMES, ...aliases.keys()]);
  const warnings: string[] = [];
  for (const name of Object.keys(env)) {
    if (known.has(name)) {
      if (env[name] && !((aliases.get(name) ?? name) in reads))
        warnings.push(`${name} is set, but this scenario does not read it`);
      continue;
    }
    const near = env[name] && [...known].find((k) => k.length > 4 && oneOff(k, name));
    if (near) warnings.push(`${name} is no setting; did you mean ${near}?`);
  }
  return warnings;
}

/** True if one letter inserted, left out, changed or swapped with its neighbour makes one of the other. */
export function oneOff(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1 || a === b) return false;
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i++;
  const rest = (s: string, from: number) => s.slice(from);
  return (
    rest(a, i + 1) === rest(b, i + 1) ||
    rest(a, i) === rest(b, i + 1) ||
    rest(a, i + 1) === rest(b, i) ||
    (a[i] === b[i + 1] && a[i + 1] === b[i] && rest(a, i + 2) === rest(b, i + 2))
  );
}

/** Settings as they may be shown and stored: secrets left out, header values and URL passwords masked. */
export function publicSettings(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const name of SETTING_NAMES) {
    const value = settings[camel(name)];
    const { type } = setting(name);
    if (value === undefined || type === 'secret') continue;
    if (type === 'headers') shown[name] = Object.keys(value as object).map((h) => `${h}: …`);
    else if (type === 'url') shown[name] = maskUrl(String(value));
    else if (type === 'targets') shown[name] = (value as Target[]).map((t) => `${t.name}=${maskUrl(t.url)}`).join(',');
    else shown[name] = value;
  }
  return shown;
}
