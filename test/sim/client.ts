import { Heap } from './heap.ts';
import type { Rows } from './rows.ts';
import type { Server } from './servers.ts';

/** What the client itself can do. */
export interface Client {
  /** Requests a second that it manages to send. */
  capacity: number;
  /** Default 2. */
  cores?: number;
}

/**
 * A server as a busy client sees it: a request waits until the client comes to send it, and its answer waits as long again
 * until the client comes to read it.
 */
export function seenBy({ capacity }: Client, server: Server, rows: Rows): Server {
  const unsent = new Heap();
  const unread = new Heap();
  const late = new Map<number, number>();
  let ready = 0;
  return {
    arrive(at, row) {
      const sent = Math.max(at, ready);
      ready = sent + 1000 / capacity;
      late.set(row, sent - at);
      rows.t[row] = sent;
      unsent.push(sent, row);
    },
    next: () => Math.min(unsent.least(), unread.least(), server.next()),
    happen() {
      if (unread.least() <= Math.min(unsent.least(), server.next())) return unread.pop();
      if (unsent.least() < server.next()) {
        server.arrive(unsent.least(), unsent.pop());
        return -1;
      }
      const at = server.next();
      const row = server.happen();
      if (row < 0) return row;
      const delay = late.get(row) as number;
      late.delete(row);
      rows.ttft[row] = (rows.ttft[row] as number) + delay;
      rows.end[row] = (rows.end[row] as number) + delay;
      unread.push(at + delay, row);
      return -1;
    },
  };
}
