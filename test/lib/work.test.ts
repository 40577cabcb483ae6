import { describe, expect, it } from 'vitest';
import corpus from '../../data/corpus.json' with { type: 'json' };
import type { Source, SourceRow } from '../../lib/workload/source.ts';
import { indexOf } from '../../lib/workload/talk.ts';
import { type Stored, workOf } from '../../lib/workload/work.ts';
import { settingsOf, times } from './make.ts';

const MIX = 'chat:0.7,code:0.2,summarization:0.1';
const works = (env: Record<string, string>, n: number, { seed = 1, stream = 's', stored = {} as Stored } = {}) =>
  times(n, workOf(settingsOf(env), seed, stream, { ...stored, total: n }));
/** Passages of prose are parted by an empty line. */
const wordsIn = (prompt = '') => prompt.replaceAll('\n\n', ' ').split(' ').length;
const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;

describe('without WORKLOAD', () => {
  it('is a question, and 128 tokens to answer', () => {
    for (const work of works({}, 20))
      expect(work).toMatchObject({ profile: undefined, inputTokens: undefined, outputTokens: 128 });
  });

  it('has the lengths that are set', () => {
    const [work] = works({ INPUT_TOKENS: '100', OUTPUT_TOKENS: '7' }, 1);
    expect(work).toMatchObject({ inputTokens: 100, outputTokens: 7 });
    expect(wordsIn(work?.prompt)).toBe(Math.round(80 * corpus.chat.wordsPerToken));
  });

  it('draws them by request', () => {
    const list = works({ INPUT_TOKENS: 'uniform:20..40', OUTPUT_TOKENS: 'uniform:1..9' }, 2000);
    expect(new Set(list.map((w) => w.inputTokens)).size).toBe(21);
    expect(new Set(list.map((w) => w.outputTokens)).size).toBe(9);
  });
});

it('is of one profile in all of a conversation, and of lengths of their own', () => {
  const work = workOf(settingsOf({ WORKLOAD: MIX }), 1, 's', {});
  const profiles = times(50, (conversation) => {
    const talk = times(8, (k) =>
      work(indexOf({ conversation, turn: k + 1 }), undefined, { conversation, turn: k + 1 }),
    );
    expect(new Set(talk.map((w) => w.inputTokens)).size).toBeGreaterThan(1);
    expect(new Set(talk.map((w) => w.profile)).size).toBe(1);
    return talk[0]?.profile;
  });
  expect(new Set(profiles).size).toBe(3);
});

describe('a mix of profiles', () => {
  const list = works({ WORKLOAD: MIX }, 5000);
  const of = (profile: string) => list.filter((w) => w.profile === profile);

  it('has its exact shares', () =>
    expect(['chat', 'code', 'summarization'].map((p) => of(p).length)).toEqual([3500, 1000, 500]));

  it('has the lengths of each profile', () => {
    // Means of the truncated normals: μ + σ (φ(α) − φ(β)) / (Φ(β) − Φ(α)).
    for (const [profile, input, output] of [
      ['chat', 297.9, 150.4],
      ['code', 550.9, 301.0],
      ['summarization', 2176.1, 270.7],
    ] as const) {
      expect(Math.abs(mean(of(profile).map((w) => w.inputTokens ?? 0)) / input - 1), profile).toBeLessThan(0.08);
      expect(Math.abs(mean(of(profile).map((w) => w.outputTokens)) / output - 1), profile).toBeLessThan(0.08);
    }
  });

  it('makes each prompt as long as was drawn', () => {
    for (const { prompt, profile = 'chat', inputTokens = 0 } of [...of('chat'), ...of('summarization')])
      expect(wordsIn(prompt)).toBe(Math.max(1, Math.round((inputTokens - 20) * corpus[profile].wordsPerToken)));
  });

  it('draws input and output apart', () => {
    const chat = of('chat');
    const [x, y] = [chat.map((w) => w.inputTokens ?? 0), chat.map((w) => w.outputTokens)];
    const [mx, my] = [mean(x), mean(y)];
    const product = (a: readonly number[], ma: number, b: readonly number[], mb: number) =>
      mean(a.map((v, i) => (v - ma) * ((b[i] as number) - mb)));
    const r = product(x, mx, y, my) / Math.sqrt(product(x, mx, x, mx) * product(y, my, y, my));
    expect(Math.abs(r)).toBeLessThan(4 / Math.sqrt(chat.length));
  });
});

