import '../fakes/k6-globals.ts';
import type { Response } from 'k6/http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openaiChat } from '../../lib/api/openai-chat.ts';
import { httpDriver, seenByHttp } from '../../lib/client/http.ts';
import { complete } from '../../lib/client/outcome.ts';
import { responseOf, server } from '../fakes/k6-http.ts';
import { settingsOf } from './make.ts';

const TIMES = {
  blocked: 30,
  connecting: 10,
  tls_handshaking: 15,
  sending: 1,
  waiting: 100,
  receiving: 900,
  duration: 1001,
};
const answer = (parts: object): Response =>
  responseOf({
    status: 200,
    headers: { 'Content-Type': 'text/event-stream' },
    timings: TIMES as Response['timings'],
    ...parts,
  });
const seen = (parts: object, stream = true) => seenByHttp(openaiChat, { stream, keep: {} }, answer(parts), 5000);
const outcome = (parts: object) => complete(openaiChat, { model: 'm', requestId: 'id' }, seen(parts)).outcome;
const FRAME = 'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n';

beforeEach(() => {
  server.asked.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
});

describe('what stock k6 sees', () => {
  it('has times of the whole exchange, and none of tokens', () => {
    const s = seen({ body: `${FRAME}data: [DONE]\n\n` });
    expect(s).toEqual({
      ended: 'eof',
      status: 200,
      startedAt: 5030, // k6's blocked includes connecting and TLS
      connectMs: 25,
      cold: true,
      resent: 0,
      headersMs: 101,
      endMs: 1001,
      framing: 'sse',
      events: 1,
      frames: 1,
      garbage: 0,
      terminal: true,
      values: {},
    });
    for (const absent of ['ttft', 'ttfo', 'e2e', 'gaps', 'error']) expect(s).not.toHaveProperty(absent);
  });

  it('keeps the text of the answer where it is wanted', () => {
    const frames = [{ role: 'assistant' }, { reasoning_content: 'So' }, { content: 'Hi' }, { content: ' there' }];
    const body = frames.map((delta) => `data: ${JSON.stringify({ choices: [{ delta }] })}\n\n`).join('');
    const kept = (keepText: true | number) =>
      seenByHttp(openaiChat, { stream: true, keep: {} }, answer({ body }), 0, keepText).text;
    expect([kept(true), kept(4), kept(99)]).toEqual(['Hi there', 'Hi t', 'Hi there']);
  });

  it.each(['X-Backend', 'x-backend'])('keeps headers that came, whatever their case: %s', (backend) => {
    const wanted = { stream: true, keep: { backend, attempts: 'x-Tries' } };
    const kept = (headers: object) => seenByHttp(openaiChat, wanted, answer({ body: FRAME, headers }), 0).kept;
    expect(kept({ 'X-Backend': 'b1', 'X-Tries': '2' })).toEqual({ backend: 'b1', attempts: '2' });
    expect(kept({ 'X-Backend': 'b1' })).toEqual({ backend: 'b1' });
    expect(kept({})).toBeUndefined();
  });

  it('knows a reused connection', () =>
    expect(seen({ timings: { ...TIMES, connecting: 0, tls_handshaking: 0 }, body: '' })).toMatchObject({
      cold: false,
      connectMs: 0,
    }));

  it.each([
    ['a stream', true, 200, 'text/event-stream; charset=utf-8', 'sse'],
    ['a stream without a type', true, 200, undefined, 'sse'],
    ['JSON although a stream was asked for', true, 200, 'application/json; charset=utf-8', 'body'],
    ['an error', true, 500, 'text/event-stream', 'body'],
    ['no stream', false, 200, 'application/json', 'body'],
  ])('cuts %s', (_, stream, status, type, framing) =>
    expect(seen({ status, headers: type ? { 'Content-Type': type } : {}, body: FRAME }, stream).framing).toBe(framing),
  );

  it('judges an unstreamed answer to a streamed request', () => {
    const headers = { 'Content-Type': 'application/json' };
    const body = JSON.stringify({ choices: [{ message: { content: 'Hi' } }] });
    expect(outcome({ headers, body })).toBe('ok');
    expect(outcome({ headers, body: '{"error":{"message":"no"}}' })).toBe('stream_error');
  });

  it('keeps Retry-After', () =>
    expect(seen({ status: 429, headers: { 'Retry-After': '9' }, error_code: 1429 })).toMatchObject({
      retryAfterHeader: '9',
      ended: 'eof',
    }));

  it('copes with an answer that has no body', () =>
    expect(seen({ status: 0, error_code: 1212, error: 'refused', body: null, headers: {} })).toMatchObject({
      framing: 'body',
      body: '',
      error: 'refused',
    }));
});

describe('k6 error codes', () => {
  it.each([
    [1000, 'connection', 'connection'],
    [1010, 'connection', 'connection'],
    [1050, 'timeout_total', 'timeout_total'],
    [1101, 'connect', 'connection'],
    [1110, 'connect', 'connection'],
    [1201, 'connection', 'connection'],
    [1210, 'connect', 'connection'],
    [1211, 'connect', 'connection'],
    [1212, 'connect', 'connection'],
    [1220, 'connection', 'connection'],
    [1310, 'connect', 'connection'],
    [1600, 'connection', 'connection'],
    [1630, 'connection', 'connection'],
  ])('%d is %s', (error_code, ended, failed) => {
    const parts = { status: 0, error_code, error: 'why', body: null, headers: {} };
    expect(seen(parts).ended).toBe(ended);
    expect(outcome(parts)).toBe(failed);
  });

  it.each([
    [1404, 404, 'http_error'],
    [1429, 429, 'rate_limited'],
    [1503, 503, 'http_error'],
  ])('%d is an answer', (error_code, status, failed) => {
    expect(seen({ status, error_code, body: 'x' }).ended).toBe('eof');
    expect(outcome({ status, error_code, body: 'x' })).toBe(failed);
  });

  it('a body that breaks off is no answer, whatever it began with', () =>
    expect(outcome({ error_code: 1000, error: 'unexpected EOF', body: FRAME })).toBe('connection'));
});

describe('a request', () => {
  it('is sent once, uncompressed, unredirected, with its limit and tags', () => {
    vi.useFakeTimers({ now: 7000 });
    server.answer = () => ({ status: 200, body: `${FRAME}data: [DONE]\n\n` });
    const send = httpDriver(openaiChat, settingsOf({ TIMEOUT: '9s' }), { 'X-Fixed': 'f', 'X-A': '1' });
    const s = send({ url: 'http://h/v1', headers: { 'X-A': '3' }, body: '{}', tags: { step: '5' } });
    expect(s).toMatchObject({ startedAt: 7000, status: 200, frames: 1 });
    expect(server.asked).toEqual([
      {
        method: 'POST',
        url: 'http://h/v1',
        body: '{}',
        params: {
          headers: { 'Accept-Encoding': 'identity', 'X-Fixed': 'f', 'X-A': '3' },
          tags: { step: '5' },
          timeout: 9000,
          redirects: 0,
          responseType: 'text',
        },
      },
    ]);
  });
});
