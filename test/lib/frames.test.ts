import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Api } from '../../lib/api/api.ts';
import { openaiChat } from '../../lib/api/openai-chat.ts';
import { openaiCompletions } from '../../lib/api/openai-completions.ts';
import { parse, readBody, ssePayloads } from '../../lib/client/frames.ts';

describe('ssePayloads', () => {
  it.each([
    ['one event', 'data: a\n\n', ['a']],
    ['no space after the colon', 'data:a\n\n', ['a']],
    ['only the first space goes', 'data:  a\n\n', [' a']],
    ['several lines of one event', 'data: a\ndata: b\n\n', ['a\nb']],
    ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', ['a', 'b']],
    ['CR', 'data: a\r\rdata: b\r\r', ['a', 'b']],
    ['a byte order mark', '\uFEFFdata: a\n\n', ['a']],
    ['comments and other fields', ': ping\n\nevent: x\nid: 1\nretry: 5\ndata: a\n\n', ['a']],
    ['another field that begins with data', 'database: a\n\n', []],
    ['a colon in the payload', 'data: {"a":1}\n\n', ['{"a":1}']],
    ['no last blank line', 'data: a\n\ndata: b', ['a', 'b']],
    ['several blank lines', '\n\ndata: a\n\n\n\ndata: b\n\n', ['a', 'b']],
    ['nothing', '', []],
    ['no event stream at all', '<html></html>', []],
  ])('%s', (_, text, payloads) => expect(ssePayloads(text)).toEqual(payloads));

  it('finds every payload again, whatever the line end', () => {
    const payload = fc.string({ minLength: 1 }).filter((s) => !/[\r\n]/.test(s));
    fc.assert(
      fc.property(fc.array(payload), fc.constantFrom('\n', '\r\n', '\r'), (payloads, end) => {
        const text = payloads.map((p) => `: ping${end}data: ${p}${end}${end}`).join('');
        expect(ssePayloads(text)).toEqual(payloads);
      }),
    );
  });
});

const sse = (...frames: unknown[]): string =>
  frames.map((f) => `data: ${typeof f === 'string' ? f : JSON.stringify(f)}\n\n`).join('');
const delta = (d: object, more: object = {}) => ({ model: 'm', choices: [{ delta: d, ...more }] });

describe('readBody', () => {
  it('counts frames with content, and keeps the last value of each name', () => {
    const body = readBody(
      openaiChat,
      sse(
        delta({ role: 'assistant', content: '' }),
        delta({ content: 'Hi' }),
        delta({ reasoning_content: 'Hm' }),
        delta({ tool_calls: [{ id: '1' }] }),
        delta({ tool_calls: [] }),
        delta({}, { finish_reason: 'stop' }),
        { model: 'm', choices: [], usage: { completion_tokens: 3 } },
        '[DONE]',
      ),
    );
    expect(body).toEqual({
      events: 7,
      frames: 3,
      garbage: 0,
      terminal: true,
      values: { model: 'm', finish: 'stop', output: 3 },
    });
  });

  it('lets no null replace a value', () =>
    expect(readBody(openaiChat, sse({ usage: { completion_tokens: 3 } }, { usage: null })).values).toEqual({
      output: 3,
    }));

  it('counts what is not JSON', () =>
    expect(readBody(openaiChat, sse('oops', delta({ content: 'a' })))).toMatchObject({
      events: 2,
      frames: 1,
      garbage: 1,
      terminal: false,
    }));

  it('does not count the empty finish frame of completions', () =>
    expect(
      readBody(
        openaiCompletions,
        sse({ choices: [{ text: 'a' }] }, { choices: [{ text: '', finish_reason: 'stop' }] }),
      ),
    ).toMatchObject({ frames: 1, values: { finish: 'stop' } }));

  it('reads one JSON a line where an API has it so', () => {
    const ndjson: Api = { ...openaiChat, framing: 'ndjson', content: ['message'], values: { done: 'done' } };
    expect(readBody(ndjson, '{"message":"a"}\r\n\n{"message":"b"}\n{"message":"","done":true}\n')).toMatchObject({
      events: 3,
      frames: 2,
      garbage: 0,
      values: { done: true },
    });
  });

  it('says that an empty body holds nothing', () =>
    expect(readBody(openaiChat, '')).toEqual({ events: 0, frames: 0, garbage: 0, terminal: false, values: {} }));
});

it('parses JSON, or says undefined', () => {
  expect(parse('{"a":1}')).toEqual({ a: 1 });
  expect(parse('{"a":')).toBeUndefined();
  expect(parse('')).toBeUndefined();
});
