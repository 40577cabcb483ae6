import { analyze, type Extra, judgeRun, type Question } from '../../lib/analysis/analyze.ts';
import { type Columns, liveOf } from '../../lib/analysis/columns/columns.ts';
import { limitFound } from '../../lib/analysis/limit/search-judge.ts';
import type { Measured } from '../../lib/analysis/steps.ts';
import type { Step } from '../../lib/load/plan.ts';
import { findsKnee } from '../../lib/report/knee.ts';
import { limitText } from '../../lib/report/limit.ts';
import { ratesTable } from '../../lib/report/rates.ts';
import { verdictTable } from '../../lib/report/text.ts';
import type { Check, Limit, Results } from '../../lib/results.ts';
import type { SettingName } from '../../lib/settings/table.ts';
import { resultsOf } from '../../lib/summary.ts';
import { addEnvironment } from '../report/environment.ts';
import type { Session } from './session.ts';
import { OWN } from './settings.ts';

const OF_OVERLOAD = /^(dropped|settled)\./;

/** Of which run the results are. */
export interface Told extends Pick<Results['run'], 'id' | 'scenario' | 'settings'> {
  /** Epoch ms. */
  started: number;
  /** What makes its figures doubtful. */
  doubts: readonly string[];
}

/** How it is judged, and what is looked for beside the limit and the knee. */
export interface Judging extends Pick<Question, 'terms' | 'confidence'> {
  extras: readonly Extra[];
  /** Steps that no probe was. */
  more: readonly Step[];
}

export interface ResultsFound {
  results: Results;
  /** How limit and knee read, for textReport. */
  extras: Extra[];
  columns: Columns;
  measured: readonly Measured[];
}

/** What the search found, out of the records of all its parts. */
export function resultsFound(
  session: Session,
  { id, scenario, settings: own, started, doubts }: Told,
  { terms, confidence, extras: others, more }: Judging,
): ResultsFound {
  const { search, tried, rows, live, parts, header, endedAt } = session;
  if (!header) throw new Error('nothing was measured');
  const { settings } = header;
  const limit = limitFound(search, tried);
  const extras = [limitIs(limit), findsKnee];
  const columns = rows.columns(liveOf(live));
  const question: Question = {
    steps: [...byLoad(session), ...more],
    terms,
    ...(confidence !== undefined && { confidence }),
    endedAt,
    wanted: {
      driver: header.driver,
      stream: settings.STREAM as boolean,
      ignoreEos: settings.IGNORE_EOS as boolean,
      caching: settings.PREFIX_TOKENS !== undefined,
      prefixTokens: settings.PREFIX_TOKENS as number | undefined,
      prefixShare: settings.PREFIX_SHARE as number | undefined,
    },
    profiles: header.profiles,
    extras: [...extras, ...others],
  };
  const judged = judgeRun(columns, question);
  const found = analyze(columns, question, judged);
  // What makes the figures of an overload doubtful is what it is there to show.
  const broke = new Set(tried.filter((t) => t.probe.load >= (limit.range[1] ?? Infinity)).map((t) => t.result.name));
  found.audit = found.audit.filter(
    (c) => c.ok || !OF_OVERLOAD.test(c.check) || !broke.has(c.check.replace(OF_OVERLOAD, '')),
  );
  found.audit.push(
    ...doubts.map((sentence, k): Check => ({ check: `search_${k + 1}`, ok: false, value: null, sentence })),
  );
  const shared = Object.fromEntries(
    Object.entries(settings).filter(
      ([name]) => !OWN.includes(name as SettingName) && (name !== 'VUS' || session.given.VUS),
    ),
  );
  const results = resultsOf(
    found,
    {
      id,
      startedAt: new Date(started).toISOString(),
      endedAt: new Date(endedAt).toISOString(),
      llmload: LLMLOAD_VERSION,
      driver: header.driver,
      scenario,
      settings: { ...shared, ...own },
    },
    { baseUrl: String(settings.BASE_URL), api: String(settings.API) },
  );
  addEnvironment(results, session.environment);
  return { extras, results: { ...results, parts }, columns, measured: judged.measured };
}

/** Only a search by an SLO judges its probes. */
const byLoad = ({ steps, tried, search }: Session): Step[] =>
  steps
    .map((step, k) => ({ step: { ...step, judged: search.terms.length > 0 }, load: tried[k]?.probe.load ?? 0 }))
    .sort((a, b) => a.load - b.load)
    .map((s) => s.step);

/** With an SLO, the verdicts on the two loads between which the limit lies. */
const limitIs = (limit: Limit): Extra => ({
  find: () => ({ limit }),
  table: ratesTable,
  text: limitText,
  verdicts: (results) => {
    const ends = results.steps.filter((s) =>
      limit.range.includes(s.load.kind === 'open' ? s.load.rate : s.load.concurrency),
    );
    const slo = results.slo.filter((v) => ends.some((s) => s.name === v.step));
    return slo.length > 0 ? verdictTable({ ...results, slo }) : [];
  },
});
