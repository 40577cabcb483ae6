import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Charts, chartsOf } from '../../lib/analysis/charts/charts.ts';
import { type Columns, liveOf, Rows } from '../../lib/analysis/columns/columns.ts';
import { stepData } from '../../lib/analysis/measure.ts';
import { measureStep } from '../../lib/analysis/steps.ts';
import type { Step } from '../../lib/load/plan.ts';
import type { Part } from '../../lib/results.ts';
import { readPart } from '../records/parts.ts';
import { runRecords } from '../records/report.ts';

/** Of a run whose results are known. @throws CommandError where the file is no records file */
export function chartsOfRecords(path: string): Charts {
  const { columns, question } = runRecords([path]);
  return drawn(columns, question.steps, question.endedAt);
}

/**
 * Of a run of several k6 runs.
 * @returns also what is missing; no charts where none of the records is there
 */
export function chartsOfParts(folder: string, parts: readonly Part[]): { charts?: Charts; missing: string[] } {
  const rows = new Rows();
  const steps: Step[] = [];
  const missing: string[] = [];
  let endedAt: number | undefined;
  for (const part of parts) {
    const path = join(folder, part.records);
    if (!existsSync(path)) {
      missing.push(path);
      continue;
    }
    const { steps: own, judged } = readPart(path, part.step, rows);
    if (part.step !== null) steps.push(...own);
    endedAt = typeof judged?.t === 'number' ? judged.t : undefined;
  }
  return { missing, ...(missing.length < parts.length && { charts: drawn(rows.columns(liveOf([])), steps, endedAt) }) };
}

const drawn = (columns: Columns, steps: readonly Step[], endedAt: number | undefined): Charts =>
  chartsOf(
    columns,
    stepData(columns, steps, endedAt).map((data) => measureStep(columns, data, undefined)),
  );
