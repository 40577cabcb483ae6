import { type Step, talks } from '../../load/plan.ts';
import type { Check } from '../../results.ts';

export interface WantedCaching {
  /** Prompts share their beginnings on purpose: in a conversation, and by PREFIX_TOKENS. */
  caching: boolean;
  prefixTokens?: number | undefined;
  prefixShare?: number | undefined;
}

/** Prompts begin alike in a conversation, in some traces, and where they have a prefix. */
export const wantsCaching = (steps: readonly Step[], prefixTokens: unknown): boolean =>
  prefixTokens !== undefined || steps.some((step) => step.sharing || talks(step.load));

/** Share of input tokens; a chat template in front of every prompt is cached too. */
const LITTLE = 0.1;

export const percent = (x: number): string => `${(100 * x).toFixed(x < 0.1 ? 1 : 0)} %`;

/**
 * What the server said it had in its prompt cache. Repeated prompts make TTFT too kind; where a prefix is asked for, a cache
 * that knows it not tests nothing.
 * @param hits share of the input tokens
 * @param each tokens a prompt
 */
export function auditCache(hits: number, each: number, wanted: WantedCaching): Check {
  const { caching, prefixTokens = 0, prefixShare = 1 } = wanted;
  const check = (ok: boolean, sentence: string): Check => ({ check: 'prompt_cache', ok, value: hits, sentence });
  const told = `${percent(hits)} of the input tokens came from the server's prompt cache`;
  if (caching && hits === 0)
    return check(prefixTokens === 0, 'no prompt-cache hits, although prompts share their beginnings');
  if (caching) {
    const shared = prefixTokens * prefixShare;
    const of = shared > 0 ? `: ${each.toFixed(0)} a prompt, of ${shared.toFixed(0)} that they share on average` : '';
    return check(true, `${told}, as wanted${of}`);
  }
  if (hits === 0) return check(true, 'no prompt-cache hits');
  return hits <= LITTLE ? check(true, told) : check(false, `${told}: TTFT is that of repeated prompts`);
}
