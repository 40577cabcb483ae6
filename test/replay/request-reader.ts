import type { Socket } from 'node:net';

export interface Request {
  method: string;
  path: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: string;
}

/** Cuts what comes in on a connection into HTTP/1.1 requests. Bodies need a Content-Length, as every client under test sends. */
export class RequestReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#chunks = socket[Symbol.asyncIterator]();
  }

  /** The next request; undefined when the client has left. */
  async next(): Promise<Request | undefined> {
    let end = this.#rest.indexOf('\r\n\r\n');
    for (; end < 0; end = this.#rest.indexOf('\r\n\r\n')) if (!(await this.#more())) return undefined;
    const [first = '', ...lines] = this.#rest.toString('latin1', 0, end).split('\r\n');
    const [method = '', path = ''] = first.split(' ');
    const headers = Object.fromEntries(lines.map(header));
    const from = end + 4;
    const to = from + Number(headers['content-length'] ?? 0);
    while (this.#rest.length < to) if (!(await this.#more())) return undefined;
    const body = this.#rest.toString('utf8', from, to);
    this.#rest = this.#rest.subarray(to);
    return { method, path, headers, body };
  }

  async #more(): Promise<boolean> {
    try {
      const { done, value } = await this.#chunks.next();
      if (done) return false;
      this.#rest = Buffer.concat([this.#rest, value]);
      return true;
    } catch {
      return false; // reset by the client
    }
  }
}

function header(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
