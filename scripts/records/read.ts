import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK = 1 << 22;
const NEWLINE = 10;

/** The lines of a file of any size, one at a time; the last may have no end. */
export function* linesOf(path: string): Generator<string> {
  const file = openSync(path, 'r');
  try {
    let buffer = Buffer.allocUnsafe(CHUNK);
    let filled = 0;
    for (;;) {
      if (filled === buffer.length) buffer = Buffer.concat([buffer], 2 * filled); // a line longer than all of it
      const bytes = readSync(file, buffer, filled, buffer.length - filled, null);
      filled += bytes;
      const held = buffer.subarray(0, filled);
      let from = 0;
      for (let to = held.indexOf(NEWLINE); to >= 0; to = held.indexOf(NEWLINE, from)) {
        yield held.toString('utf8', from, to);
        from = to + 1;
      }
      if (bytes === 0) {
        if (from < filled) yield held.toString('utf8', from, filled);
        return;
      }
      buffer.copyWithin(0, from, filled);
      filled -= from;
    }
  } finally {
    closeSync(file);
  }
}
