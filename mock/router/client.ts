import type { IncomingMessage, ServerResponse } from 'node:http';
import { now } from '../clock.ts';
import type { Sink, Source } from './sink.ts';

/** Who asked. What it is given goes out at once. */
export interface Client extends Sink {
  /** Where its answer comes from; told when the client leaves. */
  from: Source | undefined;
  /** It left, or has its whole answer. */
  readonly over: boolean;
}

/** @param added told what the router added to each answer of a backend until its head went out, ms */
export function createClient(request: IncomingMessage, response: ServerResponse, added: (ms: number) => void): Client {
  const receivedAt = now();
  const { socket } = request;
  const resume = (): void => client.from?.resume();
  let pending = '';
  const flush = (): void => {
    const text = pending;
    pending = '';
    if (text !== '') socket.write(text, 'latin1');
  };
  let over = false;

  response.once('close', () => {
    over = true;
    client.from?.cancel();
  });

  const client: Client = {
    from: undefined,
    get over() {
      return over;
    },
    head({ status, headers, waitedMs }) {
      if (waitedMs !== undefined) {
        const addedMs = Math.max(0, now() - receivedAt - waitedMs);
        added(addedMs);
        headers.push('X-Router-Added-Ms', addedMs.toFixed(3));
      }
      response.writeHead(status, headers);
      response.flushHeaders();
    },
    // What was read at once leaves in one write. Node's own chunking makes four pieces of each chunk.
    chunk(data) {
      if (over) return true;
      if (response.socket === null) {
        // A pipelined request, whose turn has not come: Node keeps its answer.
        response.write(data);
        return true;
      }
      if (pending === '') process.nextTick(flush);
      const bytes = data.toString('latin1');
      pending += response.chunkedEncoding ? `${data.length.toString(16)}\r\n${bytes}\r\n` : bytes;
      if (!socket.writableNeedDrain) return true;
      socket.once('drain', resume);
      return false;
    },
    end(trailers) {
      const pairs: [string, string][] = [];
      for (let i = 0; i + 1 < trailers.length; i += 2) pairs.push([trailers[i] ?? '', trailers[i + 1] ?? '']);
      if (pairs.length > 0) response.addTrailers(pairs);
      flush();
      response.end();
    },
    broken() {
      flush();
      socket.destroySoon();
    },
  };
  return client;
}
