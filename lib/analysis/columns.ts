import type { Columns, Live } from 'k6/x/llmload';
import { quantile } from './quantile.ts';

export type { Columns, Live };

/** One record as it is read from a file; see CONTRACTS in docs. Null is absent. */
export interface RecordLine {
  gaps?: number[] | null;
  [column: string]: unknown;
}

/** Records as columns, as the native driver hands them to k6; here made from lines, for Node and for tests. */
export function columnsOf(lines: readonly RecordLine[], live: readonly RecordLine[] = []): Columns {
  const n = lines.length;
  const numbers = new Map<string, Float64Array>();
  const categories = new Map<string, { values: string[]; codes: Int32Array }>();
  const gapsOf = (row: number): number[] => lines[row]?.gaps ?? [];
  const figures = (f: (sorted: Float64Array) => number) =>
    Float64Array.from(lines, (_, row) => f(Float64Array.from(gapsOf(row)).sort()));

  const number = (column: string): Float64Array => {
    const made =
      numbers.get(column) ??
      Float64Array.from(lines, (l) => (l[column] === null || l[column] === undefined ? Number.NaN : Number(l[column])));
    numbers.set(column, made);
    return made;
  };
  return {
    n,
    number,
    category(column) {
      const made = categories.get(column);
      if (made) return made;
      const values: string[] = [];
      const codeOf = new Map<string, number>();
      const codes = Int32Array.from(lines, (l) => {
        const v = l[column];
        if (typeof v !== 'string') return -1;
        const known = codeOf.get(v);
        if (known !== undefined) return known;
        codeOf.set(v, values.length);
        return values.push(v) - 1;
      });
      const category = { values, codes };
      categories.set(column, category);
      return category;
    },
    text(column, row) {
      const v = lines[row]?.[column];
      return typeof v === 'string' ? v : undefined;
    },
    gapCount: figures((g) => g.length),
    gapSum: figures((g) => g.reduce((a, b) => a + b, 0)),
    gapP99: figures((g) => quantile(g, 0.99)),
    gapQuantiles(rows, qs) {
      const all: number[] = [];
      for (const row of rows) for (const gap of gapsOf(row)) all.push(gap);
      const sorted = Float64Array.from(all).sort();
      return qs.map((q) => quantile(sorted, q));
    },
    framesBetween(row, from, to) {
      let at = number('ttft')[row] ?? Number.NaN;
      let count = Number(at >= from && at < to);
      for (const gap of gapsOf(row)) {
        at += gap;
        if (at >= from && at < to) count++;
      }
      return count;
    },
    live: () => liveOf(live),
  };
}

/** `{"kind":"live"}` lines as columns; what a line does not say is NaN. */
export function liveOf(lines: readonly RecordLine[]): Live {
  const column = (name: string) =>
    Float64Array.from(lines, (l) => (typeof l[name] === 'number' ? l[name] : Number.NaN));
  return {
    t: column('t'),
    inFlight: column('in_flight'),
    started: column('started'),
    frames: column('frames'),
    cpu: column('cpu'),
    lag: column('lag'),
    cores: Number(lines.at(-1)?.cores ?? 0),
  };
}

/** What a records file holds. A missing end or a cut last line is told, not thrown. */
export interface RecordsFile {
  run?: Record<string, unknown>;
  end?: Record<string, unknown>;
  lines: RecordLine[];
  doubts: string[];
}

/** Reads JSON Lines; unknown kinds and fields are skipped. */
export function readRecords(text: string): RecordsFile {
  const file: RecordsFile = { lines: [], doubts: [] };
  const rows = text.split('\n');
  rows.forEach((row, i) => {
    if (!row) return;
    let line: RecordLine | undefined;
    try {
      const parsed: unknown = JSON.parse(row);
      if (parsed !== null && typeof parsed === 'object') line = parsed as RecordLine;
    } catch {
      // Told below.
    }
    if (!line) {
      file.doubts.push(i >= rows.length - 2 ? 'the last line is cut' : `line ${i + 1} is not JSON`);
      return;
    }
    if (line.kind === 'run') file.run = line;
    else if (line.kind === 'end') file.end = line;
    else if (line.kind === undefined) file.lines.push(line);
  });
  if (!file.end) file.doubts.push('the file has no end: the run was killed, or is still going on');
  return file;
}
