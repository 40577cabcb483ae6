import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, EXIT } from '../commands/exit.ts';
import { readResults } from '../cost/results.ts';
import { readHeader } from '../records/file.ts';

/** What a run is compared by: its records, or where there are none its results. */
export interface Found {
  /** As it is called in the comparison. */
  name: string;
  file: string;
  /** The records of its other execution segments. */
  more?: string[];
  kind: 'records' | 'results';
}

const RUNS = 'runs';
const RECORDS = 'records.jsonl';
const RESULTS = 'results.json';

/**
 * A folder of a run, a file of records or of results, `last` or `last~1`: of the runs whose scenario is that of the newest, the
 * one before it.
 * @throws CommandError where there is no such thing
 */
export function findRun(word: string, runs = RUNS): Found {
  const back = /^last(?:~(\d+))?$/.exec(word);
  if (back) return lastRun(word, Number(back[1] ?? 0), runs);
  if (!existsSync(word)) throw new CommandError(`${word}: there is no such file or folder; ${WANTED}`, EXIT.badSetting);
  if (!statSync(word).isDirectory())
    return { name: nameOf(word), file: word, kind: word.endsWith('.json') ? 'results' : 'records' };
  for (const [file, kind] of [
    [RECORDS, 'records'],
    [RESULTS, 'results'],
  ] as const)
    if (existsSync(join(word, file))) return { name: word, file: join(word, file), kind };
  const [file, ...more] = readdirSync(word)
    .filter(isSegment)
    .sort(byTime)
    .map((name) => join(word, name));
  if (file) return { name: word, file, more, kind: 'records' };
  throw new CommandError(`${word} holds neither ${RECORDS} nor ${RESULTS}; ${WANTED}`, EXIT.badSetting);
}

/** `records-1.jsonl`, `records-2.jsonl`: of one run, by several k6 instances. */
const isSegment = (name: string): boolean => /^records.*\.jsonl$/.test(name);

/** A folder says more than what all of them hold. */
export const nameOf = (file: string): string => file.replace(/\/(records\.jsonl|results\.json)$/, '');

const WANTED = `allowed: a run's folder, ${RECORDS} or ${RESULTS}, last, last~1, last~2, …`;

function lastRun(word: string, back: number, runs: string): Found {
  const folders = existsSync(runs) ? readdirSync(runs).sort(byTime).reverse() : [];
  let scenario: string | undefined;
  let left = back;
  for (const folder of folders) {
    const kept = keptIn(folder, runs);
    if (!kept) continue;
    scenario ??= kept.scenario;
    if (kept.scenario === scenario && left-- === 0) return kept.found;
  }
  if (scenario === undefined)
    throw new CommandError(`${word}: no folder in ${runs}/ holds ${RECORDS} or ${RESULTS}; ${WANTED}`, EXIT.badSetting);
  throw new CommandError(
    `${word}: ${runs}/ holds only ${back - left} run${back - left === 1 ? '' : 's'} of ${scenario}`,
    EXIT.badSetting,
  );
}

/** Runs of several k6 runs, and those of other k6, have results and no records of their own. */
function keptIn(folder: string, runs: string): { found: Found; scenario: string } | undefined {
  const [records, results] = [join(runs, folder, RECORDS), join(runs, folder, RESULTS)];
  if (existsSync(records))
    return { found: { name: folder, file: records, kind: 'records' }, scenario: readHeader(records).scenario };
  if (existsSync(results))
    return { found: { name: folder, file: results, kind: 'results' }, scenario: readResults(results).run.scenario };
  return undefined;
}

/** `20261122-015605-ramp-10` comes after `20261122-015605-ramp-2`. */
const byTime = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });
