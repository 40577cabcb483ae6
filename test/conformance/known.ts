import type { Completion } from '../../lib/completion.ts';

/** What is known of an answer whatever the driver, and what is undefined left out. */
export function known(c: Pick<Completion, 'outcome' | 'frames' | 'tokenSource'> & Partial<Completion>): object {
  const { outcome, status, frames, answered, finish, usage, tokenSource } = c;
  const all = { outcome, status, frames, answered, finish, usage, tokenSource };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
