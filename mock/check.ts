import { parseFault } from './fault-spec.ts';
import { MOCK_OPTIONS, type MockOptionRow, type MockOptions, optionKey } from './options.ts';

const ROWS: readonly MockOptionRow[] = MOCK_OPTIONS;

/** The row that goes by this flag name, or by this key. */
export function findRow(name: string): MockOptionRow {
  const row = ROWS.find((each) => each.name === name || optionKey(each) === name);
  if (row !== undefined) return row;
  throw new Error(`--${name} is no option of the mock; there are: ${ROWS.map((each) => each.name).join(', ')}`);
}

/** The row that has this key in MockOptions. */
function rowByKey(key: string): MockOptionRow {
  const row = ROWS.find((each) => optionKey(each) === key);
  if (row !== undefined) return row;
  throw new Error(`"${key}" is no option of the mock; there are: ${ROWS.map(optionKey).join(', ')}`);
}

/** The row of an option that may differ from model to model. */
export function findModelRow(name: string): MockOptionRow {
  return perModel(findRow(name));
}

function perModel(row: MockOptionRow): MockOptionRow {
  if (row.perModel) return row;
  const names = ROWS.filter((each) => each.perModel).map((each) => each.name);
  throw new Error(`--model: ${row.name} cannot differ from model to model; these can: ${names.join(', ')}`);
}

export function badValue(row: MockOptionRow, value: unknown): Error {
  const shown = typeof value === 'string' ? `"${value}"` : String(value);
  return new Error(`--${row.name} ${shown} is not allowed: want ${wanted(row)}`);
}

function wanted({ type, unit, min, max, choices }: MockOptionRow): string {
  if (choices !== undefined) return choices.join(' or ');
  if (type === 'boolean') return 'true or false';
  if (type === 'list') return 'names separated by commas';
  if (type === 'models') return 'NAME:option=value,option=value';
  if (type === 'name') return 'up to 64 characters without spaces and brackets';
  if (type === 'text' || type === 'fault') return 'a text';
  return `${type === 'integer' ? 'an integer' : 'a number'} from ${min} to ${max}${unit === undefined ? '' : ` ${unit}`}`;
}

/** @throws Error with one line that names the option, the value and what is allowed. */
function checkValue(row: MockOptionRow, value: unknown): void {
  if (row.type === 'models') {
    checkOverrides(row, value);
    return;
  }
  if (!isAllowed(row, value)) throw badValue(row, value);
  if (row.type === 'fault' && typeof value === 'string' && value !== '') parseFault(value);
}

function isAllowed({ type, min = -Infinity, max = Infinity, choices }: MockOptionRow, value: unknown): boolean {
  if (type === 'boolean') return typeof value === 'boolean';
  if (type === 'list') return isNames(value);
  if (type === 'name') return typeof value === 'string' && /^[^\s[\]]{0,64}$/.test(value);
  if (type === 'text' || type === 'fault') return typeof value === 'string';
  if (type === 'choice') return choices?.some((choice) => choice === value) ?? false;
  return typeof value === 'number' && value >= min && value <= max && (type === 'number' || Number.isInteger(value));
}

function isNames(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === 'string' && name !== '');
}

function checkOverrides(row: MockOptionRow, overrides: unknown): void {
  if (typeof overrides !== 'object' || overrides === null) throw badValue(row, overrides);
  for (const [model, override] of Object.entries(overrides)) {
    if (model === '' || typeof override !== 'object' || override === null) throw badValue(row, model);
    for (const [key, value] of Object.entries(override)) checkValue(perModel(rowByKey(key)), value);
  }
}

/** Fills in the defaults and checks every value, wherever it came from: flags, a test, plain JavaScript. */
export function resolveOptions(given: Readonly<Record<string, unknown>>): MockOptions {
  for (const key of Object.keys(given)) rowByKey(key);
  const options = Object.fromEntries(
    ROWS.map((row) => {
      const value = given[optionKey(row)] ?? row.default;
      checkValue(row, value);
      return [optionKey(row), value];
    }),
  );
  // The rows are the type: every key was filled and every value checked against its row just now.
  return Object.freeze(options) as MockOptions;
}
