import { levels } from './closed.ts';
import type { Plan } from './plan.ts';

interface ConversationLoad {
  concurrency: number;
  conversations: number | undefined;
  duration: number | undefined;
  /** Mean, ms. */
  thinkTime: number;
  warmup: number;
  timeout: number;
}

/**
 * Closed loop of users, each in one conversation at a time: never more than CONCURRENCY requests are in flight, and fewer
 * while users think. A count of conversations or a time ends it, the first reached; with neither set, `usual` of them do.
 */
export function conversationLoad(settings: ConversationLoad, usual: number): Plan {
  const { concurrency, conversations, duration, thinkTime, warmup, timeout } = settings;
  const count = conversations ?? (duration === undefined ? usual : undefined);
  const plan = levels({ levels: [concurrency], duration, requests: count, warmup, timeout });
  // The count is one of iterations: how many requests they are is not known before.
  const steps = plan.steps.map(({ requests, ...step }) => ({
    ...step,
    load: { kind: 'closed', concurrency, thinkTime } as const,
  }));
  return { ...plan, steps };
}
