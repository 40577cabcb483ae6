import type { Api, Ask, Message } from '../api/api.ts';
import { apiOf } from '../api/index.ts';
import type { Completion } from '../completion.ts';
import { ECHO_WITHIN, type EchoAsked } from '../echo.ts';
import { mask, secretsOf } from '../secrets.ts';
import { SettingsError } from '../settings/parse.ts';
import type { CommonSettings } from '../settings/settings.ts';
import { after, type Soon } from '../soon.ts';
import { builtIn } from './built-in.ts';
import { httpDriver } from './http.ts';
import { native, nativeDriver } from './native.ts';
import { complete, type Seen } from './outcome.ts';

/** One HTTP request, as every driver takes it. */
export interface HttpRequest {
  url: string;
  /** Those of this request alone; the driver knows the others. */
  headers: Record<string, string>;
  body: string;
  /** For the http_req_* samples. */
  tags: Record<string, string>;
  /** Leave after so many ms from t(send); not under http. */
  cancelAfter?: number;
  /** Keep the answer's text, or so many characters of it. */
  keepText?: true | number;
  /** Keep every frame as it came, for one request that is looked at; native driver only. */
  keepFrames?: boolean;
}

/** Carries one request and tells what it saw. Never throws for a failed request. */
export type Send<S extends Soon<Seen> = Seen> = (request: HttpRequest) => S;

/** Makes a Send for one server; `headers` go with every request. Called in the init context. */
export type Driver<S extends Soon<Seen> = Seen> = (
  api: Api,
  settings: CommonSettings,
  headers: Record<string, string>,
) => Send<S>;

export interface Order extends Pick<Ask, 'model' | 'prompt'> {
  requestId: string;
  traceparent: string;
  tags: Record<string, string>;
  outputTokens: number;
  /** Of a chat: what was said before, as `messagesJson` makes it. */
  history?: string;
  /** Beside the client's own; the same name replaces. */
  headers?: Record<string, string>;
  plannedAt?: number;
  expectModel?: string;
  /** Where the prompt asks for it; see lib/echo.ts. */
  echo?: EchoAsked;
  cancelAfter?: number;
  keepText?: boolean;
}

/** Messages as an order's history: kept as text, so that a long conversation is not made into JSON again at every turn. */
export const messagesJson = (...messages: readonly Message[]): string =>
  messages.map((message) => `${JSON.stringify(message)},`).join('');

/** Stand where a history, a prompt and a length go; no model name holds them. */
const HISTORY: Message = { role: 'user', content: '\u0000history\u0000' };
const PROMPT = '\u0000prompt\u0000';
const LENGTH = Number.MAX_SAFE_INTEGER;

/** What of a request the settings do not say. */
export interface OwnRequest {
  /** The wire protocol; undefined: the one that the setting API names. */
  api?: Api;
  /** More headers, asked for before each request: what is only known while the test runs, such as a session's token. */
  headers?: () => Record<string, string>;
}

/** Sends one order and judges the answer. */
export type Complete = (order: Order) => Completion;

/** The same where the driver may be one that answers later. */
export type CompleteSoon = (order: Order) => Soon<Completion>;

export type DriverName = 'native' | 'http' | 'sse' | 'tcp';

/** It sees an answer while it comes. */
export const timesTokens = (driver: DriverName): boolean => driver !== 'http';

/** What a driver that is not there needs. */
const WHERE: Partial<Record<string, string>> = {
  native: 'this k6 has no native driver (bin/k6 has it: npm run build:k6; by npm: npx llmload-k6)',
  sse: 'this bundle has no driver over k6/x/sse (those in dist/sse have it)',
  tcp: 'this bundle has no driver over k6/x/tcp (those in dist/cloud have it)',
};

/**
 * Who carries requests. `auto` is the driver that the bundle brings with it, else native under bin/k6, else http; never probed.
 * @throws SettingsError if one is asked for that is not there
 */
