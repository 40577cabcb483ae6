import { describe, expect, it } from 'vitest';
import corpus from '../../data/corpus.json' with { type: 'json' };
import { type Kind, picker, prompts, sample, wordsFor } from '../../lib/workload/prompts.ts';
import { times } from './make.ts';

const KINDS: Kind[] = ['chat', 'code', 'summarization'];
/** A word is what stands between two spaces; passages are parted by an empty line. */
const wordsIn = (prompt: string) =>
  prompt.split('\n\n').length === 1 ? prompt.split(' ').length : prompt.replaceAll('\n\n', ' ').split(' ').length;

describe.each(KINDS)('the corpus: %s', (kind) => {
  const { task, passages } = corpus[kind];

  it('has passages of 64 words and a task of 8, in ASCII, no two alike', () => {
    expect(passages.map((p) => p.split(' ').length)).toEqual(passages.map(() => 64));
    expect(task.split(' ')).toHaveLength(8);
    for (const passage of [task, ...passages]) expect(passage).toMatch(/^\S[\t\n\x20-\x7e]*\S$/);
    expect(new Set(passages).size).toBe(passages.length);
  });

  it('is sampled whole', () => {
    const { text, words } = sample(kind);
    for (const passage of passages) expect(text).toContain(passage);
    expect(words).toBe(64 * passages.length);
  });
});

describe('words', () => {
  it('are as many as the tokenizer says, and never none', () => {
    const tokenizer = { overhead: 0, wordsPerToken: { chat: 0.5 } };
    expect(wordsFor('chat', 110, 10, tokenizer)).toBe(50);
    expect(wordsFor('code', 110, 10, tokenizer)).toBe(Math.round(100 * corpus.code.wordsPerToken));
    expect(wordsFor('chat', 5, 10, tokenizer)).toBe(1);
  });
});

describe('prompts', () => {
  const exact = { overhead: 10, wordsPerToken: { chat: 1, summarization: 0.5 } };

  it.each([1, 11, 12, 26, 27, 74, 75, 82, 83, 2000, 16_384])('have %d tokens where asked for', (tokens) => {
    const prompt = prompts(1, 's')(0, tokens, 'chat', exact);
    expect(wordsIn(prompt)).toBe(Math.max(1, tokens - 10));
    expect(wordsIn(prompts(1, 's')(0, tokens, 'summarization', exact))).toBe(
      Math.max(1, Math.round((tokens - 10) / 2)),
    );
  });

  it('are of their own kind, with a task where there is room for one', () => {
    for (const kind of KINDS) {
      const many = times(50, (i) => prompts(1, 's')(i, 900, kind));
      for (const prompt of many) {
        expect(prompt.startsWith(`${corpus[kind].task}\n\n`)).toBe(true);
        expect(corpus[kind].passages.some((passage) => prompt.includes(passage))).toBe(true);
      }
      for (const passage of corpus[kind].passages) expect(many.some((prompt) => prompt.includes(passage))).toBe(true);
      const short = prompts(1, 's')(1, 25, kind);
      expect(corpus[kind].passages.some((passage) => passage.startsWith(short))).toBe(true);
    }
  });

  it('are everyday questions otherwise, all of them asked', () =>
    expect(new Set(times(2000, (i) => prompts(1, 's')(i)))).toEqual(new Set(corpus.questions)));

  it.each([[60], [undefined]])('depend on seed, stream and index only: %s tokens', (tokens) => {
    const made = (seed: number, stream: string) => times(40, (i) => prompts(seed, stream)(i, tokens));
    expect(made(1, 's')).toEqual(made(1, 's'));
    expect(made(1, 's')).not.toEqual(made(2, 's'));
    expect(made(1, 's')).not.toEqual(made(1, 't'));
    expect(prompts(1, 's')(-5, tokens)).toBeTruthy();
  });
});

it('draws each of n things alike (chi-square)', () => {
  const [n, draws] = [17, 20_000];
  const pick = picker(3, 's');
  const counts = Array<number>(n).fill(0);
  for (let i = 0; i < draws; i++) counts[pick(i, n)] = (counts[pick(i, n)] as number) + 1;
  const chi = counts.reduce((sum, count) => sum + (count - draws / n) ** 2 / (draws / n), 0);
  expect(chi).toBeLessThan(45.1); // 16 degrees of freedom, p 1.4e-4
});
