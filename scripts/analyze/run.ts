import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Results } from '../../lib/results.ts';
import { findRun } from '../compare/find.ts';
import { readResults } from '../cost/results.ts';
import { report } from '../records/report.ts';

/** What a run found: its results.json, or where there is none its records. Takes and throws what findRun does. */
export function resultsOfRun(word: string, runs = 'runs'): Results {
  const { file, kind } = findRun(word, runs);
  if (kind === 'results') return readResults(file);
  const beside = join(dirname(file), 'results.json');
  return file !== word && existsSync(beside) ? readResults(beside) : report([file]);
}
