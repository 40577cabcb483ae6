import { type Backend, BROKEN, type Broken, type Policy } from './balance.ts';

/** A backend and where it is: http, host and port. */
export interface RouterBackend extends Backend {
  url: URL;
}

/** A backend as it was asked for; without models it is asked which ones it has. */
export type GivenBackend = Omit<RouterBackend, 'models'> & { models: readonly string[] | undefined };

export interface RouterOptions {
  backends: readonly GivenBackend[];
  /** 0 = any free one. */
  port: number;
  host: string;
  policy: Policy;
  /** Requests answered at a time, the rest wait in order; Infinity = no limit. */
  maxConcurrency: number;
  healthIntervalMs: number;
  /** Request header that carries the session, for the policy of that name. */
  sessionHeader: string;
  broken: { mode: Broken; share: number } | undefined;
  /** Of the requests that `broken` strikes. */
  seed: number;
}

export const ROUTER_DEFAULTS: Omit<RouterOptions, 'backends'> = {
  port: 0,
  host: '127.0.0.1',
  policy: 'least-busy',
  maxConcurrency: Infinity,
  healthIntervalMs: 2000,
  sessionHeader: 'X-Session-Id',
  broken: undefined,
  seed: 1,
};

/** A configuration that cannot be used, in one line: what is wrong, where, what is allowed. */
export class ConfigError extends Error {
  override name = 'ConfigError';
  constructor(where: string, value: unknown, wanted: string) {
    super(`${where}: ${value === undefined ? 'missing' : `${JSON.stringify(value)} is not allowed`}; want ${wanted}`);
  }
}

const SHAPE = '{"backends":[{"name":"a","url":"http://127.0.0.1:9001","models":["small"],"weight":3}]}';
const KEYS = ['name', 'url', 'models', 'weight'];

/**
 * Reads a configuration file.
 * @param where its name, for errors
 * @throws ConfigError
 */
export function readConfig(text: string, where: string): GivenBackend[] {
  const config = parse(text, where);
  if (!isObject(config) || Object.keys(config).some((key) => key !== 'backends'))
    throw new ConfigError(where, config, SHAPE);
  const { backends } = config;
  if (!Array.isArray(backends) || backends.length === 0)
    throw new ConfigError(`${where}: backends`, backends, `a list as in ${SHAPE}`);
  return distinct(
    backends.map((each, i) => readBackend(each, `${where}: backends[${i}]`)),
    where,
  );
}

/** `http://a:1,b:2`: backends of weight 1, to be asked for their models. @throws ConfigError */
export function readBackends(list: string): GivenBackend[] {
  const urls = list.split(',').map((url) => url.trim());
  return distinct(
    urls.map((text) => backendAt(readUrl(text, '--backends'))),
    '--backends',
  );
}

/** `MODE` or `MODE@share`. @throws ConfigError */
export function readBroken(text: string): NonNullable<RouterOptions['broken']> {
  const [name, ...shares] = text.split('@');
  const mode = BROKEN.find((each) => each === name);
  const share = shares.length === 0 ? 1 : Number(shares.join('@') || Number.NaN);
  if (mode !== undefined && share > 0 && share <= 1) return { mode, share };
  throw new ConfigError('--broken', text, `${BROKEN.join(', ')}, each with @share above 0 and up to 1 where wished`);
}

/** @throws ConfigError where the mode would have nothing to do: it would prove nothing. */
export function checkBroken({ mode }: { mode: Broken }, backends: readonly Backend[]): void {
  const models = new Set(backends.flatMap((each) => each.models));
  const fewModels = models.size < 2;
  if (mode === 'wrong-model' && fewModels)
    throw new ConfigError('--broken', mode, 'backends of at least two models with it');
  const allServeAll = backends.every((each) => each.models.length === models.size);
  if (mode === 'wrong-backend' && allServeAll)
    throw new ConfigError('--broken', mode, 'a backend that does not serve every model with it');
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (e) {
    throw new Error(`${where}: no JSON: ${(e as Error).message.replace(/\s+/g, ' ')}`);
  }
}

const backendAt = (url: URL): GivenBackend => ({ name: url.host, url, models: undefined, weight: 1 });

function readBackend(given: unknown, where: string): GivenBackend {
  if (!isObject(given)) throw new ConfigError(where, given, `an object with ${KEYS.join(', ')}`);
  const unknown = Object.keys(given).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw new ConfigError(where, unknown, `only ${KEYS.join(', ')}`);
  const url = readUrl(given.url, `${where}.url`);
  const { name, models, weight } = { ...backendAt(url), ...given };
  if (typeof name !== 'string' || !/^[\x21-\x7e]+$/.test(name))
    throw new ConfigError(`${where}.name`, name, 'a text without spaces, since it goes into a header');
  if (typeof weight !== 'number' || !(weight > 0 && weight < Infinity))
    throw new ConfigError(`${where}.weight`, weight, 'a number above 0');
  if (models !== undefined && !isNames(models)) throw new ConfigError(`${where}.models`, models, 'a list of names');
  return { name, url, models: models && [...new Set(models)], weight };
}

function readUrl(given: unknown, where: string): URL {
  const wanted = 'an address as http://127.0.0.1:9001';
  if (typeof given !== 'string' || given === '') throw new ConfigError(where, given, wanted);
  const text = given.includes('://') ? given : `http://${given}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' || !/^\/(v1\/?)?$/.test(url.pathname) || url.search || url.username)
    throw new ConfigError(where, given, wanted);
  return new URL('/', url);
}

function distinct(backends: GivenBackend[], where: string): GivenBackend[] {
  const twice = backends.find(({ name }, i) => backends.findIndex((each) => each.name === name) !== i);
  if (twice !== undefined) throw new ConfigError(where, twice.name, 'a name of its own for each backend');
  return backends;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string' && each !== '');
}
