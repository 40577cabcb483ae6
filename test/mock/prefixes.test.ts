import { afterEach, describe, expect, test } from 'vitest';
import { type Mock, type MockOptions, startMock } from '../../mock/index.ts';
import { ask, chat, frames } from './client.ts';

let mock: Mock;
afterEach(() => mock.close());
const start = async (options: Partial<MockOptions> = {}): Promise<void> => {
  mock = await startMock({
    models: ['mock', 'other'],
    ttftMs: 1,
    tokenMs: 0,
    tokens: 32,
    prefixCache: 10_000,
    ...options,
  });
};

type Message = { role: string; content: string };
const words = (n: number, name = 'w'): string => Array.from({ length: n }, (_, i) => `${name}${i}`).join(' ');
const user = (content: string): Message => ({ role: 'user', content });

/** Input tokens, and those of them that were cached, as the usage and the truth have them. */
async function said(
  messages: Message[],
  more: Record<string, unknown> = {},
): Promise<{ input: number; cached: number }> {
  const reply = await ask(mock, { body: chat({ messages, stream_options: { include_usage: true }, ...more }) });
  const usage = frames(reply.body).at(-1)?.usage;
  const truth = mock.truth().at(-1);
  expect(truth).toMatchObject({
    promptTokens: usage?.prompt_tokens,
    cachedTokens: usage?.prompt_tokens_details.cached_tokens,
  });
  return { input: truth?.promptTokens ?? Number.NaN, cached: truth?.cachedTokens ?? Number.NaN };
}

describe('the prefix cache', () => {
  test('is not there unless asked for', async () => {
    await start({ prefixCache: 0 });
    await said([user(words(64))]);
    expect(await said([user(words(64))])).toEqual({ input: 84, cached: 0 });
  });

  test('has whole blocks of 16 words from the beginning on', async () => {
    await start();
    expect(await said([user(words(40))])).toEqual({ input: 52, cached: 0 });
    expect(await said([user(words(40))])).toEqual({ input: 52, cached: 41 });
    expect(await said([user(`${words(32)} ${words(32, 'x')}`)])).toMatchObject({ cached: 42 });
    expect(await said([user(`new ${words(40)}`)])).toMatchObject({ cached: 0 });
  });

  test('never has all of a prompt: its last token has to be computed', async () => {
    await start();
    await said([user(words(16))]);
    expect(await said([user(words(16))])).toEqual({ input: 21, cached: 20 });
  });

  test('has the answers too, so that a history is cached up to the new question', async () => {
    await start();
    const question = user(words(16));
    const { body } = await ask(mock, { body: chat({ messages: [question], stream: false }) });
    const content = frames(`data: ${body}\n\n`)[0]?.choices[0]?.message?.content ?? '';
    expect(content.split(' ')).toHaveLength(32);
    const history = [question, { role: 'assistant', content }];
    expect(await said([...history, user(words(16, 'x'))])).toEqual({ input: 84, cached: 63 });
    expect(await said([question, { role: 'assistant', content: 'no' }, user(words(32))])).toMatchObject({ cached: 20 });
  });

  test('is a model’s own', async () => {
    await start();
    await said([user(words(64))]);
    expect(await said([user(words(64))], { model: 'other' })).toMatchObject({ cached: 0 });
    expect(await said([user(words(64))])).toMatchObject({ cached: 83 });
  });

  test('forgets what was not used for longest, the ends of prompts first', async () => {
    // Room for 8 blocks of 16 words; an answer of one word is none.
    await start({ prefixCache: 167, tokens: 1 });
    await said([user(words(64))]);
    await said([user(words(64, 'x'))]);
    await said([user(words(64))]);
    await said([user(words(32, 'y'))]);
    expect(await said([user(words(64, 'x'))])).toMatchObject({ cached: 42 });
  });

  test('works for prompts without messages', async () => {
    await start();
    for (const cached of [0, 83]) {
      await ask(mock, { path: '/v1/completions', body: { model: 'mock', prompt: words(64) } });
      expect(mock.truth().at(-1)).toMatchObject({ promptTokens: 84, cachedTokens: cached });
    }
  });

  test('is no part of what Ollama says, but of its truth', async () => {
    await start({ promptTokenMs: 0.01 });
    for (const cached of [0, 83]) {
      const reply = await ask(mock, { path: '/api/chat', body: { model: 'mock', messages: [user(words(64))] } });
      expect(mock.truth().at(-1)).toMatchObject({ cachedTokens: cached });
      const last = JSON.parse(reply.body.trimEnd().split('\n').at(-1) ?? '');
      expect(last).toMatchObject({ prompt_eval_count: 84 });
      expect(last.prompt_eval_duration).toBeCloseTo(1e6 * (1 + 0.01 * (84 - cached)), 0);
    }
  });
});

test('each prompt token that is not cached puts the first token off', async () => {
  await start({ promptTokenMs: 0.5, tokens: 1 });
  await said([user(words(64))]);
  expect(mock.truth()[0]?.frames[0]).toBeGreaterThanOrEqual(1 + 0.5 * 84 - 0.5);
});
