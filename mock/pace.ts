import { now } from './clock.ts';
import type { Engine, Job, JobEvents } from './engine.ts';
import { createSlots } from './slots.ts';

/**
 * A timer counts whole ms on a clock that stood still while the loop was busy, so it can fire early. Up to this much
 * early is taken as on time: a second timer would only make the token later by more.
 */
const EARLY_MS = 0.5;

/**
 * The plain engine: token i exists at start + ttft + i × token, whatever the others do. Times are an absolute
 * schedule, never one timer after the other, so a late token does not move the ones behind it.
 */
export function createPacedEngine(slots: number, queue: number): Engine {
  const pool = createSlots(slots, queue);
  return {
    submit(job, events) {
      const submitted = now();
      let stop: (() => void) | undefined;
      let immediate = true;
      const free = pool.acquire(() => {
        const granted = now();
        events.started(immediate ? 0 : granted - submitted);
        stop = pace(job, immediate ? job.since : granted, events);
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
  let due = start + interval(job.ttftMs);

  const tick = (): void => {
    const before = count;
    const instant = now();
    while (count < job.tokens && due <= instant + EARLY_MS) {
      count += 1;
      due += interval(job.tokenMs);
    }
    // Armed before anybody is told: whoever hears of the last token may release the job there and then.
    if (count < job.tokens) arm(instant);
    if (count > before) events.produced(count);
  };

  let timer: NodeJS.Timeout | undefined;
  const arm = (instant: number): void => {
    timer = setTimeout(tick, Math.max(0, Math.ceil(due - instant)));
  };

  arm(now());
  return () => clearTimeout(timer);
}
