import { readFileSync } from 'node:fs';
import { judgeRun } from '../../lib/analysis/analyze.ts';
import type { Run } from '../../lib/analysis/compare/compare.ts';
import { RESULTS_SCHEMA, type Results } from '../../lib/results.ts';
import { requestLimits } from '../../thresholds/slo.ts';
import { CommandError } from '../commands/exit.ts';
import { runRecords } from '../records/report.ts';
import { percent } from '../records/same-run.ts';
import type { Found } from './find.ts';

/** A run with what it was told. */
export interface Loaded extends Run {
  id: string;
  /** The scenario, the driver and the settings, by name. */
  told: Record<string, unknown>;
  doubts: string[];
}

/** @throws CommandError where the file is not what it seems */
export const load = (found: Found): Loaded => (found.kind === 'records' ? fromRecords(found) : fromResults(found));

function fromRecords({ name, file }: Found): Loaded {
  const { header, files, columns, shares, question } = runRecords([file]);
  const { scenario, driver, settings, run: id } = header;
  const { measured } = judgeRun(columns, { ...question, extras: [] });
  const limits = question.terms.length > 0 ? requestLimits(question.terms) : undefined;
  const part = shares.all < 1 ? [`the records are of ${percent(shares.all)} of the load`] : [];
  return {
    name,
    id,
    steps: measured.map(({ result }) => result),
    records: { columns, measured, limits },
    told: { scenario, driver, ...settings },
    doubts: [...files.flatMap(({ doubts }) => doubts), ...part].map((doubt) => `${name}: ${doubt}`),
  };
}

function fromResults({ name, file }: Found): Loaded {
  const results = parsed(readFileSync(file, 'utf8'));
  if (results?.schema !== RESULTS_SCHEMA) throw new CommandError(`${file} is no ${RESULTS_SCHEMA}`);
  const { run, steps } = results;
  const told = { scenario: run.scenario, driver: run.driver, ...run.settings };
  return { name, id: run.id, steps, told, doubts: [] };
}

function parsed(text: string): Results | undefined {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}
