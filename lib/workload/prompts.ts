import { createRandom, hashSeed, mix } from '../random.ts';
import { hashText } from './identity.ts';

/** The prompt of request `index` of a stream, without its nonce. */
export type Prompts = (index: number) => string;

/** English words per token, about, for common tokenizers; asked and counted tokens are compared in the results. */
export const WORDS_PER_TOKEN = 0.75;

const QUESTIONS = [
  'Explain how a suspension bridge carries its load, in plain words.',
  'Write a short story about a lighthouse keeper who receives a letter.',
  'What should I look at first when a web service becomes slow?',
  'Summarise the causes of the tides for a ten-year-old.',
  'Give me a recipe for a vegetable soup, with amounts and times.',
  'Compare bicycles and trams for a city of half a million people.',
  'Describe how bread rises, step by step.',
  'Plan a three-day walk in the hills, with what to pack.',
];

const WORDS =
  'the river runs past old stone walls and a market where people trade bread salt wool and news before evening comes with light rain over green fields while someone counts boats along the quiet shore under slow clouds'.split(
    ' ',
  );

interface PromptSettings {
  promptText: string | undefined;
  inputTokens: number | undefined;
}

/**
 * Where prompts come from: the text or file of the user's, synthetic words of INPUT_TOKENS length, or a few everyday
 * questions. What a request asks depends on the seed, the stream (a scenario's name) and the index alone.
 * @param lines of PROMPTS_FILE, where one was given
 */
export function prompts(
  settings: PromptSettings,
  seed: number,
  stream: string,
  lines?: { length: number; [i: number]: { text: string } },
): Prompts {
  if (settings.promptText !== undefined) {
    const text = settings.promptText;
    return () => text;
  }
  const base = hashSeed(seed, hashText(stream));
  const pick = (index: number, n: number): number => mix(index ^ mix(base % 4294967296)) % n;
  if (lines) return (index) => lines[pick(index, lines.length)]?.text ?? '';
  if (settings.inputTokens !== undefined) {
    // The nonce and the chat template take some tokens of their own.
    const words = Math.max(1, Math.round((settings.inputTokens - 8) * WORDS_PER_TOKEN));
    return (index) => {
      const random = createRandom(hashSeed(base, index));
      let text = '';
      for (let i = 0; i < words; i++) text += `${i ? ' ' : ''}${WORDS[Math.floor(random() * WORDS.length)]}`;
      return text;
    };
  }
  return (index) => QUESTIONS[pick(index, QUESTIONS.length)] ?? '';
}
