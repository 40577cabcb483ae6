import type { RecordLine, Rows } from '../../lib/analysis/columns/columns.ts';
import { type RunLines, Sorter } from '../../lib/analysis/columns/lines.ts';
import type { Header } from '../../lib/run.ts';
import { CommandError } from '../commands/exit.ts';
import { linesOf } from './read.ts';

/** The records of one k6 process. */
export interface RecordsFile extends Omit<RunLines, 'run'> {
  path: string;
  header: Header;
  /** Its rows: [from, to). */
  from: number;
  to: number;
}

/** @throws CommandError where the file does not begin with a header that this version understands */
export function readHeader(path: string): Header {
  const first = reading(path, () => {
    for (const line of linesOf(path)) return line;
    return undefined;
  });
  if (first === undefined) throw new CommandError(`${path} is empty`);
  const header = parsed(first);
  if (header?.kind !== 'run' || header.llmload === undefined)
    throw new CommandError(`${path} is no records file: its first line does not begin a run`);
  if (header.llmload !== 1)
    throw new CommandError(`${path} is of version ${header.llmload} of the records; this llmload reads version 1`);
  if (!Array.isArray(header.steps))
    throw new CommandError(`${path} does not say which load it was: an older llmload wrote it`);
  return header as unknown as Header;
}

/** Adds the records of a file to rows. @throws CommandError */
export function readRows(path: string, header: Header, rows: Rows): RecordsFile {
  const from = rows.n;
  const sorter = new Sorter((line) => rows.add(line));
  reading(path, () => {
    let number = 0;
    for (const line of linesOf(path)) sorter.see(line, ++number);
  });
  const { run, ...found } = sorter.done();
  const [said, there] = [found.end?.requests, rows.n - from];
  if (said !== undefined && said !== there) found.doubts.push(`its end counts ${said} requests, it holds ${there}`);
  return { ...found, path, header, from, to: rows.n };
}

/** What goes wrong with a file, told with its name. */
function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (e) {
    const { code, message } = e as NodeJS.ErrnoException;
    if (code === undefined) throw new CommandError(`${path}: ${message}`);
    const why = { ENOENT: 'there is no such file', EISDIR: 'it is a folder', EACCES: 'permission denied' }[code];
    throw new CommandError(`${path} cannot be read: ${why ?? message}`);
  }
}

function parsed(line: string): RecordLine | undefined {
  try {
    return JSON.parse(line) ?? undefined;
  } catch {
    return undefined;
  }
}
