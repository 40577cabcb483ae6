import type { RecordLine } from './columns.ts';

/** What a records file says beside its records: one line of each kind, and a live line a second. */
export interface RunLines {
  run?: RecordLine;
  /** What setup learned: `{"kind":"setup","model","share","expected"?}`; see SetupData. */
  setup?: RecordLine;
  /** Until when the run was judged: `{"kind":"judged","t"}`, epoch ms. */
  judged?: RecordLine;
  end?: RecordLine;
  /** What was done to the server: `{"kind":"fault",…}`; see FaultNote. */
  faults: RecordLine[];
  live: RecordLine[];
  /** What is wrong with the file. */
  doubts: string[];
}

/** Doubts about lines that are told one by one. */
const MOST_TOLD = 10;

/** Sorts the lines of a records file by kind; unknown kinds are skipped, and what is wrong is told, not thrown. */
export class Sorter {
  private readonly found: RunLines = { faults: [], live: [], doubts: [] };
  private readonly record: (line: RecordLine) => void;
  private readonly bad: number[] = [];
  private last = 0;

  constructor(record: (line: RecordLine) => void) {
    this.record = record;
  }

  /** @param number of the line, from 1 @throws Error where a second run begins */
  see(text: string, number: number): void {
    if (text === '') return;
    const line = objectIn(text);
    this.last = number;
    if (!line) this.bad.push(number);
    else if (line.kind === undefined) this.record(line);
    else this.kind(line, number);
  }

  private kind(line: RecordLine, number: number): void {
    switch (line.kind) {
      case 'live':
        this.found.live.push(line);
        break;
      case 'fault':
        this.found.faults.push(line);
        break;
      case 'run':
        if (this.found.run) throw new Error(`line ${number} begins a second run`);
        this.found.run = line;
        break;
      case 'setup':
      case 'judged':
      case 'end':
        this.found[line.kind] = line;
    }
  }

  /** All lines were seen. */
  done(): RunLines {
    const { found, bad, last } = this;
    for (const number of bad.slice(0, MOST_TOLD))
      found.doubts.push(number === last ? 'the last line is cut' : `line ${number} is not JSON`);
    if (bad.length > MOST_TOLD) found.doubts.push(`${bad.length - MOST_TOLD} more lines are not JSON`);
    if (!found.end) found.doubts.push('the file has no end: the run was killed, or is still going on');
    return found;
  }
}

function objectIn(text: string): RecordLine | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed !== null && typeof parsed === 'object' ? (parsed as RecordLine) : undefined;
  } catch {
    return undefined;
  }
}

/** A records file with its records as they are written. */
export interface RecordsFile extends RunLines {
  lines: RecordLine[];
}

/** Reads JSON Lines. */
export function readRecords(text: string): RecordsFile {
  const lines: RecordLine[] = [];
  const sorter = new Sorter((line) => lines.push(line));
  text.split('\n').forEach((line, i) => {
    sorter.see(line, i + 1);
  });
  return { ...sorter.done(), lines };
}
