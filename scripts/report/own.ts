import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Results } from '../../lib/results.ts';
import type { PageRun } from '../../report/page.ts';
import type { Saved } from '../commands/saved.ts';
import type { Status } from '../live/status.ts';
import { chartsOfRecords } from './charts.ts';
import { writePage } from './write.ts';

/** Writes the report of a run that has just ended. */
export const writeReport = ({ report, records }: Saved, results: Results, status: Status): boolean =>
  writeOwnPage(report, status, () => {
    const charts = records && existsSync(records) ? chartsOfRecords(records) : undefined;
    return { results, ...(charts && { charts }) };
  });

/**
 * Writes the page of what has just been measured. Where that fails it is a warning: the load itself did not.
 * @returns whether it is there
 */
export function writeOwnPage(path: string, status: Status, run: () => Omit<PageRun, 'name'>): boolean {
  status.show('writing report.html');
  try {
    writePage(path, { runs: [{ name: basename(dirname(path)), ...run() }] });
    status.clear();
    return true;
  } catch (e) {
    status.say(`warning: there is no report.html: ${e instanceof Error ? e.message : String(e)}`);
    return false;
  }
}
