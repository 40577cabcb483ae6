import { afterEach, expect, test } from 'vitest';
import { echoIn, echoLine } from '../../lib/echo.ts';
import { type Mock, type MockOptions, startMock } from '../../mock/index.ts';
import { ask, texts } from './client.ts';

const NONCE = '0123456789ab';
const OTHER = 'ba9876543210';
/** As lib asks: the mock shares none of its code, but must understand it. */
const PROMPT = `[${NONCE}] Why is the sky blue?${echoLine(NONCE)}`;

let mock: Mock;
afterEach(() => mock.close());

const start = async (options: Partial<MockOptions> = {}): Promise<void> => {
  mock = await startMock({ ttftMs: 1, tokenMs: 0, tokens: 3, ...options });
};

const messages = (...contents: string[]) => ({
  messages: contents.map((content, i) => ({ role: i % 2 ? 'assistant' : 'user', content })),
});
const APIS = [
  { path: '/v1/chat/completions', asking: (prompt: string) => messages(prompt) },
  { path: '/v1/completions', asking: (prompt: string) => ({ prompt }) },
  { path: '/api/chat', asking: (prompt: string) => messages(prompt) },
  { path: '/api/generate', asking: (prompt: string) => ({ prompt }) },
];

interface Said {
  choices?: { message?: { content: string }; text?: string }[];
  message?: { content: string };
  response?: string;
}
const textOf = ({ choices, message, response }: Said): string =>
  choices?.[0]?.message?.content ?? choices?.[0]?.text ?? message?.content ?? response ?? '';

/** What an answer says, streamed or not. */
async function answer(path: string, body: object, stream = true): Promise<string> {
  const reply = await ask(mock, { path, body: { model: 'mock', stream, ...body } });
  if (!stream) return textOf(JSON.parse(reply.body));
  if (path.startsWith('/v1')) return texts(reply.body).join('');
  return reply.body
    .trim()
    .split('\n')
    .map((line) => textOf(JSON.parse(line)))
    .join('');
}

test.each(APIS.flatMap((api) => [true, false].map((stream) => ({ ...api, stream }))))(
  'an answer of $path begins with the code that it was asked for (stream $stream)',
  async ({ path, asking, stream }) => {
    await start({ name: 'b1' });
    const text = await answer(path, asking(PROMPT), stream);
    expect(text).toBe(`[${NONCE} b1] load on`);
    expect(echoIn(text, { nonce: NONCE, isAnothers: () => false })).toMatchObject({ whose: 'own', backend: 'b1' });
    expect(mock.truth()).toMatchObject([{ nonce: NONCE, tokens: 3 }]);
  },
);

test.each(APIS)('an answer of $path begins as ever where nothing else was asked', async ({ path, asking }) => {
  await start({ name: 'b1' });
  expect(await answer(path, asking(`[${NONCE}] Why?`))).toBe('The load on');
  expect(await answer(path, asking('Why?'))).toBe('The load on');
  expect(mock.truth().map((entry) => entry.nonce)).toEqual([NONCE, null]);
});

test('a mock without a name says the code alone, after its reasoning', async () => {
  await start({ reasoningTokens: 2 });
  expect(await answer('/v1/chat/completions', messages(PROMPT))).toBe(`The load[${NONCE}] load on`);
  expect(mock.truth()).toMatchObject([{ nonce: NONCE, tokens: 5, reasoningFrames: 2 }]);
});

test('every answer of a conversation begins with the code of its first question', async () => {
  await start({ name: 'b1' });
  const said = await answer('/v1/chat/completions', messages(PROMPT));
  expect(await answer('/v1/chat/completions', messages(PROMPT, said, `[${OTHER}] And why?`))).toBe(said);
});

test('behind a shared beginning the code is the one that is asked for', async () => {
  await start();
  await answer('/v1/completions', { prompt: `[${OTHER}] You are a poet.\n\n${PROMPT}` });
  expect(mock.truth()).toMatchObject([{ nonce: NONCE }]);
});

test('what was said is what the prefix cache knows', async () => {
  await start({ prefixCache: 10_000, tokens: 40, name: 'b1' });
  const question = `${'word '.repeat(100)}${PROMPT}`;
  const said = await answer('/v1/chat/completions', messages(question));
  await answer('/v1/chat/completions', messages(question, said, 'And now?'));
  const [first, second] = mock.truth();
  expect(first?.cachedTokens).toBe(0);
  // All but a block at the end, and the new question.
  expect(second?.cachedTokens).toBeGreaterThan((first?.promptTokens ?? 0) + 10);
});

test.each(['two words', 'a]', '[a', 'x'.repeat(65)])('--name %j is refused', async (name) => {
  await start();
  await expect(startMock({ name })).rejects.toThrow(
    `--name "${name}" is not allowed: want up to 64 characters without spaces and brackets`,
  );
});
