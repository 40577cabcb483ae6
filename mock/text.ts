import type { Answer } from './answer.ts';

/** Read aloud by every answer, in a loop. Two words are not ASCII, so that clients meet multi-byte characters. */
const PASSAGE =
  'The load on a server is a story about waiting. Requests arrive, some find a seat at once, others stand in line, ' +
  'and the line grows long before the room looks full. A patient reader in a café sees the first word, then the next, ' +
  'and judges the house by the pauses between them. A naïve chart hides those pauses in one average; a good one ' +
  'shows where they begin. So we count every word, note when it was sent, and compare that with when it was read.';

/** Of English, about. */
export const TOKENS_PER_WORD = 1.3;

const WORDS = PASSAGE.split(' ');

/** The text of token `index`: one word, with the space before it, as tokenizers cut English. */
export function tokenText(index: number): string {
  const word = WORDS[index % WORDS.length] ?? '';
  return index === 0 ? word : ` ${word}`;
}

/** The text of tokens `from` (included) to `to` (excluded). */
export function tokensText(from: number, to: number): string {
  let text = '';
  for (let index = from; index < to; index += 1) text += tokenText(index);
  return text;
}

/** The visible text of an answer's content tokens `from` (included) to `to` (excluded). */
export function contentText({ opening }: Pick<Answer, 'opening'>, from: number, to: number): string {
  return opening !== '' && from === 0 && to > 0 ? opening + tokensText(1, to) : tokensText(from, to);
}

/** The visible text of an answer that comes in one piece. */
export function wholeText(answer: Pick<Answer, 'content' | 'padding' | 'opening'>): string {
  return contentText(answer, 0, answer.content) + 'x'.repeat(answer.padding);
}

/** The visible text of the first tokens of an answer, reasoning among them. */
export const producedText = (answer: Pick<Answer, 'reasoning' | 'content' | 'opening'>, tokens: number): string =>
  contentText(answer, 0, Math.min(answer.content, Math.max(0, tokens - answer.reasoning)));

/** The words of a text. */
export const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '');

/** A deterministic estimate for a text we have no tokenizer for: ceil(words × 1.3). */
export function estimateTokens(text: string): number {
  return Math.ceil(wordsOf(text).length * TOKENS_PER_WORD);
}
