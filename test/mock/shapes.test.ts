import { afterEach, describe, expect, test } from 'vitest';
import { type Mock, type MockOptions, startMock } from '../../mock/index.ts';
import { ask, chat, type Frame, finishReason, frames, payloads, texts } from './client.ts';

let mock: Mock;
afterEach(() => mock.close());

const start = async (options: Partial<MockOptions> = {}): Promise<void> => {
  mock = await startMock({ ttftMs: 1, tokenMs: 0, tokens: 3, ...options });
};

const stream = async (more: Record<string, unknown> = {}): Promise<string> =>
  (await ask(mock, { body: chat(more) })).body;

const usageOf = (body: string): Frame | undefined => frames(body).find((frame) => frame.usage !== undefined);

describe('a chat stream', () => {
  test('is role, words, finish, [DONE]', async () => {
    await start();
    const reply = await ask(mock, { body: chat(), headers: { 'X-Request-Id': 'r1' } });
    expect(reply.headers['content-type']).toContain('text/event-stream');
    const all = frames(reply.body);
    expect(all.map(({ choices }) => choices[0]?.delta)).toEqual([
      { role: 'assistant', content: '' },
      { content: 'The' },
      { content: ' load' },
      { content: ' on' },
      {},
    ]);
    expect(all.map(({ choices }) => choices[0]?.finish_reason)).toEqual([null, null, null, null, 'stop']);
    expect(new Set(all.map(({ id, object, model }) => `${id} ${object} ${model}`))).toEqual(
      new Set(['chatcmpl-r1 chat.completion.chunk mock']),
    );
    expect(payloads(reply.body).at(-1)).toBe('[DONE]');
  });

  test('without role-prelude the first word carries the role', async () => {
    await start({ rolePrelude: false });
    const [first, second] = frames(await stream());
    expect(first?.choices[0]?.delta).toEqual({ role: 'assistant', content: 'The' });
    expect(second?.choices[0]?.delta).toEqual({ content: ' load' });
  });

  test('reasoning-tokens come first, as reasoning_content, and count as completion tokens', async () => {
    await start({ reasoningTokens: 2, usage: 'always' });
    const body = await stream();
    const kinds = frames(body).flatMap(({ choices }) => Object.keys(choices[0]?.delta ?? {}).at(-1) ?? []);
    expect(kinds).toEqual(['content', 'reasoning_content', 'reasoning_content', 'content', 'content', 'content']);
    expect(usageOf(body)?.usage).toMatchObject({
      completion_tokens: 5,
      completion_tokens_details: { reasoning_tokens: 2 },
    });
    expect(mock.truth()).toMatchObject([{ tokens: 5, reasoningFrames: 2 }]);
    expect(mock.truth()[0]?.frames).toHaveLength(5);
  });

  test('tokens-per-frame merges words, the last frame taking what is left', async () => {
    await start({ tokens: 5, tokensPerFrame: 2 });
    expect(texts(await stream())).toEqual(['The load', ' on a', ' server']);
    expect(mock.truth()).toMatchObject([{ tokens: 5 }]);
    expect(mock.truth()[0]?.frames).toHaveLength(3);
  });

  test('text is readable, goes on for ever and is not all ASCII', async () => {
    await start({ tokens: 200 });
    const text = texts(await stream()).join('');
    expect(text).toMatch(/^The load on a server is a story about waiting\./);
    expect(text).toContain('café');
    expect(text.split(' ')).toHaveLength(200);
  });
});

describe('a completions stream', () => {
  test('is words, an empty finish frame, [DONE]', async () => {
    await start({ reasoningTokens: 2 });
    const body = { model: 'mock', prompt: 'once upon', stream: true };
    const reply = await ask(mock, { path: '/v1/completions', body });
    const all = frames(reply.body);
    expect(all.map(({ choices }) => choices[0]?.text)).toEqual(['The', ' load', ' on', '']);
    expect(all.map(({ choices }) => choices[0]?.finish_reason)).toEqual([null, null, null, 'stop']);
    expect(all[0]).toMatchObject({ object: 'text_completion', id: expect.stringMatching(/^cmpl-/) });
    expect(payloads(reply.body).at(-1)).toBe('[DONE]');
  });

  test.each([
    ['a text', 'one two three', 4],
    ['texts', ['one two', 'three'], 4],
    ['token ids', [1, 2, 3, 4, 5], 5],
  ])('takes %s as prompt', async (_, prompt, expected) => {
    await start();
    await ask(mock, { path: '/v1/completions', body: { model: 'mock', prompt } });
    expect(mock.truth()).toMatchObject([{ status: 200, promptTokens: expected }]);
  });
});

