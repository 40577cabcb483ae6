import { SharedArray } from 'k6/data';
import { Bad } from '../../settings/bad.ts';
import { SettingsError, type Window } from '../../settings/parse.ts';
import { fullPath } from '../../stored.ts';
import type { TraceRow } from './formats.ts';
import { type Part, partOf } from './part.ts';
import { Reading } from './reading.ts';
import type { Rows } from './rows.ts';
import { skippedText } from './skipped.ts';

/** k6 reads files whole, and a row takes it about 2 kB until all are read. */
const MOST_ROWS = 200_000;

interface MemorySettings {
  window: Window | undefined;
  speed: number;
  badRows: string;
}

/**
 * The part of a CSV or JSON lines file that is to be replayed, kept once for all VUs.
 * @throws SettingsError where the file cannot be read, is no trace or has too many rows; where a row cannot be read, unless
 * BAD_ROWS says that it is to be left out
 */
export function memoryRows(
  trace: string,
  settings: MemorySettings,
): { part: Part; rowAt: (index: number) => TraceRow } {
  const path = fullPath(trace);
  const refuse = (wrong: string, allowed: string) => new SettingsError('TRACE', trace, wrong, allowed);
  // The part first, then its rows: an element each, which a VU reads when it is due.
  const kept = new SharedArray<Part | TraceRow>(`llmload: trace ${path}`, () => {
    const rows = rowsOf(textOf(path, refuse), settings.badRows === 'skip', refuse);
    const part = partOf(rows, settings);
    const all: (Part | TraceRow)[] = [part];
    for (let i = part.from; i < part.to; i++) all.push(rows.row(i));
    return all;
  });
  return { part: kept[0] as Part, rowAt: (index) => kept[index + 1] as TraceRow };
}

type Refuse = (wrong: string, allowed: string) => SettingsError;

function textOf(path: string, refuse: Refuse): string {
  try {
    return open(path);
  } catch (e) {
    throw refuse(`cannot be read (${e instanceof Error ? e.message : e})`, 'a CSV or JSON lines file, or a plan of it');
  }
}

/** All rows of a text, their times from the first one's. */
function rowsOf(text: string, skip: boolean, refuse: Refuse): Rows {
  const rows: TraceRow[] = [];
  const skipped: { count: number; first: string | undefined } = { count: 0, first: undefined };
  const models = new Set<string>();
  const reading = new Reading({
    row(row) {
      if (rows.length === MOST_ROWS)
        throw refuse('has more than 200,000 rows, and k6 reads files whole', 'a plan of it: llmload plan, and bin/k6');
      rows.push(row);
      if (row.model !== undefined) models.add(row.model);
    },
    bad(where, wrong) {
      skipped.count++;
      skipped.first ??= `${where}: ${wrong}`;
    },
  });
  try {
    for (let from = text.startsWith('\ufeff') ? 1 : 0, to = 0; from < text.length; from = to + 1) {
      to = text.indexOf('\n', from);
      if (to < 0) to = text.length;
      reading.line(text.slice(from, to));
    }
    reading.end();
  } catch (e) {
    throw e instanceof Bad ? refuse(e.message, e.allowed) : e;
  }
  if (skipped.count > 0 && !skip) {
    const others = skipped.count > 1 ? `, and ${skipped.count - 1} more` : '';
    throw refuse(
      `a row cannot be read, ${skipped.first}${others}`,
      'rows that can; or BAD_ROWS=skip leaves such rows out',
    );
  }
  if (skipped.count > 0) console.warn(skippedText(skipped.count, skipped.first));
  if (rows.length === 0) throw refuse('holds no row', 'a trace of one row or more');
  const start = (rows[0] as TraceRow).at;
  for (let i = 0; i < rows.length; i++) (rows[i] as TraceRow).at -= start;
  return listed(rows, [...models], skipped);
}

/** A list as rows. */
export function listed(rows: readonly TraceRow[], models: readonly string[], skipped: Rows['skipped']): Rows {
  const at = (index: number) => (rows[index] as TraceRow).at;
  return {
    length: rows.length,
    span: at(rows.length - 1),
    models,
    skipped,
    row: (index) => rows[index] as TraceRow,
    find(time) {
      let low = 0;
      let high = rows.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (at(middle) < time) low = middle + 1;
        else high = middle;
      }
      return low;
    },
    peak(from, to, span) {
      let most = 0;
      for (let last = from, first = from; last < to; last++) {
        while (at(last) - at(first) >= span) first++;
        most = Math.max(most, last - first + 1);
      }
      return most;
    },
  };
}