export function driverOf(
  setting: string,
  hasNative: boolean = native !== null,
  brings: DriverName | undefined = builtIn?.name,
): DriverName {
  const there: DriverName[] = ['http'];
  if (hasNative) there.unshift('native');
  if (brings) there.unshift(brings);
  const found = setting === 'auto' ? there[0] : there.find((name) => name === setting);
  if (found) return found;
  throw new SettingsError('DRIVER', setting, WHERE[setting] ?? 'unknown', ['auto', ...there].join(', '));
}

/** The driver that a setting chooses. @throws SettingsError if it is not there */
export function driverFor(setting: string): Driver<Soon<Seen>> {
  const name = driverOf(setting);
  if (name === builtIn?.name) return builtIn.driver;
  return name === 'native' && native ? nativeDriver(native) : httpDriver;
}

/**
 * A client for one server and API. Call it in the init context: it loads what its driver needs. `driver` is there for tests, and for drivers of your own.
 */
export function createClient(settings: CommonSettings, driver?: Driver, own?: OwnRequest): Complete;
export function createClient(settings: CommonSettings, driver: Driver<Soon<Seen>>, own?: OwnRequest): CompleteSoon;
export function createClient(
  settings: CommonSettings,
  driver: Driver<Soon<Seen>> = driverFor(settings.driver),
  own: OwnRequest = {},
): CompleteSoon {
  const api = own.api ?? apiOf(settings.api);
  const path = settings.pathChat ?? api.path;
  const url = `${settings.baseUrl}${path.startsWith('/') ? '' : '/'}${path}`;
  const streamType = api.framing === 'ndjson' ? 'application/x-ndjson' : 'text/event-stream';
  const fixed: Record<string, string> = {
    'Content-Type': 'application/json',
    Accept: settings.stream ? `${streamType}, application/json` : 'application/json',
    ...(settings.apiKey && { Authorization: `Bearer ${settings.apiKey}` }),
    ...settings.headers,
  };
  const send = driver(api, settings, fixed);
  const { stream, ignoreEos, temperature } = settings;
  const secrets = secretsOf(settings);

  /** By model, a body's JSON around its history and its prompt, cut where the length goes: all else stays the same. */
  const around: Record<string, { head: string[]; between: string; tail: string[] }> = Object.create(null);
  const bodyOf = (model: string, prompt: string, outputTokens: number, history: string): string => {
    let parts = around[model];
    if (!parts) {
      const ask = { model, history: [HISTORY], prompt: PROMPT, stream, outputTokens: LENGTH, ignoreEos, temperature };
      const [before = '', tail = ''] = JSON.stringify(api.body(ask)).split(JSON.stringify(PROMPT));
      const [head = '', between = ''] = before.split(messagesJson(HISTORY));
      parts = { head: head.split(`${LENGTH}`), between, tail: tail.split(`${LENGTH}`) };
      around[model] = parts;
    }
    const length = `${outputTokens}`;
    return `${parts.head.join(length)}${history}${parts.between}${JSON.stringify(prompt)}${parts.tail.join(length)}`;
  };

  return (order) => {
    const { model, requestId } = order;
    const headers: Record<string, string> = { 'X-Request-Id': requestId, traceparent: order.traceparent };
    if (order.headers) Object.assign(headers, order.headers);
    const more = own.headers?.();
    if (more) Object.assign(headers, more);
    const body = bodyOf(model, order.prompt, order.outputTokens, order.history ?? '');
    const request: HttpRequest = { url, headers, body, tags: order.tags };
    if (order.cancelAfter !== undefined) request.cancelAfter = order.cancelAfter;
    if (order.keepText) request.keepText = true;
    else if (order.echo) request.keepText = ECHO_WITHIN;
    return after(send(request), (seen) => {
      const completion = complete(api, order, seen);
      if (completion.outcome !== 'ok') {
        if (more) completion.error = mask(completion.error, secretsOf({ apiKey: undefined, headers: more }));
        if (secrets.length > 0) completion.error = mask(completion.error, secrets);
      }
      return completion;
    });
  };
}
