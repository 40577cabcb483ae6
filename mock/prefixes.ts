import type { Ask } from './ask.ts';
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

/** Each block is known by the one before it and its own words, so that no two texts are ever taken for each other. */
function createBlockCache(): BlockCache {
  /** Key → id, those used last at the end. */
  const ids = new Map<string, number>();
  let next = 1;

  const keyOf = (before: number, words: readonly string[], at: number): string =>
    `${before} ${words.slice(at, at + BLOCK).join(' ')}`;

  /** The later blocks of a prompt grow old first: without the one before it a block is of no use. */
  const use = (keys: readonly string[]): void => {
    for (const key of keys.toReversed()) {
      const id = ids.get(key) as number;
      ids.delete(key);
      ids.set(key, id);
    }
  };

  /** Keys of the words' blocks, up to the first that is not there; with `add` none is missing. */
  const walk = (words: readonly string[], add: boolean): string[] => {
    const keys: string[] = [];
    let before = 0;
    for (let at = 0; at + BLOCK <= words.length; at += BLOCK) {
      const key = keyOf(before, words, at);
      const id = ids.get(key) ?? (add ? next++ : undefined);
      if (id === undefined) break;
      ids.set(key, id);
      keys.push(key);
      before = id;
    }
    use(keys);
    return keys;
  };

  return {
    known: (words) => walk(words, false).length * BLOCK,
    keep(words, limit) {
      walk(words, true);
      for (const key of ids.keys()) {
        if (ids.size <= limit) break;
        ids.delete(key);
      }
    },
  };
}
