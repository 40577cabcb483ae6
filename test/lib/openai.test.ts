import { describe, expect, it } from 'vitest';
import { at, errorText, holds, oneLine } from '../../lib/api/api.ts';
import { APIS } from '../../lib/api/index.ts';
import { openaiSaid } from '../../lib/api/openai.ts';
import { openaiChat } from '../../lib/api/openai-chat.ts';
import { openaiCompletions } from '../../lib/api/openai-completions.ts';
import { SETTINGS } from '../../lib/settings/table.ts';

const ask = { model: 'm', prompt: 'Hi', stream: true, outputTokens: 5, ignoreEos: false, temperature: 0.7 };

describe('the request', () => {
  const common = { model: 'm', max_tokens: 5, temperature: 0.7, stream: true, stream_options: { include_usage: true } };

  it('of a chat', () =>
    expect(openaiChat.body(ask)).toEqual({ ...common, messages: [{ role: 'user', content: 'Hi' }] }));

  it('of a completion', () => expect(openaiCompletions.body(ask)).toEqual({ ...common, prompt: 'Hi' }));

  it('asks for usage only in a stream: servers refuse stream_options without one', () => {
    const body = openaiChat.body({ ...ask, stream: false });
    expect(body).toMatchObject({ stream: false });
    expect(body).not.toHaveProperty('stream_options');
  });

  it('asks for an exact length in the two ways that servers know', () => {
    expect(openaiChat.body({ ...ask, ignoreEos: true })).toMatchObject({
      ignore_eos: true,
      min_tokens: 5,
      max_tokens: 5,
    });
    expect(openaiChat.body(ask)).not.toHaveProperty('min_tokens');
  });

  it('goes where each API lives', () =>
    expect(Object.entries(APIS).map(([name, api]) => [name, api.path])).toEqual([
      ['openai-chat', '/v1/chat/completions'],
      ['openai-completions', '/v1/completions'],
      ['ollama-chat', '/api/chat'],
      ['ollama-generate', '/api/generate'],
      ['openai', '/v1/chat/completions'],
      ['ollama', '/api/chat'],
    ]));

  it('can be asked by every name that API allows', () => expect(Object.keys(APIS)).toEqual([...SETTINGS.API.values]));
});

describe('what an answer says of itself', () => {
  it.each([
    ['nothing', {}, {}],
    ['nulls', { model: null, finish: null, input: null, output: null, error: null, timings: null }, {}],
    ['empty texts', { model: '', finish: '' }, {}],
    ['names', { model: 'm-0613', finish: 'length' }, { answered: 'm-0613', finish: 'length' }],
    [
      'usage with details',
      { input: 9, output: 7, cached: 4, reasoning: 3 },
      { usage: { input: 9, output: 7, cached: 4, reasoning: 3 } },
    ],
    ['usage without details', { input: 9, output: 0 }, { usage: { input: 9, output: 0 } }],
    ['usage of one side', { output: 7 }, { usage: { input: 0, output: 7 } }],
    ['usage of no use', { input: '9' }, {}],
    ['timings, numbers only', { timings: { prompt_ms: 1.5, id: 'x' } }, { serverTimings: { prompt_ms: 1.5 } }],
    ['an error', { error: { message: 'no\nmemory', code: 500 } }, { error: 'no memory' }],
    ['an error as its JSON', { error: '{"message":"no memory"}' }, { error: 'no memory' }],
    ['timings as their JSON', { timings: '{"prompt_ms":1.5}' }, { serverTimings: { prompt_ms: 1.5 } }],
    ['an error in words', { error: 'no memory' }, { error: 'no memory' }],
    ['an error that is an object of its own', { message: 'too long' }, { error: 'too long' }],
    ['a message that is no text', { message: { content: 'x' } }, {}],
  ])('%s', (_, values, said) => expect(openaiSaid(values)).toEqual(said));
});

describe('errorText', () => {
  it.each([
    [{ error: { message: 'a' } }, 'a'],
    [{ error: 'b' }, 'b'],
    [{ message: 'c' }, 'c'],
    [{ detail: 'd' }, 'd'],
    [{ detail: [{ msg: 'e' }] }, '[{"msg":"e"}]'],
    [{ error: { code: 5 } }, '{"code":5}'],
    [{ other: 1 }, '{"other":1}'],
    [' f\n g ', 'f g'],
    [7, '7'],
  ])('of %j is %s', (value, text) => expect(errorText(value)).toBe(text));
});

it('oneLine is at most 300 characters', () => {
  expect(oneLine('x'.repeat(300))).toHaveLength(300);
  expect(oneLine('x'.repeat(301))).toBe(`${'x'.repeat(299)}…`);
});

it.each([
  [{ a: [{ b: 1 }] }, 'a.0.b', 1],
  [{ a: null }, 'a.b', undefined],
  ['text', 'length', undefined],
  [{ 'a.b': 1 }, 'a.b', undefined],
  [{ a: 0 }, 'a', 0],
])('at %j %s is %s', (value, path, found) => expect(at(value, path)).toBe(found));

it.each([
  ['', false],
  ['a', true],
  [' ', true],
  [null, false],
  [undefined, false],
  [[], false],
  [{}, false],
  [[{}], true],
  [0, true],
  [false, true],
])('holds of %j is %s', (value, something) => expect(holds(value)).toBe(something));
