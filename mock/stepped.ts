import type { BatchEngine } from './batch/engine.ts';
import type { BatchSettings } from './batch/settings.ts';
import { blockKeys } from './blocks.ts';
import { EARLY_MS, now, timerAt } from './clock.ts';
import type { Engine, Job } from './engine.ts';
import { TOKENS_PER_WORD, wordsOf } from './text.ts';

/** Further behind than this, a loop was starved of its core: it goes on from now instead of running after the time. */
const STARVED_MS = 250;

/** Who looks on. */
export interface StepEvents {
  /** A step is over, by the schedule at `at`; it computed so many tokens, of prompts and answers. */
  stepped(at: number, tokens: number): void;
  /** The loop was starved: the step under way took so many ms longer than it should have. */
  starved(ms: number): void;
}

/**
 * Continuous batching in real time, one timer for all sequences. A step ends when the one before it ended plus what it
 * takes, however late the timers are, and hands its tokens to all sequences at once. Without work there is no timer.
 * `queue` requests beyond the places of a batch may wait; negative = any number.
 */
export function createSteppedEngine(batch: BatchEngine, queue: number, watcher: StepEvents): Engine {
  const { settings } = batch;
  const most = queue < 0 ? Infinity : settings.maxSequences + queue;
  /** When the step under way began, and when it ends; undefined while there is nothing to do. */
  let began = 0;
  let due: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  function begin(at: number): void {
    began = at;
    const ms = batch.begin();
    due = ms === undefined ? undefined : at + ms;
  }

  /** Does all steps that are over by now. */
  function catchUp(): void {
    const instant = now();
    while (due !== undefined && due <= instant + EARLY_MS) {
      if (due < instant - STARVED_MS) {
        watcher.starved(instant - due);
        due = instant;
      }
      const { decoded, prefilled } = batch.step;
      batch.finish();
      watcher.stepped(due, decoded + prefilled);
      begin(due);
    }
  }

  /** A timer that was armed for a step that is over by now fires for nothing, and arms the next. */
  function arm(): void {
    if (due === undefined || timer !== undefined) return;
    timer = timerAt(due, now(), tick);
  }

  function tick(): void {
    timer = undefined;
    catchUp();
    arm();
  }

  return {
    submit(job, events) {
      // A step that is over began without this job, so the one after it, which may take the job along, has to be planned now.
      catchUp();
      if (batch.running + batch.waiting >= most) return 'full';
      const sequence = batch.add(
        { promptTokens: job.promptTokens, outputTokens: job.tokens, blocks: keysOf(job, settings) },
        {
          scheduled: (cachedTokens) => events.started(began, cachedTokens),
          token(count) {
            const at = due as number;
            if (count === 1) events.first(at);
            events.produced(count, at);
          },
        },
      );
      if (sequence === 'too long') return { mostTokens: settings.kvTokens };
      if (due === undefined) {
        begin(now());
        arm();
      }
      return { release: () => batch.remove(sequence) };
    },
  };
}

/** Of the prompt and on into the answer. Token ids stand for words of one token each. */
function keysOf({ promptText, answerText, promptTokens }: Job, { blockTokens, prefixCache }: BatchSettings): number[] {
  if (!prefixCache) return [];
  const prompt = wordsOf(promptText());
  const tokensPerWord = prompt.length === promptTokens ? 1 : TOKENS_PER_WORD;
  return blockKeys([...prompt, ...wordsOf(answerText())], blockTokens / tokensPerWord);
}
