import { hashSeed, mix } from '../../random.ts';
import { hashText } from '../identity.ts';
import { type Tokenizer, text, wordsFor } from '../prompts.ts';
import { BLOCK_TOKENS } from './rows.ts';

/** Tokens that a block's mark takes, about. */
const MARK = 8;

/**
 * Makes prompts of blocks: equal ids are equal text, so that a prefix cache keeps what the traced one could. Each block
 * begins with a mark of its own, or blocks would share their beginnings; it carries the run, or a second run would find
 * the first one's in the cache. The last block is cut to the prompt's length.
 */
export function blockTexts(
  seed: number,
  runId: string,
): (ids: readonly number[], tokens: number, tokenizer?: Tokenizer) => string {
  const base = hashSeed(seed, hashText(runId));
  return (ids, tokens, tokenizer) => {
    const texts: string[] = [];
    for (let i = 0; i < ids.length; i++) {
      const key = hashSeed(base, ids[i] as number);
      const length = Math.min(BLOCK_TOKENS, tokens - i * BLOCK_TOKENS);
      texts.push(`[${key}] ${text('chat', wordsFor('chat', length, MARK, tokenizer), mix(key))}`);
    }
    return texts.join(' ');
  };
}
