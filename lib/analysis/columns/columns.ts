import type { Columns, Live } from 'k6/x/llmload';
import { columns as shape } from '../../record.ts';
import { Gaps } from './gaps.ts';
import { Growing } from './growing.ts';
import { Texts } from './texts.ts';

export type { Columns, Live };

/** One record as it is read from a file; see CONTRACTS in docs. Null is absent. */
export interface RecordLine {
  gaps?: number[] | null;
  [column: string]: unknown;
}

/** Records as columns, as the native driver hands them to k6; here made from lines, for Node and for tests. */
export function columnsOf(lines: readonly RecordLine[], live: readonly RecordLine[] = []): Columns {
  const rows = new Rows();
  for (const line of lines) rows.add(line);
  return rows.columns(liveOf(live));
}

interface Named<T> {
  name: string;
  values: T;
}

/** Records as they come, kept column by column. */
export class Rows {
  n = 0;
  private readonly numbers: Named<Growing<Float64Array<ArrayBuffer>>>[] = [];
  private readonly categories: Named<Category>[] = [];
  private readonly texts: Named<Texts>[] = [];
  private readonly gaps = new Gaps();

  constructor() {
    for (const [name, type] of Object.entries(shape())) {
      if (type === 'number' || type === 'boolean') this.numbers.push({ name, values: new Growing(Float64Array) });
      else if (type === 'category') this.categories.push({ name, values: new Category() });
      else if (type === 'text') this.texts.push({ name, values: new Texts() });
    }
  }

  add(line: RecordLine): void {
    for (const { name, values } of this.numbers) values.push(numberOf(line[name]));
    for (const { name, values } of this.categories) values.push(textOf(line[name]));
    for (const { name, values } of this.texts) values.push(textOf(line[name]));
    this.gaps.add(line.gaps ?? []);
    this.n++;
  }

  /** What was added so far. A column that no record has is absent in all rows. */
  columns(live: Live): Columns {
    const { n, gaps } = this;
    const numbers = new Map(this.numbers.map(({ name, values }) => [name, values.view()]));
    const categories = new Map(this.categories.map(({ name, values }) => [name, values.view()]));
    const texts = new Map(this.texts.map(({ name, values }) => [name, values]));
    const none = new Float64Array(n).fill(Number.NaN);
    const ttft = numbers.get('ttft') ?? none;
    return {
      n,
      number: (column) => numbers.get(column) ?? none,
      category: (column) => categories.get(column) ?? { values: [], codes: new Int32Array(n).fill(-1) },
      text(column, row) {
        const category = categories.get(column);
        return category ? category.values[category.codes[row] as number] : texts.get(column)?.at(row);
      },
      gapCount: gaps.count.view(),
      gapSum: gaps.sum.view(),
      gapP99: gaps.p99.view(),
      gapQuantiles: (rows, qs) => gaps.quantiles(rows, qs),
      framesBetween: (row, from, to) => gaps.framesBetween(row, ttft[row] as number, from, to),
      live: () => live,
    };
  }
}

const numberOf = (value: unknown): number =>
  typeof value === 'number' ? value : value === true ? 1 : value === false ? 0 : Number.NaN;
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Names as codes. Empty is absent. */
class Category {
  private readonly values: string[] = [];
  private readonly codes = new Growing(Int32Array);
  private readonly codeOf = new Map<string, number>([['', -1]]);

  push(value: string): void {
    let code = this.codeOf.get(value);
    if (code === undefined) {
      code = this.values.push(value) - 1;
      this.codeOf.set(value, code);
    }
    this.codes.push(code);
  }

  view() {
    return { values: this.values, codes: this.codes.view() };
  }
}

/** `{"kind":"live"}` lines as columns; what a line does not say is NaN. */
export function liveOf(lines: readonly RecordLine[]): Live {
  const column = (name: string) => Float64Array.from(lines, (l) => numberOf(l[name]));
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

export { type RecordsFile, readRecords } from './lines.ts';
