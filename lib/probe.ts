import { at, errorText } from './api/api.ts';
import { apiOf } from './api/index.ts';
import type { OwnRequest } from './client/client.ts';
import { parse } from './client/frames.ts';
import { mask, maskUrl, secretsOf } from './secrets.ts';
import type { CommonSettings } from './settings/settings.ts';

// setup() runs in VU 0; the others need no copy of k6/http.
const http = __VU === 0 ? (require('k6/http') as typeof import('k6/http').default) : null;

/** What a server says before any load. Errors here are for a person: one line, what and where. */

/** What the server said instead of a list of models; one line. Status 0: no answer. */
export class LookupError extends Error {
  override name = 'LookupError';
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** The models that the server lists (GET /v1/models, Ollama: /api/tags). @throws LookupError */
export function listModels(settings: CommonSettings, own: OwnRequest = {}): string[] {
  if (!http) throw new Error('models are looked up in setup() only');
  const { models } = own.api ?? apiOf(settings.api);
  const headers = { ...settings.headers, ...own.headers?.() };
  const url = `${settings.baseUrl}${models.path}`;
  const response = http.get(url, {
    headers: { ...(settings.apiKey && { Authorization: `Bearer ${settings.apiKey}` }), ...headers },
    timeout: Math.min(settings.timeout, 10_000),
    responseType: 'text',
  });
  if (response.status === 0) throw new LookupError(`no answer from ${maskUrl(url)}: ${response.error}`, 0);
  const body = typeof response.body === 'string' ? response.body : '';
  if (response.status !== 200)
    throw new LookupError(
      `${maskUrl(url)} says HTTP ${response.status}: ${mask(errorText(parse(body) ?? body), secretsOf({ ...settings, headers }))}`,
      response.status,
    );
  const list = at(parse(body), models.list);
  return Array.isArray(list)
    ? list.map((m) => at(m, models.name)).filter((name): name is string => typeof name === 'string')
    : [];
}

/** The model to ask for where MODEL is not set: the only one there is. @throws Error that names the choice. */
export function onlyModel(settings: CommonSettings, own?: OwnRequest): string {
  let models: string[];
  try {
    models = listModels(settings, own);
  } catch (e) {
    throw new Error(`MODEL is not set and cannot be looked up: ${(e as Error).message}`);
  }
  if (models.length === 1) return models[0] as string;
  throw new Error(
    `MODEL is not set; allowed: ${models.length ? models.join(', ') : 'any name, the server lists none'}`,
  );
}
