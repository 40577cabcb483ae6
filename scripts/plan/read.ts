import { createReadStream } from 'node:fs';
import { Bad } from '../../lib/settings/bad.ts';
import { LONGEST } from '../../lib/workload/trace/csv.ts';
import { type Hears, Reading } from '../../lib/workload/trace/reading.ts';

/**
 * Reads a trace of any size, a mebibyte at a time.
 * @param heard called after each, with the bytes read so far
 * @returns the name of its format; undefined where the file is empty
 * @throws Error where the file as a whole is no trace
 */
export async function readTrace(
  path: string,
  hears: Hears,
  heard: (bytes: number) => void,
): Promise<string | undefined> {
  const reading = new Reading(hears);
  const decoder = new TextDecoder();
  let rest = '';
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > LONGEST) throw new Error(`has a line of more than ${LONGEST >> 20} MB`);
      for (const line of lines) reading.line(line);
      bytes += chunk.length;
      heard(bytes);
    }
    rest += decoder.decode();
    if (rest) reading.line(rest);
    reading.end();
  } catch (e) {
    throw e instanceof Bad ? new Error(`${e.message}; allowed: ${e.allowed}`) : e;
  }
  return reading.format;
}
