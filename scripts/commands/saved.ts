import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Results } from '../../lib/results.ts';

/** Where a run's files go. */
export interface Saved {
  results: string;
  /** Absent where the driver keeps none. */
  records: string | undefined;
  table: string;
  log: string;
  report: string;
}

/** In `folder`, unless the settings say otherwise. Makes the folder of the results, as k6 does not. */
export function savedFiles(folder: string, env: NodeJS.ProcessEnv): Saved {
  const native = env.DRIVER !== 'http' && env.LLMLOAD_NATIVE !== '';
  const results = resolve(env.SUMMARY_JSON || join(folder, 'results.json'));
  mkdirSync(dirname(results), { recursive: true });
  return {
    results,
    records: native ? resolve(env.RECORDS || join(folder, 'records.jsonl')) : undefined,
    table: join(folder, 'table.txt'),
    log: join(folder, 'k6.log'),
    report: join(folder, 'report.html'),
  };
}

/** `runs/20261122-015605-ramp`, made here; a second run in the same second gets a number. */
export function freshFolder(scenario: string): string {
  const time = new Date().toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  for (let n = 1; ; n++) {
    const folder = resolve('runs', `${time}-${scenario}${n > 1 ? `-${n}` : ''}`);
    mkdirSync(resolve('runs'), { recursive: true });
    try {
      mkdirSync(folder);
      return folder;
    } catch (e) {
      if ((e as NodeJS.ErrnoException).code !== 'EEXIST') throw e;
    }
  }
}

export const jsonOf = (results: Results): string => `${JSON.stringify(results, null, 2)}\n`;

/** Keeps results and their table in a folder, shows the table; `json` names one more file for the results, or is `-` for stdout. */
export function saveResults(folder: string, results: Results, table: string, json: string | undefined): void {
  const file = jsonOf(results);
  writeFileSync(join(folder, 'results.json'), file);
  writeFileSync(join(folder, 'table.txt'), table);
  if (json && json !== '-') writeFileSync(json, file);
  if (json === '-') process.stdout.write(file);
  (json === '-' ? process.stderr : process.stdout).write(table);
}
