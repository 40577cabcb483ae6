import type { IncomingMessage, ServerResponse } from 'node:http';
import { now, roundMs } from './clock.ts';
import type { Link } from './link.ts';
import type { Network } from './network.ts';
import type { TruthEntry } from './truth.ts';

/** One request and the connection it came on. Whatever is done to the connection is stamped into the truth here. */
export interface Exchange {
  readonly entry: TruthEntry;
  /** When the request's head had been read, on the clock of `now()`. */
  readonly receivedAt: number;
  readonly over: boolean;
  /** Called once: the answer has ended, a fault broke it off, or the client left. At once, if that is so already. */
  onOver(listener: () => void): void;
  /**
   * Everything done inside leaves in one write, as a server sends what it has ready. It is done, and stamped, when the
   * network lets it pass; never for a client that has left by then.
   */
  batch(actions: () => void): void;
  headers(status: number, headers: Record<string, string | number>): void;
  frame(data: string | Uint8Array, tokens: number, kind: 'content' | 'reasoning'): void;
  /** `tokens` are those that the data delivers without being a frame. */
  write(data: string | Uint8Array, tokens?: number): void;
  end(closeConnection: boolean): void;
  /** RST, after what was written has reached the kernel. */
  reset(): void;
  /** These bytes as they are, then FIN. */
  cut(raw: string): void;
}

export function createExchange(
  request: IncomingMessage,
  response: ServerResponse,
  entry: TruthEntry,
  receivedAt: number,
  network: Network,
  link?: Link,
): Exchange {
  const { socket } = request;
  const listeners: (() => void)[] = [];
  let over = false;
  const offset = (): number => roundMs(now() - receivedAt);

  function settle(): void {
    if (over) return;
    over = true;
    for (const listener of listeners) listener();
  }

  function broken(): void {
    entry.end = offset();
    settle();
  }

  // One string, one write. Node's own chunking makes four pieces of it, which costs a fifth of the whole server.
  function write(data: string | Uint8Array): void {
    if (typeof data === 'string' && response.chunkedEncoding && response.socket !== null) {
      socket.write(`${Buffer.byteLength(data).toString(16)}\r\n${data}\r\n`);
    } else {
      response.write(data);
    }
  }

  // For the server an answer goes on, and is over, without what a slow link still holds.
  const leave = link ? link.pass : (_bytes: number, go: () => void): void => go();
  const send = link ? (data: string | Uint8Array) => leave(Buffer.byteLength(data), () => write(data)) : write;

  function lost(): void {
    if (over) return;
    if (network.wasReset(socket)) {
      entry.fault = 'dead';
      entry.end = offset();
    } else entry.clientGone = true;
    settle();
  }

  response.once('close', () => network.pass(lost));

  return {
    entry,
    receivedAt,
    get over() {
      return over;
    },
    onOver(listener) {
      if (over) listener();
      else listeners.push(listener);
    },
    batch(actions) {
      network.pass(() => {
        if (socket.destroyed) return;
        socket.cork();
        actions();
        socket.uncork();
      });
    },
    headers(status, headers) {
      entry.status = status;
      entry.headersAt = offset();
      response.writeHead(status, headers);
      response.flushHeaders();
    },
    frame(data, tokens, kind) {
      // Stamped before the write: what a client measures can only be later.
      entry.frames.push(offset());
      entry.tokens += tokens;
      if (kind === 'reasoning') entry.reasoningFrames += 1;
      send(data);
    },
    write(data, tokens = 0) {
      entry.tokens += tokens;
      send(data);
    },
    end(closeConnection) {
      entry.end = offset();
      if (closeConnection) response.once('finish', () => socket.destroySoon());
      leave(0, () => response.end());
      settle();
    },
    reset() {
      broken();
      leave(0, () => socket.write('', () => socket.resetAndDestroy()));
    },
    cut(raw) {
      broken();
      leave(Buffer.byteLength(raw), () => {
        socket.write(raw);
        socket.destroySoon();
      });
    },
  };
}
