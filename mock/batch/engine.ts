import { BlockPool } from './block-pool.ts';
import { type Ask, Sequence, type SequenceEvents } from './sequence.ts';
import type { BatchSettings } from './settings.ts';
import { Waiting } from './waiting.ts';

/** What the engine did since it was made. */
export interface Totals {
  steps: number;
  /** ms that steps took, by cause; their sum is the time it was busy. */
  baseMs: number;
  sequenceMs: number;
  prefillMs: number;
  contextMs: number;
  preemptions: number;
  /** Prompt tokens of sequences that were scheduled, and how many of these the prefix cache had. */
  prefixQueriedTokens: number;
  prefixHitTokens: number;
  /** Prompt tokens of sequences that began to answer. */
  promptTokens: number;
  generatedTokens: number;
}

/**
 * Continuous batching as vLLM's scheduler does it, without a clock: `begin` plans a step and says how long it takes, `finish`,
 * called that much later, hands out its tokens. First come, first served; prompts are computed in chunks beside the
 * answers; who finds no block throws the latest out.
 */
export class BatchEngine {
  readonly settings: BatchSettings;
  readonly totals: Totals = {
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
  };
  #pool: BlockPool;
  #waiting = new Waiting<Sequence>();
  /** In the order in which they were let in. */
  #running: Sequence[] = [];

  constructor(settings: BatchSettings) {
    this.settings = settings;
    this.#pool = new BlockPool(Math.floor(settings.kvTokens / settings.blockTokens));
  }

  get running(): number {
    return this.#running.length;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Share of the KV cache that is in use; what is only kept for others is not. */
  get kvUsage(): number {
    return 1 - this.#pool.free / this.#pool.size;
  }

  /** Joins the queue; 'too long' where prompt and answer together never fit into the KV cache. */
  add(ask: Ask, events: SequenceEvents): Sequence | 'too long' {
    if (this.#blocksFor(ask.promptTokens + ask.outputTokens) > this.#pool.size) return 'too long';
    const sequence = new Sequence(ask, events);
    this.#waiting.append(sequence);
    return sequence;
  }

  /** It is done or its client left: what it held is free. A second time does nothing. */
  remove(sequence: Sequence): void {
    if (sequence.state === 'waiting') this.#waiting.remove(sequence);
    else if (sequence.state === 'running') {
      this.#running.splice(this.#running.indexOf(sequence), 1);
      this.#release(sequence);
    }
    sequence.state = 'gone';
  }

  /** Plans a step on who is here; how long it takes, ms, and undefined where there is nothing to do. */
  begin(): number | undefined {
    throw new Error('to come');
  }

  /** The step is over: its tokens exist. */
  finish(): void {
    throw new Error('to come');
  }

  #blocksFor(tokens: number): number {
    return Math.ceil(tokens / this.settings.blockTokens);
  }

  /** The last block first, so that it is also the first to be forgotten: without those before it it is of no use. */
  #release(sequence: Sequence): void {
    for (let k = sequence.held.length - 1; k >= 0; k--) this.#pool.release(sequence.held[k] as number);
    sequence.held.length = 0;
  }
}
