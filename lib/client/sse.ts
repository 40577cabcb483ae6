import type { Ended } from 'k6/x/llmload';
import sse from 'k6/x/sse';
import type { Api } from '../api/api.ts';
import type { CommonSettings } from '../settings/settings.ts';
import type { BuiltIn } from './built-in.ts';
import type { Driver } from './client.ts';
import { framingOf, httpDriver } from './http.ts';
import { headerOf, keptHeaders, keptOf } from './kept.ts';
import { clock } from './stream/clock.ts';
import { causeText, deadline, limitsOf, type Progress } from './stream/limits.ts';
import { Meter, pathsOf } from './stream/meter.ts';
import { compressed, seenOf } from './stream/seen.ts';

type Http = typeof import('k6/http').default;

/** How k6/x/sse hands on a line that is no field of an event stream: NDJSON, an error's JSON. */
const UNKNOWN = 'unknown event: ';

/** In place of a body that is lost. */
const LOST = '(k6/x/sse hands on no last line that has no line end)';

/**
 * Requests over k6/x/sse, event by event; without a stream over k6's own client. Nothing can be done while it waits: limits
 * but the total are seen when the next event comes, or when the total is over, and then named as if they had been kept.
 * Each request opens a connection and closes it.
 */
const sseDriver: Driver = (api, settings, fixed) => {
  if (!settings.stream) return httpDriver(api, settings, fixed);
  const http = require('k6/http') as Http;
  const limits = limitsOf(settings);
  const paths = pathsOf(api);
  const keep = keptHeaders(settings);
  let connectMs: number | undefined;

  return ({ url, headers, body, tags, keepText, cancelAfter }) => {
    connectMs ??= connectingTime(http, api, settings);
    const calledAt = Date.now();
    const began = clock();
    const sent = began + connectMs;
    const progress: Progress = { began, sent, gotFirst: false, cancelAfter };
    const meter = new Meter(paths, keepText);
    let headersAt: number | undefined;
    let endedAt: number | undefined;
    let whole = '';
    let ended: Ended = 'eof';
    let error: string | undefined;
    let leave = () => {};
    let calm = 0;

    const finish = (why: Ended, text?: string) => {
      endedAt = clock();
      ended = why;
      error = text;
      leave();
    };
    /** True once a limit has passed, for the first that did. Limits only move on, so they are seldom looked up. */
    const late = (at: number): boolean => {
      if (at < calm) return false;
      const { at: limit, cause } = deadline(progress, limits);
      if (at >= limit && cause !== 'eof') {
        finish(cause, causeText(cause, limits));
        return true;
      }
      calm = progress.lastRead === undefined ? at : limit; // then another one begins
      return false;
    };
    const frame = (payload: string, at: number) => {
      if (payload.length > settings.maxFrame) return finish('frame_too_large', 'a frame is larger than maxFrame');
      meter.frame(payload, at);
      progress.gotFirst ||= meter.body.frames > 0;
      if (meter.body.terminal) finish('eof');
    };

    const response = sse.open(
      url,
      {
        method: 'POST',
        headers: { 'Accept-Encoding': 'identity', ...fixed, ...headers },
        body,
        tags,
        timeout: `${settings.timeout}ms`,
      },
      (client) => {
        leave = () => client.close();
        headersAt = clock();
        client.on('event', ({ data }) => {
          if (endedAt !== undefined) return;
          const at = clock();
          if (late(at)) return;
          progress.lastRead = at;
          const payload = data.trim();
          if (payload !== '') frame(payload, at); // a comment, or an event that keeps a connection alive
        });
        client.on('error', (e) => {
          if (endedAt !== undefined) return;
          const at = clock();
          if (late(at)) return;
          const text = e.error();
          if (!text.startsWith(UNKNOWN)) return finish('connection', text);
          progress.lastRead = at;
          const line = text.slice(UNKNOWN.length);
          if (meter.body.frames === 0 && whole.length <= settings.maxFrame) whole += line;
          if (api.framing === 'ndjson' && line.trim() !== '') frame(line.trim(), at);
        });
        late(headersAt);
      },
    );
    const last = clock();
    leave(); // a connection that was read to its end would stay open
    if (headersAt === undefined && !late(last)) finish('connection', response.error.replace(/^Post "[^"]*": /, ''));

    const { status } = response;
    const header = (name: string) => headerOf(response.headers, name);
    const framing = framingOf(api, true, status, header('Content-Type'));
    const coding = compressed(status, header('Content-Encoding'));
    if (coding) [ended, error] = ['encoding', coding];
    return seenOf({
      meter: framing === 'body' ? new Meter(paths) : meter,
      framing,
      ended: meter.body.terminal ? 'eof' : ended,
      error,
      status,
      sent: headersAt === undefined ? undefined : sent,
      began,
      calledAt,
      connectMs: headersAt === undefined ? 0 : connectMs,
      headersAt,
      endedAt: endedAt ?? last,
      whole: whole || LOST,
      retryAfterHeader: header('Retry-After'),
      kept: keptOf(response.headers, keep),
    });
  };
};

export const builtIn: BuiltIn = { name: 'sse', driver: sseDriver };

/**
 * How long opening a connection takes, ms. k6/x/sse opens one for each request and does not say: so k6's own client opens
 * one, once in each VU, and what it took is taken off the times of all answers.
 */
function connectingTime(http: Http, { models }: Api, settings: CommonSettings): number {
  const { timings } = http.get(`${settings.baseUrl}${models.path}`, {
    headers: { Connection: 'close' },
    timeout: settings.timeout,
    redirects: 0,
    responseCallback: http.expectedStatuses({ min: 100, max: 599 }), // its answer is no matter
    tags: { phase: 'warmup' },
  });
  return timings.connecting + timings.tls_handshaking;
}
