/** Who waits, first come first served; who was preempted comes back to the head. Leaving the middle costs nothing. */
export class Waiting<T extends Place<T>> {
  size = 0;
  first: T | undefined;
  #last: T | undefined;

  append(item: T): void {
    item.ahead = this.#last;
    item.behind = undefined;
    if (this.#last) this.#last.behind = item;
    else this.first = item;
    this.#last = item;
    this.size += 1;
  }

  prepend(item: T): void {
    item.ahead = undefined;
    item.behind = this.first;
    if (this.first) this.first.ahead = item;
    else this.#last = item;
    this.first = item;
    this.size += 1;
  }

  remove(item: T): void {
    if (item.ahead) item.ahead.behind = item.behind;
    else this.first = item.behind;
    if (item.behind) item.behind.ahead = item.ahead;
    else this.#last = item.ahead;
    this.size -= 1;
  }
}

/** An item's neighbours in the queue. */
export interface Place<T> {
  ahead: T | undefined;
  behind: T | undefined;
}
