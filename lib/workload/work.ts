import { hashSeed, mix } from '../random.ts';
import { parseLengths } from '../settings/lengths.ts';
import { PROFILES, type ProfileName } from '../settings/profiles.ts';
import type { CommonSettings } from '../settings/settings.ts';
import { hashText } from './identity.ts';
import { type Draw, drawOf } from './lengths.ts';
import { mixer } from './mix.ts';
import type { Prefix } from './prefix.ts';
import { picker, prompts, type Tokenizer } from './prompts.ts';
import type { StoredPrompt } from './prompts-file.ts';
import type { Source } from './source.ts';
import type { Talk } from './talk.ts';

/** What one request asks for, beside its model. */
export interface Work {
  /** Undefined without WORKLOAD. */
  profile: ProfileName | undefined;
  /** Stands before the nonce; empty where prompts share nothing. */
  prefix: string;
  prompt: string;
  /** Tokens that prefix and prompt were made to have, about; undefined where the prompt has a length of its own. */
  inputTokens: number | undefined;
  /** Most tokens to answer. */
  outputTokens: number;
  /** The prompt begins as others do, and shall: it takes no nonce. */
  shared?: true;
}

/** What files of the user's hold, opened at init. */
export interface Stored {
  prompts?: { length: number; [i: number]: StoredPrompt } | undefined;
  /** Lengths, of INPUT_TOKENS=file:… and OUTPUT_TOKENS=file:… */
  input?: ArrayLike<number> | undefined;
  output?: ArrayLike<number> | undefined;
}

/** What the work of a stream is made from, beside the settings. */
export interface WorkFrom extends Stored {
  /** Requests of the stream, where it is known: profiles have their exact shares of them. */
  total?: number | undefined;
  /** Its rows go before the settings. */
  source?: Source | undefined;
  prefix?: Prefix | undefined;
}

type WorkSettings = Pick<
  CommonSettings,
  'workload' | 'promptText' | 'inputTokens' | 'outputTokens' | 'prefixTokens' | 'given'
>;

/**
 * The work of one stream of requests (a scenario of a run): a function of seed, stream and index only, whichever VU asks.
 * Prompts are those of a source, PROMPT_TEXT, PROMPTS_FILE, or made to a length. INPUT_TOKENS and OUTPUT_TOKENS, where the
 * user set them, stand in for the lengths of profiles and of recorded answers.
 * @returns of a conversation all questions are of one profile
 */
export function workOf(
  settings: WorkSettings,
  seed: number,
  stream: string,
  from: WorkFrom,
): (index: number, tokenizer?: Tokenizer, talk?: Talk) => Work {
  const { promptText, inputTokens, outputTokens, prefixTokens = 0, given } = settings;
  const { total, source, prefix } = from;
  const base = hashSeed(seed, hashText(stream));
  const prompt = prompts(seed, stream);
  const entryOf = entriesOf(from, seed, stream);
  const shares = settings.workload ?? [];
  const ownOutput = given.has('OUTPUT_TOKENS');
  const sizesOf = (profile: ProfileName | undefined): Sizes => {
    const usual = profile && PROFILES[profile];
    const input = inputTokens ?? (usual && parseLengths(usual.input));
    const output = usual && !ownOutput ? parseLengths(usual.output) : outputTokens;
    return {
      profile,
      input: input === undefined ? undefined : drawOf(input, from.input),
      output: drawOf(output, from.output),
    };
  };
  const sizes = shares.length > 0 ? shares.map((s) => sizesOf(s.profile)) : [sizesOf(undefined)];
  const weights = shares.map((s) => s.weight);
  const pick = shares.length > 1 ? mixer(weights, hashSeed(base, PICK), total) : () => 0;
  const inputKey = hashSeed(base, INPUT) >>> 0;
  const outputKey = hashSeed(base, OUTPUT) >>> 0;
  return (index, tokenizer, talk) => {
    const row = index < 0 ? undefined : source?.row(index);
    const { profile, input, output } = sizes[pick(talk?.conversation ?? index)] as Sizes;
    if (row?.blocks && source) {
      const { blocks, inputTokens: length = 0, outputTokens = output(uniform(index, outputKey)) } = row;
      const text = source.blockText(blocks, length, tokenizer);
      return { profile, prefix: '', prompt: text, inputTokens: length, outputTokens, shared: true };
    }
    const own = row?.prompt ?? promptText;
    const entry = own === undefined ? entryOf?.(index, talk?.conversation) : undefined;
    const turn = talk && entry?.talk ? talk.turn - 1 : 0;
    const asked = entry ? entry.questions[turn] : own;
    const tokens = asked !== undefined ? undefined : row ? row.inputTokens : input?.(uniform(index, inputKey));
    const shared =
      prefix === undefined || (talk && talk.turn > 1) ? '' : prefix(talk?.conversation ?? index, tokenizer);
    const recorded = row?.outputTokens ?? (ownOutput ? undefined : entry?.answers?.[turn]);
    return {
      profile,
      prefix: shared,
      prompt: asked ?? prompt(index, tokens, profile, tokenizer),
      inputTokens: tokens !== undefined && shared !== '' ? tokens + prefixTokens : tokens,
      outputTokens: recorded ?? output(uniform(index, outputKey)),
    };
  };
}

/**
 * Which entry of PROMPTS_FILE a request asks; in a conversation, whose number comes second, one that was recorded as such is
 * kept to its end. Undefined without a file.
 */
export function entriesOf({ prompts: entries }: Stored, seed: number, stream: string) {
  if (!entries) return undefined;
  const draw = picker(seed, stream);
  const at = (k: number): StoredPrompt => entries[draw(k, entries.length)] as StoredPrompt;
  return (index: number, conversation?: number): StoredPrompt => {
    if (conversation === undefined) return at(index);
    const told = at(conversation);
    return told.talk ? told : at(index);
  };
}

interface Sizes {
  profile: ProfileName | undefined;
  input: Draw | undefined;
  output: Draw;
}

/** What is drawn, each from a seed of its own. */
const PICK = 1;
const INPUT = 2;
const OUTPUT = 3;

/** In (0, 1). */
export const uniform = (index: number, key: number): number => (mix(index ^ key) + 0.5) / 4294967296;
