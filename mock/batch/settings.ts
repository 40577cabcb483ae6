/** What an engine is, in the words of vLLM. Times in ms, sizes in tokens. */
export interface BatchSettings {
  /** Sequences in work at a time (--max-num-seqs); the rest waits. */
  maxSequences: number;
  /** Tokens that a step may compute, prompts and answers together (--max-num-batched-tokens). */
  tokenBudget: number;
  /** Tokens that fit into the KV cache. */
  kvTokens: number;
  /** Tokens in a block of it (--block-size). */
  blockTokens: number;
  /** Every step: the weights are read once, kernels are started. */
  baseMs: number;
  /** For each sequence that a step makes a token for. */
  sequenceMs: number;
  /** For each prompt token that a step computes. */
  prefillTokenMs: number;
  /** For each token in the KV cache of the sequences that a step makes a token for: attention reads them all. */
  contextTokenMs: number;
  /** Whether blocks of finished sequences are kept for those that begin alike (--enable-prefix-caching). */
  prefixCache: boolean;
}
