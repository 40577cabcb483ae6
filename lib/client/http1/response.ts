/** The status line and the headers of an answer. */
export interface Head {
  status: number;
  /** Names in lower case; several values are joined by ", ". */
  headers: Record<string, string>;
}

/** Takes an answer as it comes; bytes are characters 0 to 255. */
export interface TakeAnswer {
  head(head: Head): void;
  body(piece: string): void;
}

/** More bytes of status line and headers, or of a line between chunks, are no HTTP. */
const LARGEST_HEAD = 1 << 18;
const LARGEST_LINE = 1 << 12;

type State = 'head' | 'sized' | 'chunk size' | 'chunk' | 'chunk end' | 'trailer' | 'until close' | 'done';

/**
 * Reads one HTTP/1.1 answer (RFC 9112) in whatever pieces it arrives: chunked with extensions and trailers, of a known
 * length, or until the connection closes; 1xx answers before it are passed over. Not for answers to HEAD or CONNECT.
 */
export class ResponseReader {
  private readonly take: TakeAnswer;
  private state: State = 'head';
  /** Head, chunk size or trailer, as far as it came. */
  private text = '';
  /** Bytes still to come of a sized body, or of a chunk. */
  private left = 0;
  /** What is wrong with the answer; nothing is read after it. */
  error: string | undefined;

  constructor(take: TakeAnswer) {
    this.take = take;
  }

  get done(): boolean {
    return this.state === 'done';
  }

  feed(piece: string): void {
    let rest = piece;
    while (rest !== '' && this.error === undefined && this.state !== 'done')
      rest = (this.state === 'chunk size' ? this.wholeChunk(rest) : undefined) ?? this.step(rest);
  }

  /** The connection is closed: the end of some bodies, and too early for all else. */
  close(): void {
    if (this.state === 'until close') this.state = 'done';
    else if (this.state !== 'done') this.error ??= 'unexpected EOF';
  }

  /** The common case, once a token: takes a chunk that has come whole, with its size and its end; undefined where it has not. */
  private wholeChunk(piece: string): string | undefined {
    if (this.text !== '') return undefined;
    const end = piece.indexOf('\r\n');
    const size = end > 0 && end < 13 ? Number(`0x${piece.slice(0, end)}`) : 0;
    const last = end + 2 + size;
    if (!(size > 0) || piece.charAt(last) !== '\r' || piece.charAt(last + 1) !== '\n') return undefined;
    this.take.body(piece.slice(end + 2, last));
    return piece.slice(last + 2);
  }

  /** Takes what it can and returns the rest. */
  private step(piece: string): string {
    switch (this.state) {
      case 'head':
        return this.head(piece);
      case 'chunk size':
        return this.line(piece, (line) => this.size(line));
      case 'chunk end':
        return this.line(piece, (line) => {
          if (line !== '') this.error = 'a chunk is longer than its size';
          this.state = 'chunk size';
        });
      case 'trailer':
        return this.line(piece, (line) => {
          if (line === '') this.state = 'done';
        });
      case 'until close':
        this.take.body(piece);
        return '';
      case 'sized':
      case 'chunk': {
        const part = piece.length <= this.left ? piece : piece.slice(0, this.left);
        this.left -= part.length;
        const next = this.state === 'sized' ? 'done' : 'chunk end';
        if (this.left === 0) this.state = next;
        this.take.body(part);
        return piece.slice(part.length);
      }
      case 'done':
        return '';
      default:
        return this.state satisfies never;
    }
  }

  private line(piece: string, take: (line: string) => void): string {
    const end = piece.indexOf('\n');
    this.text += end < 0 ? piece : piece.slice(0, end);
    if (this.text.length > LARGEST_LINE) this.error = 'a line between chunks is too long';
    if (end < 0) return '';
    const line = this.text.endsWith('\r') ? this.text.slice(0, -1) : this.text;
    this.text = '';
    take(line);
    return piece.slice(end + 1);
  }

  private size(line: string): void {
    const end = line.indexOf(';'); // an extension
    const digits = (end < 0 ? line : line.slice(0, end)).trimEnd();
    this.left = digits.length > 12 ? Number.NaN : Number(`0x${digits}`); // once a token: a pattern takes ten times as long
    if (Number.isNaN(this.left)) {
      this.error = 'malformed chunked encoding';
      return;
    }
    this.state = this.left === 0 ? 'trailer' : 'chunk';
  }

  private head(piece: string): string {
    const before = this.text.length;
    this.text += piece;
    // The blank line may have begun in the piece before.
    const end = /\n\r?\n/g;
    end.lastIndex = Math.max(0, before - 2);
    if (!end.exec(this.text)) {
      if (this.text.length > LARGEST_HEAD) this.error = 'the headers are too long';
      else if (this.text.length >= 5 && !this.text.startsWith('HTTP/')) this.error = 'malformed HTTP response';
      return '';
    }
    const whole = this.text;
    this.text = '';
    this.read(whole.slice(0, end.lastIndex));
    return whole.slice(end.lastIndex);
  }

  private read(text: string): void {
    const [first = '', ...lines] = text.trimEnd().split(/\r?\n/);
    const [, code] = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first) ?? [];
    if (code === undefined) {
      this.error = 'malformed HTTP response';
      return;
    }
    const status = Number(code);
    const headers: Record<string, string> = {};
    for (const line of lines) {
      const colon = line.indexOf(':');
      if (colon < 1) {
        this.error = 'malformed header';
        return;
      }
      const name = line.slice(0, colon).toLowerCase();
      const value = line.slice(colon + 1).trim();
      headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
    }
    if (status < 200 && status !== 101) return; // the answer is yet to come
    this.state = this.bodyOf(status, headers);
    if (this.error === undefined) this.take.head({ status, headers });
  }

  /** How the body ends (RFC 9112, 6.3). */
  private bodyOf(status: number, headers: Record<string, string>): State {
    if (status === 204 || status === 304 || status === 101) return 'done';
    const coding = headers['transfer-encoding'];
    if (coding !== undefined) {
      if (coding.toLowerCase() !== 'chunked') this.error = `transfer coding ${coding} is not understood`;
      return 'chunk size';
    }
    const length = headers['content-length'];
    if (length === undefined) return 'until close';
    const sizes = new Set(length.split(',').map((size) => size.trim()));
    const [size = ''] = sizes;
    if (sizes.size > 1 || !/^\d{1,15}$/.test(size)) {
      this.error = 'bad Content-Length';
      return 'done';
    }
    this.left = Number(size);
    return this.left === 0 ? 'done' : 'sized';
  }
}
