import { closeSync, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

/** Reads what has been written to a growing file since it was last asked. */
export interface Tail {
  /** Whole lines only; the rest of a cut one comes with the next call. None while there is no file. */
  read(): string[];
  close(): void;
}

const CHUNK = 1 << 18;

export function tail(path: string): Tail {
  let file: number | undefined;
  let rest = '';
  const decoder = new StringDecoder('utf8');
  const buffer = Buffer.alloc(CHUNK);
  const open = (): boolean => {
    try {
      file ??= openSync(path, 'r');
      return true;
    } catch {
      return false; // not there yet
    }
  };
  return {
    read() {
      if (!open()) return [];
      const lines: string[] = [];
      for (;;) {
        const bytes = readSync(file as number, buffer, 0, CHUNK, null);
        if (bytes === 0) return lines;
        const parts = (rest + decoder.write(buffer.subarray(0, bytes))).split('\n');
        rest = parts.pop() ?? '';
        lines.push(...parts);
      }
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}
