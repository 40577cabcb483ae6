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

/** How long a step takes: a sum of what it does. Counts it. */
export function stepMs(step: Step, settings: BatchSettings, sums: Totals): number {
  const sequenceMs = settings.sequenceMs * step.tokens;
  const prefillMs = settings.prefillTokenMs * step.prefilled;
  const contextMs = settings.contextTokenMs * step.context;
  sums.steps += 1;
  sums.baseMs += settings.baseMs;
  sums.sequenceMs += sequenceMs;
  sums.prefillMs += prefillMs;
  sums.contextMs += contextMs;
  return settings.baseMs + sequenceMs + prefillMs + contextMs;
}
