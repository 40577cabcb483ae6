import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { judgeRun } from '../../lib/analysis/analyze.ts';
import { type Charts, chartsOf } from '../../lib/analysis/charts/charts.ts';
import { textReport } from '../../lib/report/text.ts';
import type { Results } from '../../lib/results.ts';
import { CommandError, EXIT } from '../commands/exit.ts';
import { type Found, findRun, nameOf } from '../compare/find.ts';
import { readResults } from '../cost/results.ts';
import { extrasOf } from '../records/extras.ts';
import { readHeader } from '../records/file.ts';
import { resultsOfRecords, runRecords } from '../records/report.ts';
import { chartsOfParts, chartsOfRecords } from './charts.ts';

/** A run as it is reported. */
export interface Reported {
  name: string;
  results: Results;
  text: string;
  /** Where they were wanted, and there are records. */
  charts?: Charts;
  notes: string[];
}

export interface Wanted {
  /** Judge by other terms than the run did. */
  slo?: string | undefined;
  charts: boolean;
}

/** A run as it was named: the records files of its execution segments, or what `findRun` knows. */
export type Named = readonly [string, ...string[]] | Found;

/** The runs that words name: records files are one run together. @throws CommandError */
export function runsNamed(words: readonly [string, ...string[]]): Named[] {
  const run = words.find((word) => !isRecords(word));
  if (run === undefined) return [words];
  const file = words.find(isRecords);
  if (file === undefined) return words.map((word) => findRun(word));
  throw new CommandError(
    `${file} is a records file, and ${run} a run; allowed: records files of one run, or runs`,
    EXIT.badSetting,
  );
}

const isRecords = (word: string): boolean =>
  word.endsWith('.jsonl') || (statSync(word, { throwIfNoEntry: false })?.isFile() === true && !word.endsWith('.json'));

/**
 * @throws CommandError where a file is not what it seems
 * @throws SettingsError for the SLO
 */
export const loadRun = (named: Named, wanted: Wanted): Reported =>
  'file' in named ? fromFolder(named, wanted) : fromRecords(named, wanted);

function fromRecords(paths: readonly [string, ...string[]], { slo, charts }: Wanted): Reported {
  const records = runRecords(paths, slo);
  const judged = judgeRun(records.columns, records.question);
  const results = resultsOfRecords(records, judged);
  return {
    name: nameOf(paths[0]),
    results,
    text: textOf(results),
    ...(charts && { charts: chartsOf(records.columns, judged.measured) }),
    notes: [],
  };
}

/** What a run saved is taken as it is, where it is still judged by the same terms: it may know more than its records. */
function fromFolder({ name, file, kind }: Found, wanted: Wanted): Reported {
  const folder = dirname(file);
  const beside = join(folder, 'records.jsonl');
  const records = kind === 'records' ? file : existsSync(beside) ? beside : undefined;
  const saved = kind === 'results' ? readResults(file) : savedBeside(folder, file);
  if (records && (!saved || wanted.slo !== undefined)) {
    const again = fromRecords([records], wanted);
    return { ...again, name, results: saved ? withEnvironment(again.results, saved) : again.results };
  }
  if (!saved || wanted.slo !== undefined)
    throw new CommandError(`--slo judges the records of a run again, and ${name} has none of its own`, EXIT.badSetting);
  const table = join(folder, 'table.txt');
  const text = existsSync(table) ? readFileSync(table, 'utf8') : textOf(saved);
  return { name, results: saved, text, ...(wanted.charts ? drawn(name, folder, saved, records) : { notes: [] }) };
}

/** With what no records tell: k6, the command, the server. */
const withEnvironment = ({ run, target, ...found }: Results, saved: Results): Results => ({
  ...found,
  run: { ...saved.run, ...run },
  target: { ...saved.target, ...target },
});

/** The results of the same run, where they were saved. */
function savedBeside(folder: string, records: string): Results | undefined {
  const path = join(folder, 'results.json');
  if (!existsSync(path)) return undefined;
  const results = readResults(path);
  return results.run.id === readHeader(records).run ? results : undefined;
}

function drawn(name: string, folder: string, { parts }: Results, records: string | undefined) {
  if (!parts)
    return records
      ? { charts: chartsOfRecords(records), notes: [] }
      : { notes: [`${name} has no records.jsonl: a page without distributions, course of time and slowest requests`] };
  const { charts, missing } = chartsOfParts(folder, parts);
  return {
    ...(charts && { charts }),
    notes: missing.map((path) => `${path} is not there: its requests are in no chart`),
  };
}

const textOf = (results: Results): string => `\n${textReport(results, extrasOf(results.run.scenario))}`;
