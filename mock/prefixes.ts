import type { Ask } from './ask.ts';
import { blockKeys } from './blocks.ts';
import type { ModelSettings } from './options.ts';
import { TOKENS_PER_WORD, wordsOf } from './text.ts';

/** Words of a block: what is cached whole or not at all. */
const BLOCK = 16;

/** What a model's prefix cache knows of one prompt. */
export interface Known {
  /** Prompt tokens in whole blocks from its beginning on; never all, since the last one has to be computed. */
  cachedTokens: number;
  /** Keeps the prompt, and what of the answer was said by now. */
  remember: (answer: string) => void;
}

/** A prefix cache for each model that has one. */
export interface Prefixes {
  of: (ask: Pick<Ask, 'model' | 'promptTokens' | 'promptText'>, settings: ModelSettings) => Known | undefined;
}

export function createPrefixes(): Prefixes {
  const caches = new Map<string, BlockCache>();
  return {
    of({ model, promptTokens, promptText }, { prefixCache }) {
      if (prefixCache === 0) return undefined;
      let cache = caches.get(model);
      if (!cache) {
        cache = createBlockCache();
        caches.set(model, cache);
      }
      const blocks = cache;
      const words = wordsOf(promptText());
      const tokensPerWord = promptTokens / Math.max(1, words.length);
      const cached = Math.floor(blocks.known(words) * tokensPerWord);
      return {
        cachedTokens: Math.max(0, Math.min(cached, promptTokens - 1)),
        remember: (answer) => blocks.keep([...words, ...wordsOf(answer)], prefixCache / (BLOCK * TOKENS_PER_WORD)),
      };
    },
  };
}

interface BlockCache {
  /** How many of these words, from the first on, are kept. */
  known: (words: readonly string[]) => number;
  /** Keeps their whole blocks, and forgets those that were not used for longest until at most `limit` are kept. */
  keep: (words: readonly string[], limit: number) => void;
}

function createBlockCache(): BlockCache {
  /** Those used last at the end. */
  const kept = new Set<number>();

  /** The later blocks of a prompt grow old first: without the one before it a block is of no use. */
  const use = (keys: readonly number[]): void => {
    for (const key of keys.toReversed()) {
      kept.delete(key);
      kept.add(key);
    }
  };

  return {
    known(words) {
      const keys = blockKeys(words, BLOCK);
      const missing = keys.findIndex((key) => !kept.has(key));
      const found = missing < 0 ? keys : keys.slice(0, missing);
      use(found);
      return found.length * BLOCK;
    },
    keep(words, limit) {
      use(blockKeys(words, BLOCK));
      for (const key of kept) {
        if (kept.size <= limit) break;
        kept.delete(key);
      }
    },
  };
}