it('gives way to INPUT_TOKENS and OUTPUT_TOKENS, also where that is the default', () => {
  const list = works({ WORKLOAD: 'code', OUTPUT_TOKENS: '128' }, 50);
  expect(new Set(list.map((w) => w.outputTokens))).toEqual(new Set([128]));
  expect(new Set(list.map((w) => w.inputTokens)).size).toBeGreaterThan(40);
  expect(works({ WORKLOAD: 'code', INPUT_TOKENS: '9' }, 1)).toMatchObject([{ profile: 'code', inputTokens: 9 }]);
});

it('asks no length of prompts that have their own', () => {
  const env = { WORKLOAD: 'chat', INPUT_TOKENS: '90' };
  expect(works({ ...env, PROMPT_TEXT: 'Hi' }, 1)).toMatchObject([{ prompt: 'Hi', inputTokens: undefined }]);
  const stored = { prompts: [{ questions: ['mine', 'next'] }] };
  expect(works(env, 1, { stored })).toMatchObject([{ prompt: 'mine', inputTokens: undefined, profile: 'chat' }]);
});

it('answers as long as a recorded answer was, unless OUTPUT_TOKENS is set', () => {
  const stored = { prompts: [{ questions: ['mine'], answers: [33] }] };
  expect(works({}, 1, { stored })).toMatchObject([{ prompt: 'mine', outputTokens: 33 }]);
  expect(works({ WORKLOAD: 'chat' }, 1, { stored })).toMatchObject([{ outputTokens: 33 }]);
  expect(works({ OUTPUT_TOKENS: '5' }, 1, { stored })).toMatchObject([{ outputTokens: 5 }]);
  expect(works({ PROMPT_TEXT: 'Hi' }, 1, { stored })).toMatchObject([{ prompt: 'Hi', outputTokens: 128 }]);
});

it('asks what the rows of a source say, but for warm-up', () => {
  const row: SourceRow = {
    due: 0,
    model: undefined,
    prompt: undefined,
    inputTokens: 120,
    outputTokens: 9,
    blocks: undefined,
  };
  const source: Source = {
    length: 2,
    models: [],
    blockText: (ids, tokens) => `${ids} of ${tokens}`,
    row: (i) => (i === 0 ? row : i === 1 ? { ...row, prompt: 'traced' } : { ...row, blocks: [3, 4] }),
  };
  const work = workOf(settingsOf(), 1, 's', { total: 2, source });
  expect(work(0)).toMatchObject({ inputTokens: 120, outputTokens: 9 });
  expect(wordsIn(work(0).prompt)).toBe(Math.round(100 * corpus.chat.wordsPerToken));
  expect(work(1)).toMatchObject({ prompt: 'traced', inputTokens: undefined, outputTokens: 9 });
  expect(work(2)).toMatchObject({ prompt: '3,4 of 120', inputTokens: 120, shared: true });
  expect(work(-1)).toMatchObject({ inputTokens: undefined, outputTokens: 128 });
});

it('counts words by the tokenizer that it is told of', () => {
  const work = workOf(settingsOf({ INPUT_TOKENS: '100' }), 1, 's', {});
  expect(wordsIn(work(0, { overhead: 40, wordsPerToken: { chat: 0.5 } }).prompt)).toBe(30);
  expect(work(0, { overhead: 40, wordsPerToken: { chat: 0.5 } }).inputTokens).toBe(100);
});

it('draws from the lengths of files', () => {
  const env = { INPUT_TOKENS: 'file:in.txt', OUTPUT_TOKENS: 'file:out.txt' };
  const list = works(env, 100, { stored: { input: [20, 30], output: [1, 2, 3] } });
  expect(new Set(list.map((w) => w.inputTokens))).toEqual(new Set([20, 30]));
  expect(new Set(list.map((w) => w.outputTokens))).toEqual(new Set([1, 2, 3]));
});

it('depends on seed, stream and index only', () => {
  const of = (seed: number, stream: string) => works({ WORKLOAD: MIX }, 60, { seed, stream });
  expect(of(1, 's')).toEqual(of(1, 's'));
  expect(of(1, 's')).not.toEqual(of(2, 's'));
  expect(of(1, 's')).not.toEqual(of(1, 't'));
  const work = workOf(settingsOf({ WORKLOAD: MIX }), 1, 's', { total: 60 });
  expect([...times(60, (i) => work(59 - i))].reverse()).toEqual(of(1, 's'));
  expect(work(-100_002).profile).toBeTruthy();
});
