import { EARLY_MS, now, timerAt } from './clock.ts';
import type { Engine, Job, JobEvents } from './engine.ts';
import { createSlots } from './slots.ts';
import { Tempo } from './tempo.ts';

/**
 * The plain engine: token i exists at start + ttft + i × token, whatever the others do. Times are an absolute
 * schedule, never one timer after the other, so a late token does not move the ones behind it. When the tempo changes,
 * what is left of the interval under way changes with it.
 */
export function createPacedEngine(slots: number, queue: number, tempo = new Tempo()): Engine {
  const pool = createSlots(slots, queue);
  return {
    submit(job, events) {
      let stop: (() => void) | undefined;
      let immediate = true;
      const free = pool.acquire(() => {
        const start = immediate ? job.since : now();
        events.started(start);
        stop = pace(job, start, tempo, events);
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

function pace(job: Job, start: number, tempo: Tempo, events: JobEvents): () => void {
  const interval = (ms: number): number => ms * (1 + job.jitter * (2 * job.random() - 1));
  let count = 0;
  /** Of the interval under way. */
  let slow = tempo.prompts;
  let due = start + interval(job.ttftMs) * slow;
  let first = due;
  let last = due;

  const tick = (): void => {
    const before = count;
    const instant = now();
    while (count < job.tokens && due <= instant + EARLY_MS) {
      if (count === 0) first = due;
      count += 1;
      last = due;
      slow = tempo.tokens;
      due += interval(job.tokenMs) * slow;
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

  const forget = tempo.onChange(() => {
    if (count === job.tokens) return;
    const instant = now();
    const before = slow;
    slow = count === 0 ? tempo.prompts : tempo.tokens;
    if (due > instant) due = instant + ((due - instant) * slow) / before;
    clearTimeout(timer);
    arm(instant);
  });

  arm(now());
  return () => {
    forget();
    clearTimeout(timer);
  };
}
