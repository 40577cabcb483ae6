import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { judgeRun } from '../../lib/analysis/analyze.ts';
import type { Run } from '../../lib/analysis/compare/compare.ts';
import type { Known } from '../../lib/analysis/compare/unlike.ts';
import type { Check, Results } from '../../lib/results.ts';
import { parseSlo, requestLimits } from '../../thresholds/slo.ts';
import { readResults } from '../cost/results.ts';
import { runRecords } from '../records/report.ts';
import { percent } from '../records/same-run.ts';
import type { Found } from './find.ts';

/** A run with what it was told. */
export interface Loaded extends Run, Known {
  id: string;
  doubts: string[];
  /** What its own audit doubts. */
  audit: readonly Check[];
}

/** @throws CommandError where the file is not what it seems */
export const load = (found: Found): Loaded => (found.kind === 'records' ? fromRecords(found) : fromResults(found));

function fromRecords({ name, file, more = [] }: Found): Loaded {
  const { header, files, columns, shares, question } = runRecords([file, ...more]);
  const { scenario, driver, settings, run: id } = header;
  const { measured } = judgeRun(columns, { ...question, extras: [] });
  const part = shares.all < 1 ? [`the records are of ${percent(shares.all)} of the load`] : [];
  return {
    name,
    id,
    steps: measured.map(({ result }) => result),
    limits: limitsOf(settings.SLO),
    records: [{ columns, measured }],
    told: { scenario, driver, ...settings },
    doubts: [...files.flatMap(({ doubts }) => doubts), ...part].map((doubt) => `${name}: ${doubt}`),
    ...known(besideOf(file, id)),
  };
}

/** The results that a run wrote beside its records. */
function besideOf(records: string, id: string): Results | undefined {
  const file = join(dirname(records), 'results.json');
  const results = existsSync(file) ? readResults(file) : undefined;
  return results?.run.id === id ? results : undefined;
}

const known = (results: Results | undefined): Pick<Loaded, 'with' | 'audit'> => ({
  with: { server: results?.target.server, llmload: results?.run.llmload, k6: results?.run.k6 },
  audit: results?.audit.filter(({ ok }) => !ok) ?? [],
});

/** Where its steps were k6 runs of their own it has records too. */
function fromResults({ name, file }: Found): Loaded {
  const results = readResults(file);
  const { run, steps, limit, parts = [] } = results;
  const { records, doubts } = fromParts(dirname(file), parts, run.settings.SLO as string | undefined);
  return {
    name,
    id: run.id,
    steps,
    limits: limitsOf(run.settings.SLO),
    ...(records.length > 0 && { records }),
    ...(limit && parts.length > 0 && { searched: { by: limit.by, range: limit.range } }),
    told: { scenario: run.scenario, driver: run.driver, ...run.settings },
    doubts: doubts.map((doubt) => `${name}: ${doubt}`),
    ...known(results),
  };
}

/** The records of each step, with its rows called as the results call it. */
function fromParts(folder: string, parts: NonNullable<Results['parts']>, slo = '') {
  const records: NonNullable<Run['records']>[number][] = [];
  const doubts: string[] = [];
  for (const { records: file, step } of parts) {
    if (step === null) continue;
    const path = join(folder, file);
    if (!existsSync(path)) {
      doubts.push(`${file} is missing: no interval in ${step}`);
      continue;
    }
    const { columns, question, files } = runRecords([path], slo);
    const { measured } = judgeRun(columns, { ...question, extras: [] });
    records.push({ columns, measured: measured.map((m) => ({ ...m, result: { ...m.result, name: step } })) });
    doubts.push(...files.flatMap((one) => one.doubts).map((doubt) => `${file}: ${doubt}`));
  }
  return { records, doubts };
}

const limitsOf = (slo: unknown) => (slo ? requestLimits(parseSlo(String(slo))) : undefined);
