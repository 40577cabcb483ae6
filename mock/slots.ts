export interface Slots {
  /**
   * Calls `granted` once a slot is free (at once, if one is) and returns the function that gives it back, or leaves
   * the queue when it has not been granted yet. 'full' when as many wait as may.
   */
  acquire(granted: () => void): (() => void) | 'full';
}

/** First come, first served. `limit` 0 = no limit; `queue` = how many may wait, negative = any number. */
export function createSlots(limit: number, queue: number): Slots {
  let busy = 0;
  // A Set keeps insertion order, and one who leaves the middle of a long queue costs nothing.
  const waiting = new Set<() => void>();

  function giveBack(): void {
    const [next] = waiting;
    if (next === undefined) {
      busy -= 1;
      return;
    }
    waiting.delete(next);
    next();
  }

  return {
    acquire(granted) {
      let state: 'waiting' | 'holding' | 'done' = 'waiting';
      const take = (): void => {
        state = 'holding';
        granted();
      };
      if (limit === 0 || busy < limit) {
        busy += 1;
        take();
      } else if (queue >= 0 && waiting.size >= queue) {
        return 'full';
      } else {
        waiting.add(take);
      }
      return () => {
        const before = state;
        state = 'done';
        if (before === 'waiting') waiting.delete(take);
        if (before === 'holding') giveBack();
      };
    },
  };
}
