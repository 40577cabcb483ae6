/** What a full block holds: its tokens and all that came before them. */
export type BlockKey = number | string;

const NONE = -1;

/**
 * The blocks of a KV cache, by number. A block is used by so many sequences, or free. A free one that is still known by
 * its key can be used again by who needs just that one; whoever needs any takes the one that was freed first. Nothing
 * here takes longer the more blocks there are.
 */
export class BlockPool {
  readonly size: number;
  free: number;
  /** Free blocks as a ring, the next to go first: `size` is its head, each other index a block. */
  #before: Int32Array;
  #after: Int32Array;
  #users: Int32Array;
  #keys: (BlockKey | undefined)[];
  #known = new Map<BlockKey, number>();

  constructor(size: number) {
    this.size = size;
    this.free = size;
    this.#before = Int32Array.from({ length: size + 1 }, (_, i) => (i + size) % (size + 1));
    this.#after = Int32Array.from({ length: size + 1 }, (_, i) => (i + 1) % (size + 1));
    this.#users = new Int32Array(size);
    this.#keys = Array(size).fill(undefined);
  }

  /** A free block, forgotten by its old key; −1 where there is none. */
  take(): number {
    if (this.free === 0) return NONE;
    const block = this.#after[this.size] as number;
    this.#unlink(block);
    this.#users[block] = 1;
    const key = this.#keys[block];
    if (key !== undefined) {
      this.#known.delete(key);
      this.#keys[block] = undefined;
    }
    return block;
  }

  /** The block that holds this, −1 where none does. */
  find(key: BlockKey): number {
    return this.#known.get(key) ?? NONE;
  }

  isFree(block: number): boolean {
    return this.#users[block] === 0;
  }

  /** One more sequence uses a block that was found. */
  share(block: number): void {
    if (this.#users[block] === 0) this.#unlink(block);
    this.#users[block] = (this.#users[block] as number) + 1;
  }

  /** From now on the block can be found, unless another that holds the same already can. */
  name(block: number, key: BlockKey): void {
    if (this.#known.has(key)) return;
    this.#known.set(key, block);
    this.#keys[block] = key;
  }

  /** A sequence is done with a block. One that nobody could find goes first, any other last. */
  release(block: number): void {
    const users = (this.#users[block] as number) - 1;
    this.#users[block] = users;
    if (users > 0) return;
    const before = this.#keys[block] === undefined ? this.size : (this.#before[this.size] as number);
    const after = this.#after[before] as number;
    this.#before[block] = before;
    this.#after[block] = after;
    this.#after[before] = block;
    this.#before[after] = block;
    this.free += 1;
  }

  #unlink(block: number): void {
    const before = this.#before[block] as number;
    const after = this.#after[block] as number;
    this.#after[before] = after;
    this.#before[after] = before;
    this.free -= 1;
  }
}
