import { describe, expect, it } from 'vitest';
import type { Api } from '../../lib/api/api.ts';
import { OLLAMA } from '../../lib/api/ollama.ts';
import { ollamaChat } from '../../lib/api/ollama-chat.ts';
import { ollamaGenerate } from '../../lib/api/ollama-generate.ts';
import { readBody } from '../../lib/client/frames.ts';
import { complete, type Seen } from '../../lib/client/outcome.ts';
import type { Completion } from '../../lib/completion.ts';

const ask = { model: 'm', prompt: 'Hi', stream: true, outputTokens: 5, ignoreEos: false, temperature: 0 };

describe('the request', () => {
  const common = { model: 'm', stream: true, options: { num_predict: 5, temperature: 0 } };

  it('of a chat', () =>
    expect(ollamaChat.body(ask)).toEqual({ ...common, messages: [{ role: 'user', content: 'Hi' }] }));

  it('of a generate', () => expect(ollamaGenerate.body(ask)).toEqual({ ...common, prompt: 'Hi' }));

  it('says when it wants no stream: Ollama streams by default', () =>
    expect(ollamaChat.body({ ...ask, stream: false })).toMatchObject({ stream: false }));

  it('asks for no exact length: Ollama has no such thing', () =>
    expect(ollamaChat.body({ ...ask, ignoreEos: true })).toEqual(ollamaChat.body(ask)));
});

it.each([
  ['nothing', {}, {}],
  ['a frame on the way', { model: 'm', done: false }, { answered: 'm' }],
  ['the last one', { done: true, finish: 'length' }, { done: true, finish: 'length' }],
  ['the last one of an older server', { done: true }, { done: true }],
  ['counts', { input: 13, output: 8 }, { usage: { input: 13, output: 8 } }],
  [
    'durations, from ns to ms',
    { total_duration: 18_054_066, load_duration: 0, prompt_eval_duration: 1_895_590, eval_duration: 7_000_000 },
    { serverTimings: { total_duration: 18.054066, load_duration: 0, prompt_eval_duration: 1.89559, eval_duration: 7 } },
  ],
  ['only the durations that are there', { eval_duration: 5e6 }, { serverTimings: { eval_duration: 5 } }],
  ['an error', { error: 'the model failed\nto answer' }, { error: 'the model failed to answer' }],
])('an answer says %s', (_, values, said) => expect(OLLAMA.said(values)).toEqual(said));

/** What becomes of a stream of these lines, or of one body. */
function judge(api: Api, lines: readonly object[] | object, parts: Partial<Seen> = {}): Completion {
  const text = Array.isArray(lines) ? lines.map((l) => `${JSON.stringify(l)}\n`).join('') : JSON.stringify(lines);
  const body = Array.isArray(lines)
    ? { framing: 'ndjson' as const, ...readBody(api, text) }
    : { framing: 'body' as const, events: 0, frames: 0, terminal: false, garbage: 0, values: {}, body: text };
  const exchange = { startedAt: 0, connectMs: 0, cold: false, resent: 0, endMs: 9 };
  return complete(api, { model: 'm', requestId: 'id' }, { ended: 'eof', status: 200, ...exchange, ...body, ...parts });
}

const word = (content: string, more: object = {}) => ({
  model: 'm',
  message: { role: 'assistant', content, ...more },
  done: false,
});
const last = { ...word(''), done: true, done_reason: 'stop', prompt_eval_count: 3, eval_count: 4, eval_duration: 2e6 };

describe('the verdict', () => {
  it('on a stream: what was thought, said and called counts, the last frame does not', () =>
    expect(
      judge(ollamaChat, [
        word('', { thinking: 'Hm' }),
        word('Hi'),
        word('', { tool_calls: [{ function: { name: 'f', arguments: {} } }] }),
        last,
      ]),
    ).toMatchObject({
      outcome: 'ok',
      frames: 3,
      finish: 'stop',
      answered: 'm',
      usage: { input: 3, output: 4 },
      tokenSource: 'server',
      serverTimings: { eval_duration: 2 },
    }));

  it('on a stream of generate', () =>
    expect(
      judge(ollamaGenerate, [
        { model: 'm', response: '', thinking: 'Hm', done: false },
        { model: 'm', response: 'Hi', done: false },
        { model: 'm', response: '', done: true },
      ]),
    ).toMatchObject({ outcome: 'ok', frames: 2, tokenSource: 'frames' }));

  it('`done: true` ends an answer, with a reason or without', () => {
    const { done_reason: _, ...older } = last;
    expect(judge(ollamaChat, [word('Hi'), older]).outcome).toBe('ok');
    expect(judge(ollamaChat, [word('Hi'), last], { ended: 'connection', error: 'reset' }).outcome).toBe('ok');
    expect(judge(ollamaChat, [word('Hi')])).toMatchObject({
      outcome: 'truncated',
      error: 'the stream ended after 1 frames with neither a finish reason nor a last frame',
    });
  });

  it.each([
    ['an error frame', [word('Hi'), { error: 'no memory' }], {}, 'stream_error', 'no memory'],
    ['an error instead of a body', { error: 'no memory' }, {}, 'stream_error', 'no memory'],
    ['a status', { error: "model 'm' not found" }, { status: 404 }, 'http_error', "HTTP 404: model 'm' not found"],
    ['no content: a model was only loaded', [{ ...last, done_reason: 'load' }], {}, 'empty', 'no content'],
  ] as const)('%s is a failure', (_, lines, parts, outcome, error) =>
    expect(judge(ollamaChat, lines, parts)).toMatchObject({ outcome, error: expect.stringContaining(error) }),
  );

  it.each([
    ['content', { content: 'Hi' }],
    ['thoughts', { content: '', thinking: 'Hm' }],
    ['a tool call', { content: '', tool_calls: [{ function: { name: 'f', arguments: {} } }] }],
  ])('an answer that came whole holds %s', (_, message) =>
    expect(judge(ollamaChat, { ...last, message })).toMatchObject({ outcome: 'ok', usage: { output: 4 } }),
  );
});
