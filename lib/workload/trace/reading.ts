import { Bad } from '../../settings/bad.ts';
import { CsvRecords, fieldsOf } from './csv.ts';
import { csvFormat, jsonFormat, type TraceRow } from './formats.ts';

/** What the reading of a trace tells, in the order of the file. */
export interface Hears {
  row: (row: TraceRow) => void;
  /** A row that cannot be read. @param where `line 7`, or `lines 7 to 9` */
  bad: (where: string, wrong: string) => void;
}

/**
 * Reads a trace line by line, CSV or JSON lines; blank lines are none of its rows. The same in k6, of a small file, and in
 * Node, of one of any size.
 */
export class Reading {
  format: string | undefined;
  readonly #hears: Hears;
  readonly #csv = new CsvRecords();
  #rowOf: ((text: string) => TraceRow) | undefined;
  #isJson = false;
  #number = 0;
  /** Line at which the record under way began. */
  #from = 0;
  #last = Number.NEGATIVE_INFINITY;

  constructor(hears: Hears) {
    this.#hears = hears;
  }

  /** @throws Bad where the file as a whole is no trace */
  line(raw: string): void {
    this.#number++;
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (!this.#csv.isOpen) {
      if (line.trim() === '') return;
      this.#from = this.#number;
    }
    if (!this.#rowOf) this.#isJson = line.trimStart().startsWith('{');
    const record = this.#isJson ? line : this.#csv.push(line);
    if (record === undefined) return;
    if (this.#rowOf) this.#row(this.#rowOf, record);
    else this.#begin(record);
  }

  end(): void {
    if (this.#csv.isOpen) this.#hears.bad(this.#where(), 'a quote is never closed');
  }

  /** The header of a CSV file, or the first object of JSON lines: says what the columns are. */
  #begin(record: string): void {
    try {
      if (this.#isJson) {
        const { name, read } = jsonFormat(objectOf(record));
        this.format = name;
        this.#rowOf = (text) => read(objectOf(text));
        this.#row(this.#rowOf, record);
      } else {
        const { name, read } = csvFormat(fieldsOf(record));
        this.format = name;
        this.#rowOf = (text) => read(fieldsOf(text));
      }
    } catch (e) {
      throw e instanceof Bad ? new Bad(`${this.#where()}: ${e.message}`, e.allowed) : e;
    }
  }

  #row(rowOf: (text: string) => TraceRow, record: string): void {
    try {
      const row = rowOf(record);
      const back = this.#last - row.at;
      if (back > 0) throw new Bad(`goes back by ${Number(back.toPrecision(6))} ms`, 'rows in the order of their times');
      this.#last = row.at;
      this.#hears.row(row);
    } catch (e) {
      if (!(e instanceof Bad)) throw e;
      this.#hears.bad(this.#where(), e.message);
    }
  }

  #where(): string {
    return this.#from === this.#number ? `line ${this.#number}` : `lines ${this.#from} to ${this.#number}`;
  }
}

function objectOf(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Bad('is no JSON', 'an object a line');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Bad('is no object', 'an object a line');
  return value as Record<string, unknown>;
}
