import { analyze, judgeRun, type Question } from '../../lib/analysis/analyze.ts';
import { wantsCaching } from '../../lib/analysis/audit/cache.ts';
import type { FaultNote } from '../../lib/analysis/chaos/result.ts';
import { type Columns, liveOf, Rows } from '../../lib/analysis/columns/columns.ts';
import { type RouterSettings, routerAsked } from '../../lib/analysis/router/asked.ts';
import { stepsOfSegment } from '../../lib/load/segment.ts';
import type { Results } from '../../lib/results.ts';
import type { Header } from '../../lib/run.ts';
import { addressOf, resultsOf } from '../../lib/summary.ts';
import { parseSlo } from '../../thresholds/slo.ts';
import { auditFiles } from './audit.ts';
import { extrasOf } from './extras.ts';
import { type RecordsFile, readHeader, readRows } from './file.ts';
import { checkAgree, checkIndexes, sharesOf } from './same-run.ts';

/** The records of one run, by all its k6 instances: as if they were one file. */
export interface RunRecords {
  header: Header;
  files: RecordsFile[];
  columns: Columns;
  shares: ReturnType<typeof sharesOf>;
  /** What the run asked of them. */
  question: Question;
  /** Epoch ms. */
  endedAt: number;
}

/**
 * @param slo other terms than the run was judged by
 * @throws CommandError where the files are no records, or not of one run
 * @throws SettingsError for the SLO
 */
export function runRecords(paths: readonly [string, ...string[]], slo?: string): RunRecords {
  const opened = paths.map((path) => ({ path, header: readHeader(path) }));
  const ignored = slo === undefined ? [] : ['SLO'];
  checkAgree(opened, ignored);
  const rows = new Rows();
  const files = opened.map(({ path, header }) => readRows(path, header, rows));
  const columns = rows.columns(liveOf(files.flatMap(liveUntilJudged)));
  checkIndexes(columns, files);
  const shares = sharesOf(files);
  checkAgree(files, ignored);

  const first = (files[0] as RecordsFile).header;
  const header = slo === undefined ? first : { ...first, settings: { ...first.settings, SLO: slo } };
  const endedAt = Math.max(...files.map((file) => endOf(file, columns)));
  return { header, files, columns, shares, endedAt, question: questionOf(header, files, shares.all, endedAt) };
}

/** What one run found, by its records: one file gives what its run gave. Takes and throws what `runRecords` does. */
export const report = (paths: readonly [string, ...string[]], slo?: string): Results =>
  resultsOfRecords(runRecords(paths, slo));

/** What a run found. */
export function resultsOfRecords(
  { header, files, columns, shares, question, endedAt }: RunRecords,
  judged = judgeRun(columns, question),
): Results {
  const { settings } = header;
  const found = analyze(columns, question, judged);
  found.audit.push(...auditFiles(files, shares, columns, found.steps));
  return resultsOf(
    found,
    {
      id: [...new Set(files.map((file) => file.header.run))].join(', '),
      startedAt: files.map((file) => file.header.started).sort()[0] as string,
      endedAt: new Date(endedAt).toISOString(),
      llmload: LLMLOAD_VERSION,
      driver: header.driver,
      scenario: header.scenario,
      settings,
    },
    { baseUrl: addressOf(settings), api: String(settings.API) },
  );
}

/** What the run asked of its own records; see questionOf in lib/question.ts. */
function questionOf(
  { scenario, driver, settings, steps, routing, models, profiles, confidence }: Header,
  files: readonly RecordsFile[],
  share: number,
  endedAt: number,
): Question {
  const learned = files[0]?.setup?.expected as Record<string, string> | undefined;
  const expected = learned ?? (routing ? Object.fromEntries(models.map((model) => [model, model])) : undefined);
  const router = routerAsked(routerSettings(settings), routing);
  const faults = files.flatMap((file) => file.faults as unknown as FaultNote[]);
  return {
    steps: share < 1 ? stepsOfSegment(steps, share) : steps,
    terms: parseSlo(settings.SLO as string | undefined),
    wanted: {
      driver,
      stream: settings.STREAM as boolean,
      ignoreEos: settings.IGNORE_EOS as boolean,
      caching: wantsCaching(steps, settings.PREFIX_TOKENS),
      prefixTokens: settings.PREFIX_TOKENS as number | undefined,
      prefixShare: settings.PREFIX_SHARE as number | undefined,
    },
    ...(expected && { expected }),
    ...(router && { router }),
    ...((share === 1 || faults.length > 0) && { faults }),
    models,
    profiles,
    endedAt,
    ...(confidence !== undefined && { confidence }),
    extras: extrasOf(scenario),
  };
}

const routerSettings = ({ ROUTES, AFFINITY, ECHO, BACKEND_HEADER }: Header['settings']): RouterSettings => ({
  routes: ROUTES as RouterSettings['routes'],
  affinity: AFFINITY as boolean | undefined,
  echo: ECHO as boolean | undefined,
  backendHeader: BACKEND_HEADER as string | undefined,
});

/** What the run itself knew of its client: k6 goes on for a moment after it has judged. */
const liveUntilJudged = ({ live, judged }: RecordsFile) =>
  live.filter((row) => !(Number(row.t) > Number(judged?.t ?? Number.POSITIVE_INFINITY)));

/** Epoch ms at which a run judged itself; where it was killed before, the last that was heard of it. */
function endOf({ judged, live, header, from, to }: RecordsFile, columns: Columns): number {
  if (typeof judged?.t === 'number') return judged.t;
  const t = columns.number('t');
  const end = columns.number('end');
  let last = Math.max(Date.parse(header.started), Number(live.at(-1)?.t ?? 0));
  for (let row = from; row < to; row++) last = Math.max(last, (t[row] as number) + (end[row] || 0));
  return last;
}
