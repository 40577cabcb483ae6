import corpus from '../../data/corpus.json' with { type: 'json' };
import { hashSeed, mix } from '../random.ts';
import type { ProfileName } from '../settings/profiles.ts';
import { hashText } from './identity.ts';

/** Each profile has texts of its own kind in data/corpus.json; chat's are everybody else's too. */
export type Kind = ProfileName;

/** How a server counts a prompt: tokens = overhead + words / wordsPerToken. Learned in setup, see lib/calibrate.ts. */
export interface Tokenizer {
  /** Tokens of the chat template and of the nonce. */
  overhead: number;
  /** By kind; of one that is not there, the corpus's own figure counts. */
  wordsPerToken: Partial<Record<Kind, number>>;
}

/** Tokens of `[12 hex digits] `: 8.9 on average by OpenAI's o200k, 6 to 15. */
export const NONCE = 9;
/** A nonce and a short template; the corpus's figures are o200k's. */
const UNCALIBRATED: Tokenizer = { overhead: 20, wordsPerToken: {} };

/**
 * All passages of the corpus have so many words, the task that comes before them so many. A word is what stands between two
 * spaces. Whole passages, because k6's JavaScript takes 4 µs for each piece that a prompt is put together from.
 */
const PASSAGE_WORDS = 64;
const TASK_WORDS = 8;
const BETWEEN = '\n\n';

/** Which of n things request `index` of a stream draws. */
export type Pick = (index: number, n: number) => number;

export function picker(seed: number, stream: string): Pick {
  const key = mix(hashSeed(seed, hashText(stream)) % 4294967296);
  return (index, n) => mix(index ^ key) % n;
}

/** The words that make about so many tokens of this kind of text; at least one. */
export function wordsFor(kind: Kind, tokens: number, overhead: number, tokenizer = UNCALIBRATED): number {
  return Math.max(1, Math.round((tokens - overhead) * (tokenizer.wordsPerToken[kind] ?? corpus[kind].wordsPerToken)));
}

/**
 * The prompt of request `index`, without its nonce: of about so many tokens, or an everyday question. What it asks depends on
 * the seed, the stream (a scenario's name) and the index alone.
 */
export type Prompts = (index: number, tokens?: number, kind?: Kind, tokenizer?: Tokenizer) => string;

export function prompts(seed: number, stream: string): Prompts {
  const base = hashSeed(seed, hashText(stream));
  const pick = picker(seed, stream);
  const { questions } = corpus;
  return (index, tokens, kind = 'chat', tokenizer = UNCALIBRATED) =>
    tokens === undefined
      ? (questions[pick(index, questions.length)] as string)
      : text(kind, wordsFor(kind, tokens, tokenizer.overhead, tokenizer), mix(index ^ base));
}

/** So many words: a task, where there is room for one, and passages, drawn. @param key 32 bits */
export function text(kind: Kind, words: number, key: number): string {
  const { task, passages } = corpus[kind];
  const parts: string[] = [];
  let left = words;
  if (left > 2 * TASK_WORDS) {
    parts.push(task);
    left -= TASK_WORDS;
  }
  for (let drawn = key; left > 0; left -= PASSAGE_WORDS) {
    drawn = (Math.imul(drawn, 1664525) + 1013904223) >>> 0; // Numerical Recipes' generator: its upper bits are good
    const passage = passages[(drawn >>> 16) % passages.length] as string;
    parts.push(left < PASSAGE_WORDS ? passage.split(' ', left).join(' ') : passage);
  }
  return parts.join(BETWEEN);
}

/** Each passage of a kind once, and how many words that is: what its words per token are measured by. */
export function sample(kind: Kind): { text: string; words: number } {
  const { passages } = corpus[kind];
  return { text: passages.join(BETWEEN), words: passages.length * PASSAGE_WORDS };
}
