import { describe, expect, it } from 'vitest';
import { checkPrefix, prefixOf } from '../../lib/workload/prefix.ts';
import { workOf } from '../../lib/workload/work.ts';
import { settingsOf, times } from './make.ts';

const exact = { overhead: 0, wordsPerToken: { chat: 1 } };
const PREFIX = { PREFIX_TOKENS: '512' };
const prefixes = (env: Record<string, string>, n: number, { seed = 1, run = 'r', stream = 's' } = {}) => {
  const prefix = prefixOf(settingsOf(env), seed, run, stream, n);
  return times(n, (i) => prefix?.(i, exact) ?? '');
};

describe('a shared prefix', () => {
  it('is one text of so many tokens, a nonce first', () => {
    const [one, ...others] = new Set(prefixes(PREFIX, 200));
    expect(others).toEqual([]);
    expect(one).toMatch(/^\[[0-9a-f]{12}\] \w[\s\S]*\n\n$/);
    // The nonce takes nine tokens and is one word.
    expect(one?.trim().split(/\s+/)).toHaveLength(512 - 9 + 1);
  });

  it('is the same in all scenarios of a run, and another in another run or with another seed', () => {
    const one = (of: object) => prefixes(PREFIX, 1, of)[0];
    expect(one({ stream: 't' })).toBe(one({}));
    expect(one({ run: 'q' })?.slice(0, 15)).not.toBe(one({})?.slice(0, 15));
    expect(one({ seed: 2 })?.slice(0, 15)).not.toBe(one({})?.slice(0, 15));
  });

  it.each([
    [0.8, 900, 720],
    [0.25, 10_000, 2500],
    [1, 50, 50],
    [0, 50, 0],
  ])('comes before exactly %d of %d prompts', (share, n, wanted) => {
    const list = prefixes({ ...PREFIX, PREFIX_SHARE: String(share) }, n);
    expect(list.filter((prefix) => prefix !== '')).toHaveLength(wanted);
  });

  it('mixes those that have it with those that have not, by seed', () => {
    const order = (seed: number) =>
      prefixes({ ...PREFIX, PREFIX_SHARE: '0.5' }, 400, { seed }).map((prefix) => (prefix ? 1 : 0));
    expect(order(1)).toEqual(order(1));
    expect(order(1)).not.toEqual(order(2));
    expect(order(1).join('')).not.toMatch(/0{25}|1{25}/);
  });

  it('is counted for each tokenizer', () => {
    const prefix = prefixOf(settingsOf(PREFIX), 1, 'r', 's', 1);
    const words = (wordsPerToken: number) =>
      prefix?.(0, { overhead: 0, wordsPerToken: { chat: wordsPerToken } })
        .trim()
        .split(/\s+/).length;
    expect([words(1), words(0.5), words(1)]).toEqual([504, 253, 504]);
  });

  it('comes on top of a prompt, and of what was asked for', () => {
    const settings = settingsOf({ ...PREFIX, PREFIX_SHARE: '0.5', INPUT_TOKENS: '100' });
    const work = workOf(settings, 1, 's', { total: 100, prefix: prefixOf(settings, 1, 'r', 's', 100) });
    const without = workOf(settingsOf({ INPUT_TOKENS: '100' }), 1, 's', { total: 100 });
    for (const i of times(100, (k) => k)) {
      const { prefix, prompt, inputTokens } = work(i);
      expect(prompt).toBe(without(i).prompt);
      expect(inputTokens).toBe(prefix === '' ? 100 : 612);
    }
    const own = settingsOf({ ...PREFIX, PROMPT_TEXT: 'Hi' });
    expect(workOf(own, 1, 's', { total: 1, prefix: prefixOf(own, 1, 'r', 's', 1) })(0)).toMatchObject({
      prefix: expect.stringMatching(/^\[/),
      prompt: 'Hi',
      inputTokens: undefined,
    });
  });
});

it('refuses a share of no prefix', () => {
  expect(() => checkPrefix(settingsOf({ PREFIX_SHARE: '0.5' }))).toThrow(
    'PREFIX_SHARE="0.5": there is no prefix to share; allowed: with PREFIX_TOKENS only',
  );
  expect(() => checkPrefix(settingsOf({ ...PREFIX, PREFIX_SHARE: '0.5' }))).not.toThrow();
  expect(() => checkPrefix(settingsOf())).not.toThrow();
});
