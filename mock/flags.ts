import { badValue, findModelRow, findRow, resolveOptions } from './check.ts';
import { type MockOptionRow, type MockOptions, optionKey } from './options.ts';

/** What a command line parser hands over; a repeatable flag may be a list, or one text with `;` between its values. */
export type MockFlags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/**
 * Options from command line flags, by flag name (`ttft-ms`) or key (`ttftMs`); what is undefined takes its default.
 * @throws Error with one line that names the flag, the value and what is allowed.
 */
export function mockOptionsFromFlags(flags: MockFlags): MockOptions {
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(flags)) {
    if (value === undefined) continue;
    const row = findRow(name);
    given[optionKey(row)] = row.type === 'models' ? readOverrides(row, value) : readValue(row, value);
  }
  return resolveOptions(given);
}

type Flag = string | boolean | readonly string[];

/** A text that cannot be read is left as it is: the check that follows knows best what to say about it. */
function readValue(row: MockOptionRow, value: Flag): unknown {
  if (typeof value !== 'string') return value;
  if (row.type === 'boolean')
    return value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value;
  if (row.type === 'list') return value.split(',').map((name) => name.trim());
  if (row.type === 'integer' || row.type === 'number') return value.trim() === '' ? value : readNumber(value);
  return value;
}

function readNumber(text: string): number | string {
  const number = Number(text);
  return Number.isNaN(number) ? text : number;
}

function readOverrides(row: MockOptionRow, value: Flag): Record<string, Record<string, unknown>> {
  if (typeof value === 'boolean') throw badValue(row, value);
  const texts = typeof value === 'string' ? value.split(';') : value;
  return Object.fromEntries(texts.map((text) => readOverride(row, text.trim())));
}

/** `llama3:8b:ttft-ms=500,fault=reset=3`: names may hold colons, values may hold `=`. */
function readOverride(row: MockOptionRow, text: string): [string, Record<string, unknown>] {
  const nameEnd = text.includes('=') ? text.lastIndexOf(':', text.indexOf('=')) : -1;
  if (nameEnd <= 0) throw badValue(row, text);
  const settings: Record<string, unknown> = {};
  for (const pair of text.slice(nameEnd + 1).split(',')) {
    const equals = pair.indexOf('=');
    if (equals <= 0) throw badValue(row, text);
    const option = findModelRow(pair.slice(0, equals).trim());
    settings[optionKey(option)] = readValue(option, pair.slice(equals + 1).trim());
  }
  return [text.slice(0, nameEnd), settings];
}
