import type { BlockKey } from './block-pool.ts';
import type { Place } from './waiting.ts';

/** What is asked of the engine. */
export interface Ask {
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
  /** So many tokens of its answer exist. Grows by one from call to call, up to `outputTokens`. */
  token(count: number): void;
}

/** A sequence in the engine. */
export class Sequence implements Place<Sequence> {
  readonly ask: Ask;
  readonly events: SequenceEvents;
  state: 'waiting' | 'running' | 'gone' = 'waiting';
  ahead: Sequence | undefined;
  behind: Sequence | undefined;
  /** Blocks of the KV cache that it holds, in order. */
  readonly held: number[] = [];
  /** Tokens of prompt and answer so far whose keys and values are in the cache. */
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

  /** Tokens that have to be in the cache before the next one can be made. */
  get known(): number {
    return this.ask.promptTokens + this.generated;
  }
}
