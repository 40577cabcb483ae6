import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { APIS } from '../../lib/api/index.ts';
import { requestText } from '../../lib/client/http1/request.ts';
import { type Head, ResponseReader } from '../../lib/client/http1/response.ts';
import { targetOf } from '../../lib/client/http1/url.ts';
import { Meter, pathsOf } from '../../lib/client/stream/meter.ts';
import { Splitter } from '../../lib/client/stream/splitter.ts';
import { expected } from '../replay/expected.ts';
import { recordedBytes } from '../replay/recording.ts';

/** What is read of an answer that comes in these pieces and whose connection is then closed, or is not. */
function read(pieces: readonly string[], closed = true) {
  const heads: Head[] = [];
  let body = '';
  const reader = new ResponseReader({
    head: (head) => heads.push(head),
    body: (piece) => {
      body += piece;
    },
  });
  for (const piece of pieces) reader.feed(piece);
  if (closed) reader.close();
  return { head: heads[0], heads: heads.length, body, done: reader.done, error: reader.error };
}
const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

describe('an answer', () => {
  it.each([
    ['of a known length', `${OK}Content-Length: 5\r\n\r\nhello`, 'hello'],
    ['without a body', `${OK}Content-Length: 0\r\n\r\n`, ''],
    ['204', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
    ['in chunks', `${CHUNKED}5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n`, 'hello world'],
    ['in chunks with extensions', `${CHUNKED}5;a=1\r\nhello\r\n0;b\r\n\r\n`, 'hello'],
    ['in chunks with trailers', `${CHUNKED}5\r\nhello\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n`, 'hello'],
    [
      'in chunks of hexadecimal sizes',
      `${CHUNKED}00a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n`,
      '01234567890123456789a',
    ],
    [
      'in chunks, although a length is said',
      `${OK}Content-Length: 1\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n`,
      'ab',
    ],
    ['until the connection closes', `${OK}\r\nhello\r\nworld`, 'hello\r\nworld'],
    ['of HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Type: x\r\n\r\nhello', 'hello'],
    [
      'after others',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${OK}Content-Length: 2\r\n\r\nhi`,
      'hi',
    ],
    ['with LF alone', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nhi', 'hi'],
    ['without a reason', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi', 'hi'],
  ])('%s, split at every byte', (_, answer, body) => {
    const whole = { heads: 1, body, done: true, error: undefined };
    for (let at = 0; at <= answer.length; at++)
      expect(read([answer.slice(0, at), answer.slice(at)]), `at ${at}`).toMatchObject(whole);
    expect(read([...answer])).toMatchObject(whole);
  });

  it('is over at its last byte, and what follows is none of it', () => {
    expect(read([`${OK}Content-Length: 2\r\n\r\nhi, HTTP/1.1`], false)).toMatchObject({ body: 'hi', done: true });
    expect(read([`${CHUNKED}1\r\na\r\n0\r\n`], false).done).toBe(false);
    expect(read([`${CHUNKED}1\r\na\r\n0\r\n\r\nmore`], false)).toMatchObject({ body: 'a', done: true });
  });

  it('has headers in lower case, several of a name joined', () =>
    expect(read([`${OK}X-A:  1 \r\nx-a: 2\r\nEmpty:\r\nContent-Length: 0\r\n\r\n`]).head).toEqual({
      status: 200,
      headers: { 'x-a': '1, 2', empty: '', 'content-length': '0' },
    }));

  it.each([
    ['no HTTP', 'SSH-2.0-x\r\n\r\n', 'malformed HTTP response'],
    ['another version', 'HTTP/2 200\r\n\r\n', 'malformed HTTP response'],
    ['a header without a colon', `${OK}nonsense\r\n\r\n`, 'malformed header'],
    ['two lengths', `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\na`, 'bad Content-Length'],
    ['a length that is none', `${OK}Content-Length: -1\r\n\r\na`, 'bad Content-Length'],
    [
      'another coding',
      `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`,
      'transfer coding gzip, chunked is not understood',
    ],
    ['a chunk without a size', `${CHUNKED}oops\r\n`, 'malformed chunked encoding'],
    ['a chunk of any size', `${CHUNKED}${'f'.repeat(20)}\r\n`, 'malformed chunked encoding'],
    ['a chunk that is longer', `${CHUNKED}1\r\nab\r\n`, 'a chunk is longer than its size'],
    ['a size without an end', `${CHUNKED}1;${'x'.repeat(5000)}`, 'a line between chunks is too long'],
    ['headers without an end', OK + 'X: y\r\n'.repeat(60_000), 'the headers are too long'],
    ['nothing', '', 'unexpected EOF'],
    ['a head that was cut', OK, 'unexpected EOF'],
    ['a body that was cut', `${OK}Content-Length: 9\r\n\r\nhello`, 'unexpected EOF'],
    ['a chunk that was cut', `${CHUNKED}5\r\nhel`, 'unexpected EOF'],
    ['a size that was cut', `${CHUNKED}5\r\nhello\r\n1`, 'unexpected EOF'],
    ['the last chunk missing', `${CHUNKED}5\r\nhello\r\n`, 'unexpected EOF'],
  ])('%s is an error, told once', (_, answer, error) => expect(read([answer]).error).toBe(error));

  it('is the same in whatever chunks and pieces it comes', () => {
    const parts = fc.array(fc.string({ minLength: 1, unit: fc.nat(255).map((n) => String.fromCharCode(n)) }));
    fc.assert(
      fc.property(parts, fc.array(fc.nat(300)), (chunks, at) => {
        const answer = `${CHUNKED}${chunks.map((c) => `${c.length.toString(16)}\r\n${c}\r\n`).join('')}0\r\n\r\n`;
        const cuts = [0, ...at.filter((n) => n < answer.length).sort((a, b) => a - b), answer.length];
        const pieces = cuts.slice(1).map((to, i) => answer.slice(cuts[i], to));
        expect(read(pieces, false)).toMatchObject({ body: chunks.join(''), done: true, error: undefined });
      }),
    );
  });
});

describe('recorded answers, split at every byte', () => {
  const streams = Object.entries(expected).filter(([name, { stream }]) => stream && recordedBytes(name).length < 3500);

  it.each(streams)('%s', (name, { api: spoken, frames, status }) => {
    const api = APIS[spoken] as (typeof APIS)[string];
    const paths = pathsOf(api);
    const bytes = recordedBytes(name).toString('latin1');
    const meterOf = (pieces: string[]) => {
      const meter = new Meter(paths, true);
      const splitter = new Splitter(api.framing as 'sse' | 'ndjson', 1e6, (payload, at) => meter.frame(payload, at));
      let at = 0;
      const reader = new ResponseReader({ head: () => {}, body: (piece) => splitter.feed(piece, at) });
      for (; at < pieces.length; at++) reader.feed(pieces[at] as string);
      reader.close();
      splitter.end(reader.done);
      return meter;
    };
    const whole = meterOf([bytes]).body;
    if (status === 200) expect(whole.frames).toBe(frames);
    for (let at = 1; at < bytes.length; at++)
      expect(meterOf([bytes.slice(0, at), bytes.slice(at)]).body, `at ${at}`).toEqual(whole);
  });
});

describe('a URL', () => {
  it.each([
    ['http://a/v1/x?y=1', { tls: false, host: 'a', port: 80, path: '/v1/x?y=1', authority: 'a' }],
    ['https://a.b:8443/x', { tls: true, host: 'a.b', port: 8443, path: '/x', authority: 'a.b:8443' }],
    ['https://a', { tls: true, host: 'a', port: 443, path: '/', authority: 'a' }],
    ['http://[::1]:80/x', { tls: false, host: '::1', port: 80, path: '/x', authority: '[::1]:80' }],
    ['http://me:p%40ss@a/x', { tls: false, host: 'a', port: 80, path: '/x', authority: 'a', user: 'me:p@ss' }],
  ])('%s', (url, target) => expect(targetOf(url)).toEqual(target));

  it('is refused where it is none', () => expect(() => targetOf('a/b')).toThrow('an absolute http or https URL'));
});

describe('a request', () => {
  const target = targetOf('http://a:8000/v1/chat');
  it('asks for one answer, uncompressed, and says how many bytes it has', () =>
    expect(requestText(target, { 'X-Request-Id': '1' }, '{"ä€😀"}')).toBe(
      'POST /v1/chat HTTP/1.1\r\nHost: a:8000\r\nAccept-Encoding: identity\r\nX-Request-Id: 1\r\nContent-Length: 13\r\nConnection: close\r\n\r\n{"ä€😀"}',
    ));

  it('has each header once, whatever its case', () =>
    expect(requestText(target, { host: 'b', authorization: '1', Authorization: '2' }, '')).toBe(
      'POST /v1/chat HTTP/1.1\r\nhost: b\r\nAccept-Encoding: identity\r\nAuthorization: 2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    ));

  it('lets no header become two', () =>
    expect(() => requestText(target, { X: 'a\r\nY: b' }, '')).toThrow('header X cannot be sent'));
});
