import type { Ended } from 'k6/x/llmload';
import type { CommonSettings } from '../../settings/settings.ts';

/** What ended an exchange before its time. */
export type Cause = Extract<Ended, 'timeout_first' | 'timeout_idle' | 'timeout_total' | 'cancelled'>;

/** How long the end of a body may take once the terminal frame has come, ms; as in extension/exchange/watchdog.go. */
const LINGER = 1000;

/** How far an exchange is; moments in ms on one clock. */
export interface Progress {
  /** The call, from which the total counts. */
  began: number;
  /** A connection was in hand. */
  sent?: number;
  /** Data of the body came last. */
  lastRead?: number | undefined;
  gotFirst: boolean;
  /** The terminal frame came. */
  closing?: number;
  cancelAfter?: number | undefined;
}

/** The three limits, in ms. */
export type Limits = Pick<CommonSettings, 'timeout' | 'firstTokenTimeout' | 'idleTimeout'>;

/** Without a stream the first token comes with the last. */
export const limitsOf = ({ stream, timeout, firstTokenTimeout, idleTimeout }: CommonSettings): Limits =>
  stream ? { timeout, firstTokenTimeout, idleTimeout } : { timeout, firstTokenTimeout: timeout, idleTimeout: timeout };

/** The next moment at which a limit ends the exchange, and which; after the terminal frame it ends in order. */
export function deadline(p: Progress, limits: Limits): { at: number; cause: Cause | 'eof' } {
  if (p.closing !== undefined) return { at: p.closing + LINGER, cause: 'eof' };
  const next: { at: number; cause: Cause } = { at: p.began + limits.timeout, cause: 'timeout_total' };
  const earlier = (from: number | undefined, after: number | undefined, cause: Cause) => {
    if (from === undefined || after === undefined || from + after >= next.at) return;
    next.at = from + after;
    next.cause = cause;
  };
  if (!p.gotFirst) earlier(p.sent, limits.firstTokenTimeout, 'timeout_first');
  earlier(p.lastRead, limits.idleTimeout, 'timeout_idle');
  earlier(p.sent, p.cancelAfter, 'cancelled');
  return next;
}

/** One line for a cause. */
export function causeText(cause: Cause, limits: Limits): string {
  if (cause === 'timeout_first') return `no content within ${limits.firstTokenTimeout} ms`;
  if (cause === 'timeout_idle') return `no data for ${limits.idleTimeout} ms`;
  return cause === 'timeout_total' ? `not done within ${limits.timeout} ms` : 'cancelled by the reader';
}
