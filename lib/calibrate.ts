import type { Completion } from './completion.ts';
import type { Probe } from './learn.ts';
import type { Definition } from './run.ts';
import { after, type Soon, whilst } from './soon.ts';
import { type Kind, sample, type Tokenizer } from './workload/prompts.ts';

/** Kinds of text in the prompts that are made to a length; none where there are no such prompts. */
export function kindsMade({ settings, source }: Definition): readonly Kind[] {
  const { promptText, promptsFile, inputTokens, workload, prefixTokens } = settings;
  const given = promptText !== undefined || promptsFile !== undefined;
  const sized = source ? source.row(0).prompt === undefined : (inputTokens ?? workload) !== undefined;
  const kinds: readonly Kind[] = workload?.map((share) => share.profile) ?? ['chat'];
  return sized && !given ? kinds : prefixTokens === undefined ? [] : kinds.slice(0, 1);
}

/** No tokenizer has as many tokens as that to a word of ours, or as few. */
const MOST_TOKENS = 20;
const FEWEST_TOKENS = 0.3;

/**
 * How a model's prompts are counted, by `usage.prompt_tokens`: a probe of one word tells what comes on top of the words, one
 * of some hundred words of a kind how many of them make a token. Undefined, with a warning, where the server does not say, or
 * what it says cannot be.
 */
export function calibrate(short: Completion, probe: Probe, kinds: readonly Kind[]): Soon<Tokenizer | undefined> {
  const tokenizer: Tokenizer = { overhead: Math.max(0, (short.usage?.input ?? 0) - 1), wordsPerToken: {} };
  let why = unusable(short);
  let i = 0;
  const learnKind = () => {
    const kind = kinds[i++];
    if (kind === undefined || why !== undefined) return false;
    const { text, words } = sample(kind);
    return after(probe(text), (long) => {
      why = unusable(long);
      const tokens = (long.usage?.input ?? 0) - tokenizer.overhead;
      if (tokens > words * MOST_TOKENS || tokens < words * FEWEST_TOKENS)
        why ??= `it counts ${tokens} for ${words} words`;
      // Three digits, so that all instances of a run agree.
      tokenizer.wordsPerToken[kind] = Number((words / tokens).toFixed(3));
      return true;
    });
  };
  return after(whilst(learnKind), () => {
    if (why === undefined) return tokenizer;
    console.warn(
      `${short.model}: a first probe learned no count of tokens (${why}); prompts may be longer or shorter than asked`,
    );
    return undefined;
  });
}

/** Why an answer says no number of tokens. */
function unusable(answer: Completion): string | undefined {
  if (answer.usage?.input) return undefined;
  return 'error' in answer ? answer.error : 'the answer has no usage';
}
