/** Lets so many in at a time; the others wait in the order in which they came. */
export interface Gate {
  readonly waiting: number;
  /** Who comes now has to wait. */
  readonly full: boolean;
  /** Calls `go` at once, or when its turn comes. */
  enter(go: () => void): void;
  /** One that was let in is done. */
  leave(): void;
  /** One that waits does not want in any more. */
  giveUp(go: () => void): void;
}

export function createGate(limit: number): Gate {
  // A Set keeps insertion order, and one who leaves the middle of a long queue costs nothing.
  const queue = new Set<() => void>();
  let inside = 0;
  return {
    get waiting() {
      return queue.size;
    },
    get full() {
      return inside >= limit;
    },
    enter(go) {
      if (inside >= limit) {
        queue.add(go);
        return;
      }
      inside += 1;
      go();
    },
    leave() {
      const [next] = queue;
      if (next === undefined) {
        inside -= 1;
        return;
      }
      queue.delete(next);
      next();
    },
    giveUp(go) {
      queue.delete(go);
    },
  };
}
