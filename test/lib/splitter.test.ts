import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ssePayloads } from '../../lib/client/frames.ts';
import { Splitter } from '../../lib/client/stream/splitter.ts';

/** What comes out of these pieces, the nth of which comes at time n, from 1; `fits` false: a frame was too large. */
function split(framing: 'sse' | 'ndjson', pieces: readonly string[], { inOrder = true, max = 1000 } = {}) {
  const frames: string[] = [];
  const at: number[] = [];
  const splitter = new Splitter(framing, max, (payload, time) => {
    frames.push(payload);
    at.push(time);
  });
  const fits = pieces.every((piece, i) => splitter.feed(piece, i + 1)) && splitter.end(inOrder);
  return { frames, at, fits };
}

describe('an event stream', () => {
  // The same as in extension/stream/frames_test.go.
  it.each([
    ['LF', 'data: a\n\ndata: b\n\n', ['a', 'b']],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['CR', 'data: a\r\rdata: b\r\r', ['a', 'b']],
    ['mixed', 'data: a\r\n\ndata: b\n\r\n', ['a', 'b']],
    ['no space', 'data:a\n\n', ['a']],
    ['lines are joined', 'data: {"a":\ndata: 1}\n\ndata: b\n\n', ['{"a":\n1}', 'b']],
    ['an empty first line', 'data\ndata: a\ndata:\ndata: b\n\n', ['a\n\nb']],
    ['no final blank line', 'data: a\n\ndata: b\n', ['a', 'b']],
    ['no final line end', 'data: a\n\ndata: b', ['a', 'b']],
    ['comments', ': hi\n\n:\n\ndata: a\n: in between\ndata: b\n\n', ['a\nb']],
    ['event and id', 'event: x\nid: 3\nretry: 1\ndata: a\n\n', ['a']],
    ['other fields', 'database: x\ndat: y\nfoo\n\ndata: a\n\n', ['a']],
    ['byte order mark', '\xef\xbb\xbfdata: a\n\n', ['a']],
    ['empty payloads are no frames', 'data:\n\ndata: \n\nevent: ping\n\ndata: a\n\n', ['a']],
    ['no blank line in between', '\n\n\ndata: a\n\n\n\n', ['a']],
  ])('%s, split at every byte', (name, body, frames) => {
    for (let at = 0; at <= body.length; at++)
      if (name !== 'byte order mark' || at === 0 || at > 3)
        expect(split('sse', [body.slice(0, at), body.slice(at)]).frames, `at ${at}`).toEqual(frames);
    if (name !== 'byte order mark') expect(split('sse', [...body]).frames).toEqual(frames);
  });

  it('bears the time of the last byte of its last data line, not of the blank line', () => {
    expect(split('sse', ['data: a', '\n', '\ndata: b\n', 'da', 'ta: c', '\n\n']).at).toEqual([1, 5]);
    expect(split('sse', ['data: a', '\n', '\ndata: b\n', 'da', 'ta: c', '\n\n']).frames).toEqual(['a', 'b\nc']);
    expect(split('sse', ['data: a\r', '\n\r', '\n']).at).toEqual([1]);
  });

  it('drops an unfinished line after a cut, and keeps an event whose lines were whole', () => {
    expect(split('sse', ['data: a\n\ndata: b\ndata: c'], { inOrder: false }).frames).toEqual(['a', 'b']);
    expect(split('sse', ['data: a\n\ndata: b'], { inOrder: false }).frames).toEqual(['a']);
  });

  it('takes a frame of the largest size, and none that is larger', () => {
    const of = (size: number) => `data: ${'x'.repeat(size)}\n\n`;
    expect(split('sse', [of(20)], { max: 20 })).toMatchObject({ frames: ['x'.repeat(20)], fits: true });
    expect(split('sse', [of(21)], { max: 20 }).fits).toBe(false);
    expect(split('sse', [...of(40)], { max: 20 }).fits).toBe(false);
    expect(split('sse', ['data: x\n'.repeat(20)], { max: 20 }).fits).toBe(false);
  });

  it('is cut as a whole text is, wherever it is split', () => {
    const line = fc.constantFrom('data: a', 'data: {"b":1}', 'data:', ': ping', 'event: x', 'junk', '');
    const end = fc.constantFrom('\n', '\r\n', '\r');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(line, end), { maxLength: 12 }),
        fc.array(fc.nat(120), { maxLength: 8 }),
        (lines, at) => {
          const body = lines.flat().join('');
          const cuts = [0, ...at.filter((n) => n < body.length).sort((a, b) => a - b), body.length];
          const pieces = cuts.slice(1).map((to, i) => body.slice(cuts[i], to));
          expect(split('sse', pieces).frames).toEqual(
            ssePayloads(body)
              .map((payload) => payload.trim())
              .filter(Boolean),
          );
        },
      ),
    );
  });
});

it('NDJSON is a frame a line', () => {
  const body = '{"a":1}\r\n\n{"b":2}\n  {"c":3}';
  for (let at = 0; at <= body.length; at++)
    expect(split('ndjson', [body.slice(0, at), body.slice(at)]).frames).toEqual(['{"a":1}', '{"b":2}', '{"c":3}']);
  expect(split('ndjson', [body], { inOrder: false }).frames).toEqual(['{"a":1}', '{"b":2}']);
  expect(split('ndjson', ['x'.repeat(21)], { max: 5 }).fits).toBe(false);
});
