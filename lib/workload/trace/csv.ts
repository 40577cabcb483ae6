import Papa from 'papaparse';
import { Bad } from '../../settings/bad.ts';

/** Characters of one line, or of one record of several lines. More is no trace. */
export const LONGEST = 16 << 20;

/** Puts the lines of a CSV file together where a quoted field goes over several. */
export class CsvRecords {
  #open: string | undefined;

  /** A record has begun and not ended. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** @returns the record that ends with this line. @throws Bad where one never seems to end */
  push(line: string): string | undefined {
    if (this.#open === undefined && !line.includes('"')) return line;
    const record = this.#open === undefined ? line : `${this.#open}\n${line}`;
    // With an even number of quotes a line leaves open what was open. Else only papaparse can say: it may be `5" pipe`.
    const asBefore = line.split('"').length % 2 === 1;
    const open = asBefore ? this.#open !== undefined : parse(record).errors.some((e) => e.code === 'MissingQuotes');
    if (record.length > LONGEST) throw new Bad(`has a quoted field of more than ${LONGEST >> 20} MB`, 'CSV');
    this.#open = open ? record : undefined;
    return open ? undefined : record;
  }
}

/** The fields of one record. @throws Bad where quotes are where none may be */
export function fieldsOf(record: string): string[] {
  if (!record.includes('"')) return record.split(',');
  const { data, errors } = parse(record);
  const [wrong] = errors;
  if (wrong) throw new Bad(wrong.message, 'CSV');
  return data[0] ?? [];
}

const parse = (record: string) => Papa.parse<string[]>(record, { delimiter: ',', newline: '\n' });
