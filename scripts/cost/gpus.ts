import Papa from 'papaparse';
import type { Config } from '../../lib/analysis/cost/cost.ts';
import { Bad } from '../../lib/settings/bad.ts';

/** A table's columns, in any order; those that are optional may be missing, and their cells empty. */
const NEEDED = ['name', 'GPUs', '$/GPU-hour', 'tokens/s'] as const;
const OPTIONAL = ['source', 'input tokens/request', 'output tokens/request'] as const;
const ALL: readonly string[] = [...NEEDED, ...OPTIONAL];
type ColumnName = (typeof NEEDED | typeof OPTIONAL)[number];

/**
 * A table of GPU configurations as CSV; docs/cost.md has its columns.
 * @throws Bad with row and column; the head is row 1
 */
export function readGpus(csv: string): Config[] {
  const { data, errors } = Papa.parse<string[]>(csv.replace(/^\uFEFF/, '').trimEnd(), { delimiter: ',' });
  const [wrong] = errors;
  if (wrong) throw new Bad(`row ${(wrong.row ?? 0) + 1}: ${wrong.message}`, 'CSV');
  const [head = [], ...rows] = data.map((cells) => cells.map((cell) => cell.trim()));
  checkHead(head);
  const configs = rows.flatMap((cells, k) => (cells.some(Boolean) ? [configOf(head, cells, k + 2)] : []));
  if (configs.length === 0) throw new Bad('has no row below its head', 'a row a configuration');
  return configs;
}

function checkHead(head: readonly string[]): void {
  const allowed = `${NEEDED.join(', ')}; and if you like ${OPTIONAL.join(', ')}`;
  head.forEach((column, k) => {
    if (!ALL.includes(column)) throw new Bad(`row 1, column ${k + 1}: "${column}" is unknown`, allowed);
    if (head.indexOf(column) < k) throw new Bad(`row 1, column ${k + 1}: "${column}" is there twice`, allowed);
  });
  const missing = NEEDED.filter((column) => !head.includes(column));
  if (missing.length > 0) throw new Bad(`row 1: there is no column ${missing.join(', ')}`, allowed);
}

function configOf(head: readonly string[], cells: readonly string[], row: number): Config {
  if (cells.length !== head.length)
    throw new Bad(`row ${row}: ${cells.length} of ${head.length} columns`, head.join(','));
  const cell = (column: ColumnName): string => cells[head.indexOf(column)] ?? '';
  const bad = (column: ColumnName, wrong: string, allowed: string) =>
    new Bad(`row ${row}, column ${column}: ${wrong}`, allowed);
  const number = (column: ColumnName): number => {
    const text = cell(column);
    const value = /^(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    if (value > 0 && value < Number.POSITIVE_INFINITY) return value;
    throw bad(column, text ? `"${text}" is no number above 0` : 'is empty', 'a number above 0');
  };
  const optional = (column: ColumnName): number | undefined => (cell(column) ? number(column) : undefined);

  const name = cell('name');
  if (!name) throw bad('name', 'is empty', 'a name');
  const gpus = number('GPUs');
  if (!Number.isInteger(gpus)) throw bad('GPUs', `"${gpus}" is no whole number`, 'a whole number of 1 or more');
  const source = cell('source') || 'assumed';
  if (source !== 'measured' && source !== 'assumed') throw bad('source', `"${source}"`, 'measured, assumed');
  const inputPerRequest = optional('input tokens/request');
  const outputPerRequest = optional('output tokens/request');
  return {
    name,
    gpus,
    dollarsPerGpuHour: number('$/GPU-hour'),
    tokensPerSecond: number('tokens/s'),
    basis: 'table',
    measured: source === 'measured',
    ...(inputPerRequest && { inputPerRequest }),
    ...(outputPerRequest && { outputPerRequest }),
  };
}