describe('without a stream', () => {
  test('a chat answer is one message with usage', async () => {
    await start({ reasoningTokens: 1 });
    const reply = await ask(mock, { body: chat({ stream: false }) });
    expect(reply.headers['content-type']).toContain('application/json');
    expect(JSON.parse(reply.body)).toMatchObject({
      object: 'chat.completion',
      model: 'mock',
      choices: [
        { message: { role: 'assistant', content: 'The load on', reasoning_content: 'The' }, finish_reason: 'stop' },
      ],
      usage: { prompt_tokens: 6, completion_tokens: 4, total_tokens: 10, prompt_tokens_details: { cached_tokens: 0 } },
    });
    expect(mock.truth()).toMatchObject([{ tokens: 4, frames: [], status: 200 }]);
  });

  test('a completion is one text', async () => {
    await start();
    const reply = await ask(mock, { path: '/v1/completions', body: { model: 'mock', prompt: 'x', max_tokens: 2 } });
    expect(JSON.parse(reply.body)).toMatchObject({
      object: 'text_completion',
      choices: [{ text: 'The load', finish_reason: 'length' }],
    });
  });

  test('it comes when the last token is due', async () => {
    await start({ ttftMs: 5, tokenMs: 5 });
    await ask(mock, { body: chat({ stream: false }) });
    const [entry] = mock.truth();
    expect(entry?.headersAt).toBeGreaterThanOrEqual(14);
    expect(entry?.end).toBeGreaterThanOrEqual(entry?.headersAt ?? Infinity);
  });
});

describe('usage', () => {
  const asked = { stream_options: { include_usage: true } };

  test.each([
    ['auto', {}, false],
    ['auto', { stream_options: { include_usage: false } }, false],
    ['auto', asked, true],
    ['always', {}, true],
    ['never', asked, false],
  ] as const)('%s, stream with %j: %s', async (usage, more, expected) => {
    await start({ usage });
    expect(usageOf(await stream(more)) !== undefined).toBe(expected);
  });

  test('never leaves it out of a JSON body too', async () => {
    await start({ usage: 'never' });
    expect(JSON.parse(await stream({ stream: false }))).not.toHaveProperty('usage');
  });

  test('its frame has no choices and comes after the finish', async () => {
    await start();
    const all = frames(await stream(asked));
    expect(all.at(-2)?.choices[0]?.finish_reason).toBe('stop');
    expect(all.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 6, completion_tokens: 3, total_tokens: 9, prompt_tokens_details: { cached_tokens: 0 } },
    });
  });

  test('prompt tokens are ceil(words × 1.3) over all messages and text parts', async () => {
    await start();
    const parts = [{ type: 'text', text: 'three more words' }, { type: 'image_url' }];
    const messages = [
      { role: 'system', content: 'one two' },
      { role: 'user', content: parts },
      { role: 'assistant', content: null },
    ];
    await stream({ messages });
    expect(mock.truth()[0]?.promptTokens).toBe(7);
  });
});

describe('the length of an answer', () => {
  test.each([
    [{}, 3, 'stop'],
    [{ max_tokens: 2 }, 2, 'length'],
    [{ max_tokens: 3 }, 3, 'length'],
    [{ max_tokens: 4 }, 3, 'stop'],
    [{ max_completion_tokens: 2, max_tokens: 9 }, 2, 'length'],
    [{ max_tokens: null }, 3, 'stop'],
    [{ max_tokens: 7, ignore_eos: true }, 7, 'length'],
    [{ max_tokens: 7, min_tokens: 7 }, 7, 'length'],
    [{ max_tokens: 7, min_tokens: 5 }, 5, 'stop'],
    [{ min_tokens: 5 }, 5, 'stop'],
  ])('with %j is %i tokens, finish %s', async (more, expected, reason) => {
    await start();
    const body = await stream(more);
    expect(texts(body)).toHaveLength(expected);
    expect(finishReason(body)).toBe(reason);
    expect(mock.truth()[0]?.tokens).toBe(expected);
  });

  test('max_tokens caps reasoning first', async () => {
    await start({ reasoningTokens: 4 });
    await stream({ max_tokens: 2 });
    expect(mock.truth()).toMatchObject([{ tokens: 2, reasoningFrames: 2 }]);
  });
});

test('answers: the name in the answer, asked is asked', async () => {
  await start({ answers: 'mock-2024-07-18' });
  expect(frames(await stream())[0]?.model).toBe('mock-2024-07-18');
  expect(mock.truth()).toMatchObject([{ model: 'mock', answered: 'mock-2024-07-18' }]);
});

test('overrides belong to their model alone', async () => {
  await start({ modelOverrides: { 'llama3:8b': { tokens: 5, answers: 'llama' } } });
  const other = await stream({ model: 'llama3:8b' });
  expect([texts(other).length, frames(other)[0]?.model]).toEqual([5, 'llama']);
  const plain = await stream();
  expect([texts(plain).length, frames(plain)[0]?.model]).toEqual([3, 'mock']);
});
