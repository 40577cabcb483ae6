import type { BlockKey } from './block-pool.ts';

/** What is asked of the engine. */
export interface Ask {
  /** At least 1. */
  promptTokens: number;
  /** At least 1. */
  outputTokens: number;
  /**
   * A key for each full block of the prompt, and on into the answer as far as that is known. A key stands for its
   * block and all before it. Blocks without a key are never found again; none at all is fine.
   */
  blocks: readonly BlockKey[];
}

/** Who hears of it. Both may add and remove sequences, this one too. */
export interface SequenceEvents {
  /** It leaves the queue, for the first time: so many of its prompt tokens are in the cache and need no computing. */
  scheduled(cachedTokens: number): void;
  /** So many tokens of its answer exist. Grows by one from call to call, up to `outputTokens`; then it is gone. */
  token(count: number): void;
}

/** A sequence in the engine. */
export class Sequence {
  readonly ask: Ask;
  readonly events: SequenceEvents;
  state: 'waiting' | 'running' | 'gone' = 'waiting';
  /** Its neighbours while it waits. */
  ahead: Sequence | undefined;
  behind: Sequence | undefined;
  /** Blocks of the KV cache that it holds, in order. */
  readonly held: number[] = [];
  /** Tokens of prompt and answer whose keys and values are in the cache. */
  computed = 0;
  /** Tokens of the answer so far. */
  generated = 0;
  /** What the step under way computes of it; 0 = it stands still. */
  planned = 0;
  /** Blocks, from the first on, that were given their keys. */
  named = 0;
  wasScheduled = false;

  constructor(ask: Ask, events: SequenceEvents) {
    this.ask = ask;
    this.events = events;
  }

  /** Tokens so far. */
  get known(): number {
    return this.ask.promptTokens + this.generated;
  }

  /** Tokens to compute before the next one of the answer can be made. */
  get missing(): number {
    return this.known - this.computed;
  }
}
