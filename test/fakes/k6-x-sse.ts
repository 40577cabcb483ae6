/**
 * k6/x/sse outside k6, over recorded bytes: what it shows of phymbert/xk6-sse. All in one call; lines by LF alone; a last line
 * without a line end, and a last event without a blank line, are lost; unknown lines are errors; an error does not end the
 * stream, only `close` does.
 */
import { ResponseReader } from '../../lib/client/http1/response.ts';

/** What the server does: bytes as characters 0 to 255 with the time that passes before each, and how it ends. */
export interface Served {
  receives: readonly { wait?: number; bytes: string }[];
  end: 'close' | 'reset' | 'silence';
}

export const sseServer = {
  answer: (_url: string): Served => ({ receives: [], end: 'close' }),
  /** Moves the test's clock. */
  pass: (_ms: number): void => {},
  asked: [] as { url: string; params: Params }[],
  /** Connections that were left open. */
  open: 0,
};

interface Params {
  method: string;
  headers: Record<string, string>;
  body: string;
  tags: Record<string, string>;
  timeout: string;
}
type Handler = (value: unknown) => void;

const decoded = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');
const canonical = (name: string): string => name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());

export default {
  open(url: string, params: Params, setup: (client: unknown) => void) {
    sseServer.asked.push({ url, params });
    const { receives, end } = sseServer.answer(url);
    const handlers: Record<string, Handler> = {};
    let closed = false;
    let left = Number.parseFloat(params.timeout);
    let headers: Record<string, string> = {};
    let status = 0;
    let line = '';
    let data = '';
    let comment = '';
    sseServer.open++;
    const client = {
      on: (event: string, handler: Handler) => {
        handlers[event] = handler;
      },
      close: () => {
        if (!closed) sseServer.open--;
        closed = true;
      },
    };
    const fail = (text: string) => handlers.error?.({ error: () => text });
    const take = (whole: string) => {
      const [, colon = '', rest = ''] = /^(data:|:) ?([\s\S]*)$/.exec(whole) ?? [];
      if (colon === 'data:') data += rest;
      else if (colon === ':') comment = rest.trimEnd();
      else if (whole === '\n' || whole === '\r\n') {
        handlers.event?.({ data: data.replace(/[\r\n]+$/, ''), comment });
        [data, comment] = ['', ''];
      } else if (!/^(id|event|retry):/.test(whole)) fail(`unknown event: ${whole}`);
    };
    const reader = new ResponseReader({
      head(head) {
        status = head.status;
        headers = Object.fromEntries(Object.entries(head.headers).map(([name, value]) => [canonical(name), value]));
        setup(client);
      },
      body(piece) {
        line += piece;
        for (let at = line.indexOf('\n'); at >= 0 && !closed; at = line.indexOf('\n')) {
          take(decoded(line.slice(0, at + 1)));
          line = line.slice(at + 1);
        }
      },
    });
    /** False once the client has gone. */
    const wait = (ms: number): boolean => {
      sseServer.pass(Math.min(ms, left));
      left -= ms;
      return left > 0;
    };
    const timedOut = 'context deadline exceeded (Client.Timeout or context cancellation while reading body)';
    let failure: string | undefined;
    for (const { wait: ms = 0, bytes } of receives) {
      if (closed || failure !== undefined) break;
      if (!wait(ms)) failure = timedOut;
      else reader.feed(bytes);
      if (reader.error) failure = reader.error;
    }
    if (!closed && !reader.done && failure === undefined) {
      if (end === 'reset') failure = 'read: connection reset by peer';
      else if (end === 'silence' && !wait(left)) failure = timedOut;
      else {
        reader.close();
        failure = reader.error;
      }
    }
    if (status === 0) {
      sseServer.open--;
      return { status, headers, error: `Post "${url}": ${failure}` };
    }
    if (!closed && failure !== undefined) {
      fail(failure);
      if (!closed) throw new Error('k6/x/sse hangs: the stream has failed, and nobody has closed it');
    }
    return { status, headers, error: '' };
  },
};
