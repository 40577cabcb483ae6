import type { BatchSettings } from './settings.ts';

/** What a step computes. */
export interface Step {
  /** Tokens that come out of it, one a sequence at most. */
  tokens: number;
  /** Sequences that go on with their answer. */
  decoded: number;
  /** Prompt tokens, and tokens of answers that were thrown out and are computed again. */
  prefilled: number;
  /** Tokens in the KV cache of those that go on. */
  context: number;
}

/** What an engine did since it was made. */
export interface Totals {
  steps: number;
  /** ms that steps took, by cause; their sum is the time for which it was busy. */
  baseMs: number;
  sequenceMs: number;
  prefillMs: number;
  contextMs: number;
  preemptions: number;
  /** Prompt tokens of sequences that were let in, and how many of these the prefix cache had. */
  prefixQueriedTokens: number;
  prefixHitTokens: number;
  /** Prompt tokens of sequences that began to answer. */
  promptTokens: number;
  generatedTokens: number;
}

export const totals = (): Totals => ({
  steps: 0,
  baseMs: 0,
  sequenceMs: 0,
  prefillMs: 0,
  contextMs: 0,
  preemptions: 0,
  prefixQueriedTokens: 0,
  prefixHitTokens: 0,
  promptTokens: 0,
  generatedTokens: 0,
});

/** How many times as long as usual a GPU takes; 1 and 1 = as fast as ever. */
export interface Slowness {
  prompts: number;
  tokens: number;
}

/**
 * How long a step takes: a sum of what it does. Counts it. Prompt tokens are as slow as prompts are. All else is as slow as
 * tokens are where an answer goes on: it is in `baseMs` that GPUs which work as one wait for each other, twice a layer.
 * A step that only reads prompts is as slow as these.
 */
export function stepMs(step: Step, settings: BatchSettings, sums: Totals, slow: Slowness): number {
  const rest = step.decoded > 0 ? slow.tokens : slow.prompts;
  const baseMs = settings.baseMs * rest;
  const sequenceMs = settings.sequenceMs * step.tokens * rest;
  const prefillMs = settings.prefillTokenMs * step.prefilled * slow.prompts;
  const contextMs = settings.contextTokenMs * step.context * rest;
  sums.steps += 1;
  sums.baseMs += baseMs;
  sums.sequenceMs += sequenceMs;
  sums.prefillMs += prefillMs;
  sums.contextMs += contextMs;
  return baseMs + sequenceMs + prefillMs + contextMs;
}
