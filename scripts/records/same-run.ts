import { isDeepStrictEqual } from 'node:util';
import type { Columns, RecordLine } from '../../lib/analysis/columns/columns.ts';
import type { Header } from '../../lib/run.ts';
import { CommandError } from '../commands/exit.ts';
import type { RecordsFile } from './file.ts';

/** Settings that each instance of a run may have for itself. */
const ITS_OWN = ['RUN_ID', 'RECORDS', 'SUMMARY_JSON'];

interface Told {
  path: string;
  header: Header;
  setup?: RecordLine;
}

/** What all instances of one run were told, and learned, alike. */
const toldOf = ({ header: { scenario, driver, settings, steps }, setup }: Told): Record<string, unknown> => ({
  'the scenario': scenario,
  'the driver': driver,
  ...settings,
  'the load': steps,
  'the model': setup?.model,
  'the expected model': setup?.expected,
});

/**
 * Records may only be merged where all instances did the same.
 * @param ignored settings that do not matter
 * @throws CommandError that names the first difference
 */
export function checkAgree(files: readonly Told[], ignored: readonly string[]): void {
  const [first, ...others] = files;
  if (!first) return;
  const wanted = toldOf(first);
  for (const file of others) {
    const told = toldOf(file);
    for (const name of Object.keys({ ...wanted, ...told })) {
      if (ITS_OWN.includes(name) || ignored.includes(name) || isDeepStrictEqual(wanted[name], told[name])) continue;
      throw new CommandError(
        `these are not parts of one run: ${name} is ${shown(wanted[name])} in ${first.path}, ${shown(told[name])} in ${file.path}`,
      );
    }
  }
}

const shown = (value: unknown): string => {
  const text = value === undefined ? 'not set' : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
};

/**
 * Every index of a scenario belongs to one execution segment: two files that hold the same are the same file, or the same
 * segment twice.
 * @throws CommandError
 */
export function checkIndexes(columns: Columns, files: readonly RecordsFile[]): void {
  if (files.length < 2) return;
  const scenario = columns.category('scenario');
  const index = columns.number('i');
  const warm = columns.number('warm');
  scenario.values.forEach((name, code) => {
    /** index × files + file: sorted, the same index in two files are neighbours. */
    const keys: number[] = [];
    files.forEach(({ from, to }, file) => {
      for (let row = from; row < to; row++)
        if (scenario.codes[row] === code && warm[row] !== 1) keys.push((index[row] as number) * files.length + file);
    });
    const sorted = Float64Array.from(keys).sort();
    for (let k = 1; k < sorted.length; k++) {
      const [a, b] = [sorted[k - 1] as number, sorted[k] as number];
      const at = Math.floor(b / files.length);
      if (a === b || Math.floor(a / files.length) !== at) continue;
      const [one, other] = [files[a % files.length]?.path, files[b % files.length]?.path];
      throw new CommandError(
        `${one} and ${other} both hold request ${at} of ${name}: the same records, or the same execution segment, twice`,
      );
    }
  });
}

/** Shares are fractions that k6 was given, and so is their sum. */
const ROUNDING = 1e-6;

/**
 * The shares of the load that the files carry, and all of them together; 1 is all of the load.
 * @throws CommandError where they are more than that, or one is not known
 */
export function sharesOf(files: readonly RecordsFile[]): { parts: number[]; all: number } {
  const parts = files.map(({ path, setup }) => {
    if (typeof setup?.share === 'number') return setup.share;
    if (files.length === 1) return 1;
    throw new CommandError(`${path} does not say which share of the load it carries: it has no setup line`);
  });
  const all = parts.reduce((a, b) => a + b, 0);
  if (all > 1 + ROUNDING)
    throw new CommandError(
      `these are not parts of one run: they carry ${parts.map(percent).join(' + ')} of the load, more than all of it`,
    );
  return { parts, all: all > 1 - ROUNDING ? 1 : all };
}

export const percent = (share: number): string => `${Number((100 * share).toFixed(2))} %`;
