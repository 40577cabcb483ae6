import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RESULTS_SCHEMA, type Results } from '../../lib/results.ts';
import { CommandError } from '../commands/exit.ts';

/** A run's results, by their file or by the folder of the run. @throws CommandError */
export function readResults(path: string): Results {
  const file = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, 'results.json') : path;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (e) {
    const { code, message } = e as NodeJS.ErrnoException;
    throw new CommandError(`${file} cannot be read: ${code === 'ENOENT' ? 'there is no such file' : message}`);
  }
  const results = parsed(text);
  if (results?.schema === RESULTS_SCHEMA && Array.isArray(results.steps)) return results as Results;
  throw new CommandError(`${file} holds no results of a run (${RESULTS_SCHEMA})`);
}

function parsed(text: string): Partial<Results> | null | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
