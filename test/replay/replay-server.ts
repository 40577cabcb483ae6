/**
 * Answers requests with recorded bytes: the same chunks in the same order, and the recorded end. The first segment of
 * the path names the recording, so `BASE_URL=http://127.0.0.1:PORT/NAME` points a client at one.
 */
import { createServer, type Socket } from 'node:net';
import { setImmediate as tick, setTimeout as wait } from 'node:timers/promises';
import type { Recording } from './recording.ts';
import { RequestReader } from './request-reader.ts';

export interface ReplayOptions {
  /** `none` (default): a chunk follows as soon as the one before was handed to the kernel. A number: the recorded times × it. */
  pace?: 'none' | number;
  /** By recording: pause this long before and after one receive, so that what is in it stands alone in time. */
  isolate?: { ms: number; receive: Record<string, number> };
  /**
   * Close a kept-alive connection when a second request comes on it, without an answer: what a client meets at a server
   * that closes after each answer, such as llama.cpp. Default false.
   */
  dropReused?: boolean;
}

/** One request that was answered. Times are epoch ms. */
export interface Exchange {
  name: string;
  method: string;
  /** Path without the recording's name. */
  path: string;
  headers: Record<string, string>;
  body: string;
  /** The whole request had come. */
  at: number;
  /** When each receive was handed to the kernel. */
  sent: number[];
}

export interface Replay {
  url: string;
  /** What was asked, in order of arrival. */
  exchanges: Exchange[];
  /** Second requests on a connection that were closed without an answer (`dropReused`). */
  dropped: number;
  close(): Promise<void>;
}

export async function startReplay(recordings: Recording[], options: ReplayOptions = {}): Promise<Replay> {
  const byName = new Map(recordings.map((recording) => [recording.name, recording]));
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy()); // a client that leaves is no error of ours
    void serve(socket, byName, options, replay);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  const replay: Replay = {
    url: `http://127.0.0.1:${address.port}`,
    exchanges: [],
    dropped: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
  return replay;
}

/** Answers the requests of one connection, one after the other, until either side ends it. */
async function serve(socket: Socket, byName: Map<string, Recording>, options: ReplayOptions, replay: Replay) {
  const requests = new RequestReader(socket);
  for (let nth = 0; ; nth++) {
    const request = await requests.next();
    if (request === undefined) return;
    if (nth > 0 && options.dropReused) {
      replay.dropped++;
      socket.destroy();
      return;
    }
    const [, name = '', ...rest] = request.path.split('/');
    const recording = byName.get(name);
    if (recording === undefined) {
      socket.end(notRecorded(name, [...byName.keys()]));
      return;
    }
    const exchange: Exchange = { ...request, name, path: `/${rest.join('/')}`, at: epoch(), sent: [] };
    replay.exchanges.push(exchange);
    await send(socket, recording, exchange, options);
    if (socket.destroyed) return;
    if (!finish(socket, recording)) return;
  }
}

async function send(socket: Socket, recording: Recording, exchange: Exchange, options: ReplayOptions) {
  const isolated = options.isolate?.receive[recording.name];
  for (const [index, { at, bytes }] of recording.receives.entries()) {
    const alone = isolated !== undefined && (index === isolated || index === isolated + 1);
    if (alone) await wait(options.isolate?.ms);
    else if (typeof options.pace === 'number') await wait(Math.max(0, exchange.at + at * options.pace - epoch()));
    else await tick();
    if (socket.destroyed) return;
    await new Promise((flushed) => socket.write(bytes, flushed));
    exchange.sent.push(epoch());
  }
}

/** Ends the answer as recorded; true if the connection stays open for another request. */
function finish(socket: Socket, recording: Recording): boolean {
  switch (recording.closing) {
    case 'reset':
      socket.resetAndDestroy();
      return false;
    case 'server-eof':
    case 'client-abort': // the reader left; for whoever reads it again the bytes end here
      socket.end();
      return false;
    case 'chunked-end':
    case 'content-length':
      if (!saysClose(recording)) return true;
      socket.end();
      return false;
    default:
      return recording.closing satisfies never;
  }
}

function saysClose({ receives }: Recording): boolean {
  const [head = ''] = Buffer.concat(receives.map(({ bytes }) => bytes))
    .toString('latin1')
    .split('\r\n\r\n', 1);
  return /^connection: *close$/im.test(head);
}

function notRecorded(name: string, known: string[]): string {
  const body = `no recording ${JSON.stringify(name)}; known: ${known.join(', ')}\n`;
  return `HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
}

/** Epoch ms with the resolution of the monotonic clock. */
function epoch(): number {
  return performance.timeOrigin + performance.now();
}
