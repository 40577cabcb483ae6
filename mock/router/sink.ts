import type { ApiError, Protocol } from '../protocol.ts';

/** Begins an answer. */
export interface Head {
  status: number;
  /** Name, value, name, value, … */
  headers: string[];
  /** How long the router waited for the backend: from the request sent to its headers, ms. Undefined: its own answer. */
  waitedMs: number | undefined;
}

/** Takes an answer piece by piece. */
export interface Sink {
  head(head: Head): void;
  /** False: that is enough until the source's `resume`. */
  chunk(data: Buffer): boolean;
  /** @param trailers name, value, name, value, … */
  end(trailers: string[]): void;
  /** The answer broke off. */
  broken(): void;
}

/** Where an answer comes from. */
export interface Source {
  /** Who gets it; may change while nothing has been sent. */
  to: Sink;
  resume(): void;
  /** Nobody wants it any more. */
  cancel(): void;
}

/** An answer of the router's own: an error, as the API says it. @param more headers, name, value, … */
export function refuse(
  to: Sink,
  protocol: Protocol,
  status: number,
  error: ApiError,
  more: readonly string[] = [],
): void {
  const body = Buffer.from(protocol.error(error));
  const headers = ['Content-Type', 'application/json; charset=utf-8', 'Content-Length', `${body.length}`, ...more];
  to.head({ status, headers, waitedMs: undefined });
  to.chunk(body);
  to.end([]);
}
