import { describe, expect, it } from 'vitest';
import { readPrompts } from '../../lib/workload/prompts-file.ts';

const read = (content: string) => readPrompts(content, (wrong) => new Error(wrong));
const questions = (content: string) => read(content).map((prompt) => prompt.questions);
const jsonl = (...entries: unknown[]) => entries.map((entry) => JSON.stringify(entry)).join('\n');

const SHAREGPT = {
  id: 'x_0',
  conversations: [
    { from: 'human', value: 'Why is the sky blue?' },
    { from: 'gpt', value: 'Air scatters short waves more than long ones, so blue comes from everywhere.' },
    { from: 'human', value: 'And at dusk?' },
    { from: 'gpt', value: 'Red.' },
  ],
};
const CHAT = {
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Why is the sky blue?' },
    { role: 'assistant', content: 'one two three' },
    { role: 'user', content: 'And at dusk?' },
  ],
};

describe('text', () => {
  it('has a prompt on each line that is not blank', () =>
    expect(read('\uFEFFone\r\n\n  \ntwo \n')).toEqual([{ questions: ['one'] }, { questions: ['two '] }]));
  it('may begin with a bracket', () =>
    expect(questions('[INST] Hello [/INST]\n{not JSON}')).toEqual([['[INST] Hello [/INST]'], ['{not JSON}']]));
});

describe('JSON lines', () => {
  it('have prompt or text', () =>
    expect(questions(jsonl({ prompt: 'a\nb' }, { text: 'c', id: 1 }))).toEqual([['a\nb'], ['c']]));
  it('have the user’s turns of messages, and the length of the first answer', () =>
    expect(read(jsonl(CHAT))).toEqual([
      { questions: ['Why is the sky blue?', 'And at dusk?'], answers: [4, null], talk: true },
    ]));
  it('have ShareGPT conversations', () =>
    expect(read(jsonl(SHAREGPT))).toEqual([
      { questions: ['Why is the sky blue?', 'And at dusk?'], answers: [17, 1], talk: true },
    ]));
  it('have each answer at its question, or none', () => {
    const [first, , third, fourth] = SHAREGPT.conversations;
    const questions = ['Why is the sky blue?', 'And at dusk?'];
    expect(read(jsonl({ conversations: [first, third, fourth] }))).toMatchObject([{ questions, answers: [null, 1] }]);
    expect(read(jsonl({ conversations: [fourth, first] }))).toMatchObject([
      { questions: ['Why is the sky blue?'], answers: [null] },
    ]);
  });
  it('leave out entries in which nobody asks', () =>
    expect(
      questions(jsonl({ conversations: [] }, { conversations: [{ from: 'gpt', value: 'Hi' }] }, { prompt: ' ' }, CHAT)),
    ).toHaveLength(1));
  it('may differ from line to line, with blank ones between', () =>
    expect(questions(`${jsonl({ prompt: 'a' })}\n\n${jsonl(CHAT, SHAREGPT)}\n`)).toHaveLength(3));
});

describe('a JSON array', () => {
  it('holds the same', () => {
    const entries = [{ prompt: 'a' }, CHAT, SHAREGPT];
    expect(read(JSON.stringify(entries, null, 2))).toEqual(read(jsonl(...entries)));
    expect(read('[]')).toEqual([]);
  });
});

it.each([
  ['a broken line', `${jsonl({ prompt: 'a' })}\n\n{"prompt": "b`, /^line 3 is no JSON \(/],
  ['a broken array', '[{"prompt": "a"},', /^it is no JSON \(/],
  ['an unknown form', jsonl({ prompt: 'a' }, { input: 'b' }), /^line 2 holds no prompt$/],
  ['a prompt that is no text', jsonl({ prompt: 7 }), /^line 1 holds no prompt$/],
  ['a turn that is no text', jsonl({ messages: [{ role: 'user', content: null }] }), /^line 1 holds no prompt$/],
  ['an entry of another kind', '[{"prompt": "a"}, null, "b"]', /^entry 2 holds no prompt$/],
  ['a file too large', 'x'.repeat(201_000_000), /^holds 201 MB, k6 can read 200: a part of it will do$/],
  ['too many', 'x\n'.repeat(200_001), /^holds more than 200000 prompts$/],
])('refuses %s', (_, content, wrong) => expect(() => read(content)).toThrow(wrong));
