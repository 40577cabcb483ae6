import type { Sequence } from './sequence.ts';

/** Who waits, first come, first served; who was thrown out comes back to the head. Leaving the middle costs nothing. */
export class Waiting {
  size = 0;
  first: Sequence | undefined;
  #last: Sequence | undefined;

  append(sequence: Sequence): void {
    sequence.ahead = this.#last;
    sequence.behind = undefined;
    if (this.#last) this.#last.behind = sequence;
    else this.first = sequence;
    this.#last = sequence;
    this.size += 1;
  }

  prepend(sequence: Sequence): void {
    sequence.ahead = undefined;
    sequence.behind = this.first;
    if (this.first) this.first.ahead = sequence;
    else this.#last = sequence;
    this.first = sequence;
    this.size += 1;
  }

  remove({ ahead, behind }: Sequence): void {
    if (ahead) ahead.behind = behind;
    else this.first = behind;
    if (behind) behind.ahead = ahead;
    else this.#last = ahead;
    this.size -= 1;
  }
}
