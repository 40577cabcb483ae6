import { Bad } from '../../settings/bad.ts';
import { csvFormat, jsonFormat, type Reader, type TraceRow } from './formats.ts';

/** Where the rows of a trace go, one after the other. */
export interface Sink {
  row: (row: TraceRow) => void;
  /** @param line of the file, from 1 */
  bad: (line: number, wrong: Bad) => void;
}

/** A trace as it is read, piece by piece: a CSV record, or a line. @throws Bad where no format has the columns */
export interface Feed<Piece> {
  take: (piece: Piece) => void;
  /** Name of the format; undefined before the first row. */
  format: () => string | undefined;
}

/** CSV records, the header first. */
export function csvFeed(sink: Sink): Feed<readonly string[]> {
  let reader: Reader<readonly string[]> | undefined;
  let line = 0;
  const give = giver(sink);
  return {
    format: () => reader?.name,
    take(fields) {
      line++;
      const at = line;
      for (let i = 0; i < fields.length; i++) line += newlines(fields[i] as string);
      if (fields.length === 1 && (fields[0] as string).trim() === '') return;
      if (reader) give(at, reader, fields);
      else reader = csvFormat(fields);
    },
  };
}

/** Lines of JSON, an object each. */
export function jsonFeed(sink: Sink): Feed<string> {
  let reader: Reader<Readonly<Record<string, unknown>>> | undefined;
  let line = 0;
  const give = giver(sink);
  return {
    format: () => reader?.name,
    take(text) {
      line++;
      if (text.trim() === '') return;
      const row = parsed(text);
      if (row === undefined) return sink.bad(line, new Bad('is no JSON object', 'an object a line'));
      reader ??= jsonFormat(row);
      give(line, reader, row);
    },
  };
}

/** A trace's file is one or the other: JSON lines begin with a brace. */
export const isJson = (text: string): boolean => /^\s*\{/.test(text);

/** Passes rows on that can be read and whose time does not go back. */
function giver({ row, bad }: Sink): <Piece>(line: number, reader: Reader<Piece>, piece: Piece) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (line, reader, piece) => {
    try {
      const next = reader.read(piece);
      if (next.at < last) throw new Bad(`goes back by ${shown(last - next.at)}`, 'rows in the order of their times');
      last = next.at;
      row(next);
    } catch (e) {
      if (!(e instanceof Bad)) throw e;
      bad(line, e);
    }
  };
}

const shown = (ms: number): string =>
  ms < 1000 ? `${Number(ms.toPrecision(3))} ms` : `${Number((ms / 1000).toPrecision(6))} s`;

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const row = JSON.parse(text) as unknown;
    return typeof row === 'object' && row !== null && !Array.isArray(row)
      ? (row as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function newlines(text: string): number {
  let n = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) n++;
  return n;
}

/** How many rows could not be read, and the first in words. */
export interface Skipped {
  count: number;
  first: string | undefined;
}

/** Counts bad rows. */
export function tally(): Skipped & Pick<Sink, 'bad'> {
  const skipped: Skipped & Pick<Sink, 'bad'> = {
    count: 0,
    first: undefined,
    bad(line, wrong) {
      skipped.count++;
      skipped.first ??= `line ${line} ${wrong.message}`;
    },
  };
  return skipped;
}
