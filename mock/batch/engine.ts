import { BlockPool } from './block-pool.ts';
import { type Ask, Sequence, type SequenceEvents } from './sequence.ts';
import type { BatchSettings } from './settings.ts';
import { type Slowness, type Step, stepMs, type Totals, totals } from './step.ts';
import { Waiting } from './waiting.ts';

/**
 * Continuous batching as vLLM's scheduler (V1) does it, without a clock: `begin` plans a step and says how long it takes,
 * `finish`, called that much later, hands out its tokens. First come, first served; prompts are computed in chunks beside
 * the answers; who finds no block throws the latest out, which later computes again what it had.
 */
export class BatchEngine {
  readonly settings: BatchSettings;
  readonly totals: Totals = totals();
  /** The one under way, or the last one. */
  readonly step: Step = { tokens: 0, decoded: 0, prefilled: 0, context: 0 };
  running = 0;
  #slow: Slowness;
  #pool: BlockPool;
  #waiting = new Waiting();
  /** In the order in which they were let in. Those that are gone stay until the next step is planned. */
  #batch: Sequence[] = [];

  /** @param slow may change at any time: steps that are planned from then on take so much longer */
  constructor(settings: BatchSettings, slow: Slowness = { prompts: 1, tokens: 1 }) {
    this.settings = settings;
    this.#slow = slow;
    this.#pool = new BlockPool(Math.floor(settings.kvTokens / settings.blockTokens));
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Share of the KV cache that sequences hold, 0 to 1; blocks that are only kept for others count as free. */
  get kvUsage(): number {
    return 1 - this.#pool.free / this.#pool.size;
  }

  /** Joins the queue; 'too long' where prompt and answer together can never fit into the KV cache. */
  add(ask: Ask, events: SequenceEvents): Sequence | 'too long' {
    if (this.#blocksFor(ask.promptTokens + ask.outputTokens) > this.#pool.size) return 'too long';
    const sequence = new Sequence(ask, events);
    this.#waiting.append(sequence);
    return sequence;
  }

  /** Its client left: what it held is free. Nothing happens to one that is done. */
  remove(sequence: Sequence): void {
    if (sequence.state === 'waiting') this.#waiting.remove(sequence);
    if (sequence.state === 'running') this.#leave(sequence);
    sequence.state = 'gone';
  }

  /** Plans a step for who is here; how long it takes, ms, or undefined where there is nothing to do. */
  begin(): number | undefined {
    const { step } = this;
    if (this.#batch.length > this.running) this.#batch = this.#batch.filter(({ state }) => state === 'running');
    step.tokens = 0;
    step.decoded = 0;
    step.prefilled = 0;
    step.context = 0;
    let budget = this.settings.tokenBudget;
    // Its length may shrink on the way.
    for (let k = 0; k < this.#batch.length && budget > 0; k++) {
      const sequence = this.#batch[k] as Sequence;
      const planned = Math.min(sequence.missing, budget);
      if (!this.#makeRoom(sequence, planned)) break;
      this.#plan(sequence, planned);
      budget -= planned;
    }
    this.#admit(budget);
    return step.decoded + step.prefilled > 0 ? stepMs(step, this.settings, this.totals, this.#slow) : undefined;
  }

  /** The step is over: its tokens exist. */
  finish(): void {
    const { totals } = this;
    const batch = this.#batch;
    for (let k = 0; k < batch.length; k++) {
      const sequence = batch[k] as Sequence;
      sequence.computed += sequence.planned;
      sequence.planned = 0;
      // Also where it stood still, or is gone.
      if (sequence.missing > 0) continue;
      sequence.generated += 1;
      totals.generatedTokens += 1;
      if (sequence.generated === 1) totals.promptTokens += sequence.ask.promptTokens;
      if (sequence.generated === sequence.ask.outputTokens) this.#leave(sequence);
      sequence.events.token(sequence.generated);
    }
  }

  /** Lets in who waits, as long as there are places, tokens and blocks for its whole prompt. */
  #admit(left: number): void {
    let budget = left;
    for (let next = this.#waiting.first; next; next = this.#waiting.first) {
      if (budget === 0 || this.running === this.settings.maxSequences || !this.#seat(next)) return;
      this.#waiting.remove(next);
      next.state = 'running';
      this.#batch.push(next);
      this.running += 1;
      const planned = Math.min(next.missing, budget);
      this.#plan(next, planned);
      budget -= planned;
      if (next.wasScheduled) continue;
      next.wasScheduled = true;
      this.totals.prefixQueriedTokens += next.ask.promptTokens;
      this.totals.prefixHitTokens += next.computed;
      next.events.scheduled(next.computed);
    }
  }

  /** Gives it blocks for all that it has to compute; those that are cached it shares. The last token is always computed. */
  #seat(sequence: Sequence): boolean {
    const pool = this.#pool;
    const { held, ask, known } = sequence;
    const { blockTokens, prefixCache } = this.settings;
    const most = prefixCache ? Math.min(ask.blocks.length, Math.floor((known - 1) / blockTokens)) : 0;
    let kept = 0;
    while (held.length < most) {
      const block = pool.find(ask.blocks[held.length] as string);
      if (block < 0) break;
      if (pool.isFree(block)) kept += 1;
      held.push(block);
    }
    const more = this.#blocksFor(known) - held.length;
    if (more + kept > pool.free) {
      held.length = 0;
      return false;
    }
    for (const block of held) pool.share(block);
    sequence.computed = held.length * blockTokens;
    sequence.named = held.length;
    for (let k = 0; k < more; k++) held.push(pool.take());
    return true;
  }

  /** Sees to it that it has blocks for so many tokens more. False where it was thrown out itself. */
  #makeRoom(sequence: Sequence, tokens: number): boolean {
    while (sequence.computed + tokens > sequence.held.length * this.settings.blockTokens) {
      if (this.#pool.free > 0) {
        sequence.held.push(this.#pool.take());
        continue;
      }
      const latest = this.#batch.pop() as Sequence;
      this.#preempt(latest);
      if (latest === sequence) return false;
    }
    return true;
  }

  #plan(sequence: Sequence, tokens: number): void {
    const { step } = this;
    sequence.planned = tokens;
    if (tokens === sequence.missing) step.tokens += 1;
    if (tokens === 1 && sequence.generated > 0) {
      step.decoded += 1;
      step.context += sequence.computed;
    } else step.prefilled += tokens;
    if (!this.settings.prefixCache) return;
    const full = Math.min(
      sequence.ask.blocks.length,
      Math.floor((sequence.computed + tokens) / this.settings.blockTokens),
    );
    for (; sequence.named < full; sequence.named++) {
      this.#pool.name(sequence.held[sequence.named] as number, sequence.ask.blocks[sequence.named] as string);
    }
  }

  #preempt(sequence: Sequence): void {
    this.#leave(sequence);
    sequence.state = 'waiting';
    sequence.computed = 0;
    this.#waiting.prepend(sequence);
    this.totals.preemptions += 1;
  }

  /** The last block first, so that it is also the first to be forgotten: without those before it it is of no use. */
  #leave(sequence: Sequence): void {
    sequence.state = 'gone';
    sequence.planned = 0;
    this.running -= 1;
    for (let k = sequence.held.length - 1; k >= 0; k--) this.#pool.release(sequence.held[k] as number);
    sequence.held.length = 0;
  }

  #blocksFor(tokens: number): number {
    return Math.ceil(tokens / this.settings.blockTokens);
  }
}
