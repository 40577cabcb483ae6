import type { BatchSettings } from '../../mock/batch/settings.ts';

/** Requests that are all alike. */
export interface Alike {
  prompt: number;
  output: number;
}

/**
 * What an engine does under a load for ever, without simulating it: a step with B sequences in it makes B tokens and
 * takes s(B) = base + B × (sequence + prefill × P / T + context × mean context). docs/engine.md derives it.
 */
export function expected(settings: BatchSettings, { prompt: P, output: T }: Alike) {
  const { maxSequences, tokenBudget, kvTokens, blockTokens } = settings;
  // The first token comes out of the prompt's step; the k-th finds P + k − 2 tokens in the cache.
  const context = ((T - 1) * (P + (T - 2) / 2)) / T;
  const perSequence = settings.sequenceMs + (settings.prefillTokenMs * P) / T + settings.contextTokenMs * context;
  const stepMs = (batch: number) => settings.baseMs + batch * perSequence;
  const held = P + T / 2 + blockTokens / 2;
  const limits = { sequences: maxSequences, cache: kvTokens / held, budget: tokenBudget / (1 + P / T) };
  const most = Math.min(...Object.values(limits));
  /** Requests a second; beyond it the queue grows for ever. */
  const capacity = (1000 * most) / (T * stepMs(most));
  return {
    limits,
    most,
    stepMs,
    capacity,
    /** Sequences in the batch at so many requests a second: B = λ T s(B). */
    batch(rate: number): number {
      const tokens = (rate * T) / 1000;
      return rate < capacity ? (tokens * settings.baseMs) / (1 - tokens * perSequence) : most;
    },
    /** Output tokens a second. */
    throughput: (rate: number) => Math.min(rate, capacity) * T,
    itl(rate: number): number {
      return stepMs(this.batch(rate));
    },
    /** Half of the step under way, then the one with the prompt in it; below capacity, prompts within the budget. */
    ttft(rate: number): number {
      return 1.5 * this.itl(rate) + settings.prefillTokenMs * P;
    },
    /** ms by which TTFT grows from one arrival to one that comes a second later. */
    growth: (rate: number) => Math.max(0, 1000 * (rate / capacity - 1)),
  };
}
