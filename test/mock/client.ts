import { connect, type Socket } from 'node:net';
import { expect } from 'vitest';
import type { Mock } from '../../mock/index.ts';

/** What came over the socket, byte for byte as far as it came. */
export interface Reply {
  /** undefined when no head came. */
  status: number | undefined;
  headers: Record<string, string>;
  /** Without the HTTP framing; of a chunk that was cut, what there is. */
  body: string;
  bytes: Buffer;
  /** `open`: the caller hung up first. */
  ending: 'complete' | 'fin' | 'reset' | 'open';
  /** For answers on a kept connection: whether the server closed it after a complete one. */
  closed: Promise<void>;
}

export interface Question {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  /** An object is sent as JSON, a text as it is. */
  body?: unknown;
  /** Hang up (destroy the socket) as soon as this holds. */
  leaveWhen?: (reply: Pick<Reply, 'status' | 'body'>) => boolean;
  /** Hang up once this has happened. */
  leave?: Promise<void>;
  /** Leave the connection open after a complete answer, to see who closes it. */
  keep?: boolean;
}

/** Waits for what a busy machine may take long to do. */
export const soon = <T>(look: () => T): ReturnType<typeof expect.poll<T>> =>
  expect.poll(look, { timeout: 15_000, interval: 5 });

/** The smallest chat request. */
export const chat = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  model: 'mock',
  stream: true,
  messages: [{ role: 'user', content: 'tell me a story' }],
  ...more,
});

/** One request on a connection of its own. A plain socket, because HTTP clients hide how a connection ends. */
export function ask(mock: Pick<Mock, 'port'>, question: Question = {}): Promise<Reply> {
  const socket = connect({ port: mock.port, host: '127.0.0.1', allowHalfOpen: true });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  let received = Buffer.alloc(0);
  send(socket, question);
  return new Promise((resolve) => {
    // Only the first call counts.
    const settle = (ending: Reply['ending']): void => {
      if (!question.keep) socket.destroy();
      resolve({ ...parse(received), ending, closed });
    };
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      const { complete, ...reply } = parse(received);
      if (complete) settle('complete');
      else if (question.leaveWhen?.(reply)) settle('open');
    });
    question.leave?.then(() => {
      socket.destroy();
      settle('open');
    });
    // libuv reports an end too when data and RST arrive together. Only after a mere FIN does the kernel still take a byte.
    socket.on('end', () => {
      socket.write('?', (error) => {
        settle(error ? 'reset' : 'fin');
        socket.destroy();
      });
    });
    socket.on('error', () => settle('reset'));
  });
}

function send(socket: Socket, { method = 'POST', path = '/v1/chat/completions', headers = {}, body }: Question): void {
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const lines = Object.entries({ Host: 'mock', 'Content-Length': Buffer.byteLength(text), ...headers });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.write(`${method} ${path} HTTP/1.1\r\n${head}\r\n${text}`);
}

function parse(received: Buffer): Omit<Reply, 'ending' | 'closed'> & { complete: boolean } {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return { status: undefined, headers: {}, body: '', bytes: Buffer.alloc(0), complete: false };
  const [first = '', ...lines] = received.subarray(0, end).toString().split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => splitOnce(line.toLowerCase(), line)));
  const rest = received.subarray(end + 4);
  const length = headers['content-length'];
  const { bytes, complete } =
    length === undefined ? dechunk(rest) : { bytes: rest, complete: rest.length >= Number(length) };
  return { status: Number(first.split(' ')[1]), headers, body: bytes.toString(), bytes, complete };
}

function splitOnce(lower: string, line: string): [string, string] {
  const colon = line.indexOf(':');
  return [lower.slice(0, colon), line.slice(colon + 1).trim()];
}

function dechunk(rest: Buffer): { bytes: Buffer; complete: boolean } {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = rest.indexOf('\r\n', at);
    if (lineEnd < 0) return { bytes: Buffer.concat(parts), complete: false };
    const size = Number.parseInt(rest.subarray(at, lineEnd).toString(), 16);
    if (size === 0) return { bytes: Buffer.concat(parts), complete: true };
    parts.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size));
    if (rest.length < lineEnd + 2 + size + 2) return { bytes: Buffer.concat(parts), complete: false };
    at = lineEnd + 2 + size + 2;
  }
}

/** The fields the tests look at, of any frame of either API. */
export interface Frame {
  id: string;
  object: string;
  model: string;
  choices: {
    delta?: { role?: string; content?: string; reasoning_content?: string };
    text?: string;
    message?: { role: string; content: string; reasoning_content?: string };
    finish_reason: string | null;
  }[];
  usage?: {
    prompt_tokens: number;
    completion_tokens: number;
    total_tokens: number;
    prompt_tokens_details: { cached_tokens: number };
    completion_tokens_details: { reasoning_tokens: number };
  };
  error?: { message: string; type: string; code: unknown };
}

/** The payload of each `data:` line. */
export function payloads(body: string): string[] {
  return body.split('\n\n').flatMap((event) => (event.startsWith('data: ') ? [event.slice(6)] : []));
}

/** The payloads that are JSON. */
export function frames(body: string): Frame[] {
  return payloads(body).flatMap((payload) => {
    try {
      return [JSON.parse(payload) as Frame];
    } catch {
      return [];
    }
  });
}

/** Text of each frame with content or reasoning. */
export function texts(body: string): string[] {
  return frames(body).flatMap(({ choices }) => {
    const [choice] = choices ?? [];
    const text = choice?.delta?.content || choice?.delta?.reasoning_content || choice?.text;
    return text ? [text] : [];
  });
}

/** The reason in the last frame that gives one. */
export function finishReason(body: string): string | undefined {
  return frames(body)
    .flatMap(({ choices }) => choices?.[0]?.finish_reason ?? [])
    .at(-1);
}
