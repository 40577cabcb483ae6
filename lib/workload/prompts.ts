import { hashSeed, mix } from '../random.ts';
import { hashText } from './identity.ts';

/**
 * The prompt of request `index` of a stream, without its nonce.
 * @param tokens wanted, about; undefined: any
 * @param wordsPerToken of the tokenizer, as one probe found it
 */
export type Prompts = (index: number, tokens?: number, wordsPerToken?: number) => string;

/** English words per token, about, for common tokenizers; asked and counted tokens are compared in the results. */
export const WORDS_PER_TOKEN = 0.75;
/** Tokens that the nonce and the chat template take, about. */
const OVERHEAD = 8;

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

/** Of 64 words each. Whole passages, because k6's JavaScript takes 4 µs for each piece that a prompt is put together from. */
const PASSAGES = [
  'The river runs past old stone walls and a market where people trade bread, salt, wool and news before evening comes with light rain over the fields. A ferry crosses twice a day, and its keeper knows every family on both banks. In spring the water rises to the third step of the landing, and children measure it with a painted stick each morning.',
  'A server answers well as long as its queue is short. When requests arrive faster than they can be served, each newcomer waits for all who came before, and the wait grows although the machine works no slower than it did. The first sign is a longer pause before the first word; the second is a reader who gives up and asks once again.',
  'To bake a plain loaf, mix flour, water, salt and a little yeast, and let the dough rest until it has doubled. Fold it gently, shape it, and leave it under a cloth while the oven warms. Bake it dark, since a pale crust soon turns soft within the hour, and let it cool on a wire rack before the first slice is cut.',
  'The committee met on Tuesday to compare three plans for the new stone bridge. The first was cheap but narrow, the second wide but slow to build, and the third needed land that nobody wanted to sell. After two hours they agreed on little more than the date of the next meeting, and asked the engineers for better figures on cost, noise and traffic.',
  'Write a function that reads a list of orders, groups them by customer, and returns the total of each group, sorted from the largest to the smallest. Orders without a customer are counted under a separate name. Explain how long it takes for a list of n orders, and show with two short tests that both an empty list and a single order work.',
  'High above the valley a small observatory watches the weather. Every ten minutes it notes the wind, the pressure and the temperature, and sends them down by radio. In winter the path is closed for weeks, and the two people who live there count their stores of flour, lamp oil and paper, and play long games of chess with an old friend far away.',
  'Our support team received many reports this week about messages that arrive late. Most came from the same region, and most began on Monday after the update. Restarting the application helped for a while, yet the delay always returned within an hour. We suspect a cache that is never emptied, and we would now like to know which logs could prove or refute it.',
  'Trade along the coast changed when the harbour was dug deeper. Larger ships came, fewer of them, and the small yards that had mended nets and sails for generations turned to engines and cranes. Some towns grew rich within only ten years; others lost their young people to the city, and kept only the church, the inn, and a small school with nine pupils.',
];
const PASSAGE_WORDS = 64;

/**
 * Where prompts come from: the text or file of the user's, synthetic text of the wanted length, or a few everyday questions.
 * What a request asks depends on the seed, the stream (a scenario's name) and the index alone.
 * @param lines of PROMPTS_FILE, where one was given
 */
export function prompts(
  promptText: string | undefined,
  seed: number,
  stream: string,
  lines?: { length: number; [i: number]: { text: string } },
): Prompts {
  if (promptText !== undefined) return () => promptText;
  const base = hashSeed(seed, hashText(stream));
  const pick = (index: number, n: number): number => mix(index ^ mix(base % 4294967296)) % n;
  if (lines) return (index) => lines[pick(index, lines.length)]?.text ?? '';
  return (index, tokens, wordsPerToken = WORDS_PER_TOKEN) =>
    tokens === undefined
      ? (QUESTIONS[pick(index, QUESTIONS.length)] ?? '')
      : synthetic(Math.max(1, Math.round((tokens - OVERHEAD) * wordsPerToken)), mix(index ^ base));
}

/** So many words of passages, drawn. @param key 32 bits */
export function synthetic(words: number, key: number): string {
  const parts: string[] = [];
  for (let left = words; left > 0; left -= PASSAGE_WORDS) {
    const passage = PASSAGES[mix(key + left) % PASSAGES.length] as string;
    parts.push(left < PASSAGE_WORDS ? passage.split(' ', left).join(' ') : passage);
  }
  return parts.join(' ');
}
