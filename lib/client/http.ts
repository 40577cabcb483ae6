import type { Response } from 'k6/http';
import type { Ended, Framing } from 'k6/x/llmload';
import type { Api } from '../api/api.ts';
import type { Driver } from './client.ts';
import { readBody } from './frames.ts';
import { keptHeaders, keptOf } from './kept.ts';
import type { Seen } from './outcome.ts';

/** k6's own codes, https://grafana.com/docs/k6/latest/javascript-api/error-codes/ */
function endedOf(response: Response): Ended {
  const code = response.error_code;
  if (code === 1050) return 'timeout_total';
  if (code === 1701) return 'encoding';
  if ((code >= 1100 && code < 1200) || (code >= 1210 && code < 1220) || (code >= 1300 && code < 1400)) return 'connect';
  return code === 0 || (code >= 1400 && code < 1600) ? 'eof' : 'connection';
}

/** How a body is cut: not at all for any status outside 2xx and for JSON. */
export const framingOf = (api: Api, stream: boolean, status: number, contentType = ''): Framing =>
  stream && status >= 200 && status < 300 && !/^application\/json/i.test(contentType) ? api.framing : 'body';

/**
 * Any k6's own HTTP client. It sees a body only when it is whole: TTFT and ITL are not measured here, and E2E is the whole
 * exchange. Of the limits only the total applies.
 */
export const httpDriver: Driver = (api, settings, fixed) => {
  // Not imported: k6/http costs memory in every VU, and under the native driver none needs it.
  const http = require('k6/http') as typeof import('k6/http').default;
  const wanted = { stream: settings.stream, keep: keptHeaders(settings) };
  return ({ url, headers, body, tags, keepText }) => {
    const startedAt = Date.now();
    const response = http.request('POST', url, body, {
      headers: { 'Accept-Encoding': 'identity', ...fixed, ...headers },
      tags,
      timeout: settings.timeout,
      redirects: 0,
      responseType: 'text',
    });
    return seenByHttp(api, wanted, response, startedAt, keepText);
  };
};

export function seenByHttp(
  api: Api,
  { stream, keep }: { stream: boolean; keep: Record<string, string> },
  response: Response,
  startedAt: number,
  keepText?: true | number,
): Seen {
  const { timings, status, headers } = response;
  const text = typeof response.body === 'string' ? response.body : '';
  const connectMs = timings.connecting + timings.tls_handshaking;
  const framing = framingOf(api, stream, status, headers['Content-Type']);
  const retryAfterHeader = headers['Retry-After'];
  const kept = keptOf(headers, keep);
  return {
    ended: endedOf(response),
    ...(response.error && { error: response.error }),
    status,
    ...(retryAfterHeader !== undefined && { retryAfterHeader }),
    ...(kept && { kept }),
    startedAt: startedAt + timings.blocked,
    connectMs,
    cold: connectMs > 0,
    resent: 0,
    ...(status > 0 && { headersMs: timings.sending + timings.waiting }),
    endMs: timings.duration,
    framing,
    ...(framing === 'body'
      ? { events: 0, frames: 0, terminal: false, garbage: 0, values: {}, body: text }
      : readBody(api, text, keepText)),
  };
}
