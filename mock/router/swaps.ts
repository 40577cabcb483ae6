import type { Client } from './client.ts';
import type { Head, Sink, Source } from './sink.ts';

/** Gives two requests of one kind that are in flight at the same time each other's answers. */
export interface Swaps {
  /**
   * @param kind answers that a client cannot tell apart: the same path, model and way of streaming
   * @param struck waits for a partner; any request may become that
   */
  offer(kind: string, source: Source, client: Client, struck: boolean): void;
}

/** An answer of which at most one chunk has come, and the client that it would honestly go to. */
interface Held {
  client: Client;
  /** Sends it there, from its beginning. */
  release(client: Client): void;
}

export function createSwaps(): Swaps {
  const lonely = new Map<string, Held>();

  /** An answer that finds no partner before its second chunk goes out honestly: it has waited for no more than a token. */
  function hold(kind: string, source: Source, client: Client): void {
    let head: Head | undefined;
    let first: Buffer | undefined;
    const held: Held = {
      client,
      release(to) {
        if (lonely.get(kind) === held) lonely.delete(kind);
        join(source, to);
        if (head) to.head(head);
        if (first) to.chunk(first);
      },
    };
    const honestly = (): Sink => {
      held.release(client);
      return client;
    };
    client.from = source;
    source.to = {
      head(given) {
        head = given;
      },
      chunk(data) {
        if (first) return honestly().chunk(data);
        first = data;
        return true;
      },
      end: (trailers) => honestly().end(trailers),
      broken: () => honestly().broken(),
    };
    lonely.set(kind, held);
  }

  return {
    offer(kind, source, client, struck) {
      const partner = lonely.get(kind);
      if (partner !== undefined && !partner.client.over) {
        join(source, partner.client);
        partner.release(client);
      } else if (struck) {
        hold(kind, source, client);
      }
    },
  };
}

function join(source: Source, client: Client): void {
  source.to = client;
  client.from = source;
}
