/** Item numbers by key, the least first. */
export class Heap {
  size = 0;
  #keys = new Float64Array(64);
  #items = new Int32Array(64);

  /** The least key; Infinity where there is none. */
  least(): number {
    return this.size > 0 ? (this.#keys[0] as number) : Number.POSITIVE_INFINITY;
  }

  push(key: number, item: number): void {
    if (this.size === this.#keys.length) this.#grow();
    const keys = this.#keys;
    const items = this.#items;
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((keys[parent] as number) <= key) break;
      keys[at] = keys[parent] as number;
      items[at] = items[parent] as number;
      at = parent;
    }
    keys[at] = key;
    items[at] = item;
  }

  /** Takes the item of the least key off. */
  pop(): number {
    const keys = this.#keys;
    const items = this.#items;
    const popped = items[0] as number;
    const n = --this.size;
    const key = keys[n] as number;
    let at = 0;
    for (let child = 1; child < n; child = 2 * at + 1) {
      if (child + 1 < n && (keys[child + 1] as number) < (keys[child] as number)) child++;
      if ((keys[child] as number) >= key) break;
      keys[at] = keys[child] as number;
      items[at] = items[child] as number;
      at = child;
    }
    keys[at] = key;
    items[at] = items[n] as number;
    return popped;
  }

  /** The rank-th largest key, from 1. */
  largest(rank: number): number {
    return this.#keys.slice(0, this.size).sort()[this.size - rank] as number;
  }

  #grow(): void {
    const keys = new Float64Array(2 * this.size);
    const items = new Int32Array(2 * this.size);
    keys.set(this.#keys);
    items.set(this.#items);
    this.#keys = keys;
    this.#items = items;
  }
}
