import { hashSeed, mix } from '../random.ts';
import { parseLengths } from '../settings/lengths.ts';
import { PROFILES, type ProfileName } from '../settings/profiles.ts';
import type { CommonSettings } from '../settings/settings.ts';
import { hashText } from './identity.ts';
import { type Draw, drawOf } from './lengths.ts';
import { mixer } from './mix.ts';
import { prompts } from './prompts.ts';
import type { Source } from './source.ts';

/** What one request asks for, beside its model. */
export interface Work {
  /** Undefined without WORKLOAD. */
  profile: ProfileName | undefined;
  prompt: string;
  /** Tokens the prompt was made to have, about; undefined where it has a length of its own. */
  inputTokens: number | undefined;
  /** Most tokens to answer. */
  outputTokens: number;
  /** The prompt begins as others do, and shall: it takes no nonce. */
  shared?: true;
}

/** What files of the user's hold, opened at init. */
export interface Stored {
  prompts?: { length: number; [i: number]: { text: string } } | undefined;
  /** Lengths, of INPUT_TOKENS=file:… and OUTPUT_TOKENS=file:… */
  input?: ArrayLike<number> | undefined;
  output?: ArrayLike<number> | undefined;
}

type WorkSettings = Pick<CommonSettings, 'workload' | 'promptText' | 'inputTokens' | 'outputTokens' | 'given'>;

/**
 * The work of one stream of requests (a scenario of a run): a function of seed, stream and index only, whichever VU asks.
 * INPUT_TOKENS and OUTPUT_TOKENS, where the user set them, stand in for the profile's lengths.
 * @param total requests of the stream, where it is known: profiles have their exact shares of them
 * @param source its rows go before the settings
 */
export function workOf(
  settings: WorkSettings,
  seed: number,
  stream: string,
  stored: Stored,
  total?: number,
  source?: Source,
): (index: number, wordsPerToken?: number) => Work {
  const { promptText, inputTokens, outputTokens, given } = settings;
  const base = hashSeed(seed, hashText(stream));
  const prompt = prompts(promptText, seed, stream, stored.prompts);
  const sized = promptText === undefined && !stored.prompts;
  const shares = settings.workload ?? [];
  const sizesOf = (profile: ProfileName | undefined): Sizes => {
    const usual = profile && PROFILES[profile];
    const input = inputTokens ?? (usual && parseLengths(usual.input));
    const output = usual && !given.has('OUTPUT_TOKENS') ? parseLengths(usual.output) : outputTokens;
    return {
      profile,
      input: sized && input !== undefined ? drawOf(input, stored.input) : undefined,
      output: drawOf(output, stored.output),
    };
  };
  const sizes = shares.length > 0 ? shares.map((s) => sizesOf(s.profile)) : [sizesOf(undefined)];
  const weights = shares.map((s) => s.weight);
  const pick = shares.length > 1 ? mixer(weights, hashSeed(base, PICK), total) : () => 0;
  const inputKey = hashSeed(base, INPUT) >>> 0;
  const outputKey = hashSeed(base, OUTPUT) >>> 0;
  return (index, wordsPerToken) => {
    const row = index < 0 ? undefined : source?.row(index);
    const { profile, input, output } = sizes[pick(index)] as Sizes;
    const outputTokens = row?.outputTokens ?? output(uniform(index, outputKey));
    if (row?.blocks && source) {
      const { blocks, inputTokens: length = 0 } = row;
      const text = source.blockText(blocks, length, wordsPerToken);
      return { profile, prompt: text, inputTokens: length, outputTokens, shared: true };
    }
    const tokens = row ? (sized ? row.inputTokens : undefined) : input?.(uniform(index, inputKey));
    return {
      profile,
      prompt: row?.prompt ?? prompt(index, tokens, wordsPerToken),
      inputTokens: row?.prompt === undefined ? tokens : undefined,
      outputTokens,
    };
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
const uniform = (index: number, key: number): number => (mix(index ^ key) + 0.5) / 4294967296;
