import { createGate } from './gate.ts';

export interface Slots {
  /**
   * Calls `granted` once a slot is free (at once, if one is) and returns the function that gives it back, or leaves
   * the queue when it has not been granted yet. 'full' when as many wait as may.
   */
  acquire(granted: () => void): (() => void) | 'full';
}

/** First come, first served. `limit` 0 = no limit; `queue` = how many may wait, negative = any number. */
export function createSlots(limit: number, queue: number): Slots {
  const gate = createGate(limit === 0 ? Infinity : limit);
  return {
    acquire(granted) {
      if (gate.full && queue >= 0 && gate.waiting >= queue) return 'full';
      let state: 'waiting' | 'holding' | 'done' = 'waiting';
      const take = (): void => {
        state = 'holding';
        granted();
      };
      gate.enter(take);
      return () => {
        const before = state;
        state = 'done';
        if (before === 'waiting') gate.giveUp(take);
        if (before === 'holding') gate.leave();
      };
    },
  };
}
