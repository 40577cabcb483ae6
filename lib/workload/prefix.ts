import { hashSeed } from '../random.ts';
import { SettingsError } from '../settings/parse.ts';
import type { CommonSettings } from '../settings/settings.ts';
import { hashText, identities } from './identity.ts';
import { mixer } from './mix.ts';
import { type Kind, NONCE, type Tokenizer, text, wordsFor } from './prompts.ts';

/** What stands before the nonce of request `index`: the beginning that prompts share, or nothing. */
export type Prefix = (index: number, tokenizer?: Tokenizer) => string;

type PrefixSettings = Pick<CommonSettings, 'prefixTokens' | 'prefixShare' | 'workload' | 'given'>;

/** @throws SettingsError where there is a share of nothing */
export function checkPrefix({ prefixTokens, prefixShare, given }: PrefixSettings): void {
  if (given.has('PREFIX_SHARE') && prefixTokens === undefined)
    throw new SettingsError(
      'PREFIX_SHARE',
      String(prefixShare),
      'there is no prefix to share',
      'with PREFIX_TOKENS only',
    );
}

/**
 * PREFIX_TOKENS of one text, the same in all scenarios of a run, before exactly PREFIX_SHARE of a stream's prompts. It begins
 * with a nonce of the run, so that no cache knows it from another one.
 * @param total requests of the stream, where it is known
 */
export function prefixOf(
  settings: PrefixSettings,
  seed: number,
  runId: string,
  stream: string,
  total?: number,
): Prefix | undefined {
  const { prefixTokens, prefixShare, workload } = settings;
  if (prefixTokens === undefined || prefixShare === 0) return undefined;
  const kind: Kind = workload?.[0]?.profile ?? 'chat';
  const { nonce } = identities(seed, runId, 'prefix')(0);
  const key = hashSeed(seed, hashText('prefix')) >>> 0;
  const own = hashSeed(seed, hashText(`prefix ${stream}`));
  const which = prefixShare < 1 ? mixer([prefixShare, 1 - prefixShare], own, total) : () => 0;
  /** By its words: of each tokenizer that models have, one. */
  const made = new Map<number, string>();
  return (index, tokenizer) => {
    if (which(index) > 0) return '';
    const words = wordsFor(kind, prefixTokens, NONCE, tokenizer);
    let prefix = made.get(words);
    if (prefix === undefined) {
      prefix = `[${nonce}] ${text(kind, words, key)}\n\n`;
      made.set(words, prefix);
    }
    return prefix;
  };
}
