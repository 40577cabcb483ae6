import { EARLY_MS, now, timerAt } from './clock.ts';
import type { Engine, Job, JobEvents } from './engine.ts';
import { createSlots } from './slots.ts';

/**
 * The plain engine: token i exists at start + ttft + i × token, whatever the others do. Times are an absolute
 * schedule, never one timer after the other, so a late token does not move the ones behind it.
 */
export function createPacedEngine(slots: number, queue: number): Engine {
  const pool = createSlots(slots, queue);
  return {
    submit(job, events) {
      let stop: (() => void) | undefined;
      let immediate = true;
      const free = pool.acquire(() => {
        const start = immediate ? job.since : now();
        events.started(start);
        stop = pace(job, start, events);
      });
      immediate = false;
      if (free === 'full') return 'full';
      return {
        release() {
          stop?.();
          free();
        },
      };
    },
  };
}

function pace(job: Job, start: number, events: JobEvents): () => void {
  const interval = (ms: number): number => ms * (1 + job.jitter * (2 * job.random() - 1));
  let count = 0;
  const first = start + interval(job.ttftMs);
  let due = first;
  let last = first;

  const tick = (): void => {
    const before = count;
    const instant = now();
    while (count < job.tokens && due <= instant + EARLY_MS) {
      count += 1;
      last = due;
      due += interval(job.tokenMs);
    }
    // Armed before anybody is told: whoever hears of the last token may release the job there and then.
    if (count < job.tokens) arm(instant);
    if (count === before) return;
    if (before === 0) events.first(first);
    events.produced(count, last);
  };

  let timer: NodeJS.Timeout | undefined;
  const arm = (instant: number): void => {
    timer = timerAt(due, instant, tick);
  };

  arm(now());
  return () => clearTimeout(timer);
}
