import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Results } from '../../lib/results.ts';
import type { Saved } from '../commands/saved.ts';
import type { Status } from '../live/status.ts';
import { chartsOfRecords } from './charts.ts';
import { writePage } from './write.ts';

/** Writes the report of a run that has just ended. Where that fails it is a warning: the run itself did not. */
export function writeReport({ report, records }: Saved, results: Results, status: Status): void {
  status.show('writing report.html');
  try {
    const charts = records && existsSync(records) ? chartsOfRecords(records) : undefined;
    writePage(report, { runs: [{ name: basename(dirname(report)), results, ...(charts && { charts }) }] });
    status.clear();
  } catch (e) {
    status.say(`warning: there is no report.html: ${e instanceof Error ? e.message : String(e)}`);
  }
}
