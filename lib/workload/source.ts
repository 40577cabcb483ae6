import type { Tokenizer } from './prompts.ts';

/** One request of a trace. A prompt that is undefined is made to `inputTokens`. */
export interface SourceRow {
  /** Planned start, ms from the start of the replay. */
  due: number;
  /** Undefined: the model of the test. */
  model: string | undefined;
  prompt: string | undefined;
  inputTokens: number | undefined;
  outputTokens: number | undefined;
  /** Of a Mooncake trace: ids of the blocks of 512 tokens that the prompt is made of; equal ids are equal text. */
  blocks: readonly number[] | undefined;
}

/** Requests that come from elsewhere than the settings: a trace. By index, in the order of their planned starts. */
export interface Source {
  readonly length: number;
  /** Models that rows ask for; empty where none names one. */
  readonly models: readonly string[];
  /** Cheap when the same index is asked for again. */
  row: (index: number) => SourceRow;
  /** The prompt that is made of these blocks, `tokens` long. */
  blockText: (blocks: readonly number[], tokens: number, tokenizer?: Tokenizer) => string;
}
