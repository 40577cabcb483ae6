import { describe, expect, it } from 'vitest';
import corpus from '../../data/corpus.json' with { type: 'json' };
import { blockTexts } from '../../lib/workload/trace/blocks.ts';

const text = blockTexts(7, 'run');
const words = (s: string): number => s.split(/\s+/).length;
/** Characters that two texts begin with alike. */
const alike = (a: string, b: string): number => [...a].findIndex((c, i) => c !== b[i]);

describe('prompts of blocks', () => {
  it('equal ids are equal text, up to the first that differs', () => {
    const [one, two] = [text([0, 7, 8], 1500), text([0, 7, 9, 10], 2000)];
    expect(text([0, 7, 8], 1500)).toBe(one);
    const shared = text([0, 7], 1024);
    expect(one.startsWith(`${shared} `)).toBe(true);
    expect(two.startsWith(`${shared} `)).toBe(true);
    // What follows is another block's from its first word on.
    expect(alike(one, two)).toBeLessThan(shared.length + 20);
  });

  it('no two ids begin alike, nor one in two runs or seeds', () => {
    const heads = [
      ...Array.from({ length: 5000 }, (_, id) => text([id], 512)),
      blockTexts(7, 'other')([0], 512),
      blockTexts(8, 'run')([0], 512),
    ];
    expect(new Set(heads.map((head) => head.split(' ', 1)[0])).size).toBe(heads.length);
  });

  it('are about as long as asked, by the tokenizer at hand; the last block is cut', () => {
    const { wordsPerToken } = corpus.chat;
    const full = words(text([1, 2], 1024));
    expect(full).toBe(2 * (1 + Math.round(504 * wordsPerToken)));
    expect(words(text([1, 2], 600))).toBe(full / 2 + 1 + Math.round(80 * wordsPerToken));
    expect(words(text([1, 2], 513))).toBe(full / 2 + 2);
    expect(words(text([1], 512, { overhead: 40, wordsPerToken: { chat: 0.5 } }))).toBe(1 + 252);
  });
});
