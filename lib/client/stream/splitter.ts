/** Beside its payload a line may hold as much: "data: " and a CR. */
const LINE_OVERHEAD = 8;

/** A byte order mark: of a text, and of bytes that are not decoded. */
const MARK = /^(?:\uFEFF|\u00EF\u00BB\u00BF)/;

/** Takes one payload: the joined data lines of an event, or one line of NDJSON. `at`: its last byte came then. */
export type TakeFrame = (payload: string, at: number) => void;

/**
 * Cuts a body into frames, in whatever pieces it arrives: extension/stream/frames.go in JavaScript. A frame bears the time
 * of the piece that brought the last byte of its last data line, not of the blank line that may come later. Pieces are text,
 * or bytes as characters 0 to 255.
 */
export class Splitter {
  private readonly sse: boolean;
  private readonly max: number;
  private readonly take: TakeFrame;
  /** An unfinished line, and when its last part came. */
  private line = '';
  private lineAt = 0;
  /** The data lines of an unfinished event. */
  private data: string | undefined;
  private dataAt = 0;
  /** The last piece ended in CR: an LF that comes next belongs to it. */
  private skipLf = false;
  private started = false;

  /** @param max largest frame, in bytes */
  constructor(framing: 'sse' | 'ndjson', max: number, take: TakeFrame) {
    this.sse = framing === 'sse';
    this.max = max;
    this.take = take;
  }

  /** Takes the next piece. False: a frame is too large. */
  feed(piece: string, at: number): boolean {
    let from = this.skipLf && piece.charAt(0) === '\n' ? 1 : 0;
    if (piece !== '') this.skipLf = false;
    let cr = piece.indexOf('\r', from);
    let lf = piece.indexOf('\n', from);
    while (cr >= 0 || lf >= 0) {
      // The common case: a whole event of one data line, ended by LF.
      if (cr < 0 && this.sse && this.started && this.line === '' && this.data === undefined) {
        if (piece.startsWith('data: ', from) && piece.charAt(lf + 1) === '\n') {
          const payload = piece.slice(from + 6, lf).trim();
          if (payload.length > this.max) return false;
          if (payload !== '') this.take(payload, at);
          from = lf + 2;
          lf = piece.indexOf('\n', from);
          continue;
        }
      }
      const end = cr >= 0 && (lf < 0 || cr < lf) ? cr : lf;
      const line = this.line + piece.slice(from, end);
      // Of a line that was whole before its end came, the time is that of its last byte.
      if (!this.endLine(line, end > from ? at : line === '' ? at : this.lineAt)) return false;
      this.line = '';
      from = end + 1;
      if (end === cr) {
        if (from === piece.length) this.skipLf = true;
        else if (from === lf) from++;
      }
      if (cr >= 0 && cr < from) cr = piece.indexOf('\r', from);
      if (lf >= 0 && lf < from) lf = piece.indexOf('\n', from);
    }
    if (from < piece.length) {
      this.line += from === 0 ? piece : piece.slice(from);
      this.lineAt = at;
    }
    return this.line.length + (this.data?.length ?? 0) <= this.max + LINE_OVERHEAD;
  }

  /** The body is over. Where it ended in order, an unfinished last line counts too; after a cut it is dropped. */
  end(inOrder: boolean): boolean {
    const fits = !inOrder || this.line === '' || this.endLine(this.line, this.lineAt);
    this.line = '';
    this.flush();
    return fits;
  }

  private endLine(whole: string, at: number): boolean {
    const line = this.started ? whole : whole.replace(MARK, '');
    this.started = true;
    return this.sse ? this.sseLine(line, at) : this.jsonLine(line, at);
  }

  /** Fields other than data are ignored (HTML standard, 9.2.6). */
  private sseLine(line: string, at: number): boolean {
    if (line === '') {
      this.flush();
      return true;
    }
    if (!line.startsWith('data')) return true;
    if (line.length > 4 && line.charAt(4) !== ':') return true; // another field, such as "database:"
    const value = line.slice(line.charAt(5) === ' ' ? 6 : 5);
    this.data = this.data === undefined ? value : `${this.data}\n${value}`;
    this.dataAt = at;
    return this.data.length <= this.max;
  }

  private jsonLine(line: string, at: number): boolean {
    const payload = line.trim();
    if (payload.length > this.max) return false;
    if (payload !== '') this.take(payload, at);
    return true;
  }

  /** An event without a payload is a sign of life, no frame. */
  private flush(): void {
    const payload = this.data?.trim();
    this.data = undefined;
    if (payload) this.take(payload, this.dataAt);
  }
}
