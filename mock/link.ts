import { now, timerAt } from './clock.ts';

/** The way out of the server's machine: what is sent leaves one after the other, at so many bytes a second. */
export interface Link {
  readonly bytesPerSecond: number;
  /** Bytes that have left. */
  readonly sent: number;
  /** Calls `leave` when these bytes have left, after all that came before. */
  pass(bytes: number, leave: () => void): void;
}

export function createLink(bytesPerSecond: number): Link {
  const waiting: { at: number; bytes: number; leave: () => void }[] = [];
  let sent = 0;
  /** When the last of those that wait leaves. */
  let free = 0;

  function leaveNow(): void {
    for (let next = waiting[0]; next !== undefined && next.at <= now(); next = waiting[0]) {
      waiting.shift();
      sent += next.bytes;
      next.leave();
    }
    arm();
  }

  function arm(): void {
    const next = waiting[0];
    if (next !== undefined) timerAt(next.at, now(), leaveNow);
  }

  return {
    bytesPerSecond,
    get sent() {
      return sent;
    },
    pass(bytes, leave) {
      free = Math.max(free, now()) + (1000 * bytes) / bytesPerSecond;
      waiting.push({ at: free, bytes, leave });
      if (waiting.length === 1) arm();
    },
  };
}
