/** What the mock knows it did for one request; clients are judged against it. Offsets are ms since `receivedAt`. */
export interface TruthEntry {
  /** The client's X-Request-Id, or one made here. */
  id: string;
  path: string;
  /** The model asked for; null while unknown (the body was no JSON, or has not come yet). */
  model: string | null;
  /** The model name in the answer; null where that is an error. */
  answered: string | null;
  /** The code in brackets that the prompt begins with, or asks answers to begin with; null without one. */
  nonce: string | null;
  /** Epoch ms, float: when the request's head had been read. */
  receivedAt: number;
  promptTokens: number;
  /** Those of them that the prefix cache had. */
  cachedTokens: number;
  /** Tokens written so far, reasoning included. */
  tokens: number;
  /** HTTP status; null while no head has been written. */
  status: number | null;
  /** The fault that struck, as asked (`reset=3`), or `dead`: the server was killed meanwhile; absent when none did. */
  fault?: string;
  /** Time spent waiting for a slot. */
  queuedMs: number;
  headersAt: number | null;
  /** When each frame with content or reasoning was written: just before the write, so no client can have it earlier. */
  frames: number[];
  /** How many of `frames`, counted from the first, carried reasoning. */
  reasoningFrames: number;
  /** When the answer was ended, or broken off by a fault; null while it runs and when the client left first. */
  end: number | null;
  clientGone: boolean;
}

export interface TruthLog {
  add(entry: TruthEntry): void;
  /** Oldest first. */
  entries(): TruthEntry[];
  /** Forgets everything; returns how many entries that was. */
  clear(): number;
}

/** A ring: a soak test may run for days, and the newest entries are the ones worth keeping. */
export function createTruthLog(capacity: number): TruthLog {
  let ring: TruthEntry[] = [];
  let oldest = 0;
  return {
    add(entry) {
      if (ring.length < capacity) {
        ring.push(entry);
        return;
      }
      ring[oldest] = entry;
      oldest = (oldest + 1) % capacity;
    },
    entries: () => [...ring.slice(oldest), ...ring.slice(0, oldest)],
    clear() {
      const count = ring.length;
      ring = [];
      oldest = 0;
      return count;
    },
  };
}

/** JSON in pieces: two hundred thousand entries with their frames are too long for one string. */
export function* truthJson(entries: readonly TruthEntry[]): Generator<string> {
  yield '[';
  for (const [index, entry] of entries.entries()) yield (index === 0 ? '' : ',') + JSON.stringify(entry);
  yield ']\n';
}
