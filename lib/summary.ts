import { needsRecords, type Term, termsOf } from '../thresholds/slo.ts';
import type { Analysis } from './analysis/analyze.ts';
import { auditLoad } from './analysis/audit/audit.ts';
import { auditLag } from './analysis/audit/starts.ts';
import { NOT_TIMED, timedInJavaScript } from './analysis/audit/streams.ts';
import { failureCounts, type SummaryMetrics, stepsOf } from './analysis/submetrics.ts';
import { judge } from './analysis/verdict.ts';
import { timesTokens } from './client/client.ts';
import { textReport } from './report/text.ts';
import { RESULTS_SCHEMA, type Results, type StepResult } from './results.ts';
import type { Run, SetupData } from './run.ts';

/** What k6 hands to handleSummary. */
export interface SummaryData {
  metrics: SummaryMetrics;
  state: { testRunDurationMs: number };
  setup_data?: SetupData;
}

/** The analysis where there are no records: k6's own sub-metrics. What nobody measured is said in words. */
export function stockResults(
  data: SummaryData,
  { definition: { settings, confidence, plan }, terms, models, profiles, driver }: Run,
): Analysis {
  const { steps } = plan;
  const timed = timesTokens(driver);
  const unjudged = (r: StepResult, term: Term) => {
    const verdict = judge({ ...r, metrics: {} }, term);
    if (timed && r.ok > 0)
      verdict.why = needsRecords(term, false, true) ? 'needs the records of bin/k6' : 'certifying needs bin/k6';
    return verdict;
  };
  const lag = data.metrics.llm_schedule_lag?.values;
  const results = stepsOf(data.metrics, steps, models, data.state.testRunDurationMs, profiles);
  return {
    steps: results,
    slo: results.flatMap((r, i) => {
      const step = steps[i];
      if (!step?.judged) return [];
      const certify = confidence !== undefined;
      return termsOf(step, terms).map((t) => (needsRecords(t, certify, timed) ? unjudged(r, t) : judge(r, t)));
    }),
    audit: [
      ...auditLoad(results),
      ...(lag?.count ? [auditLag({ p50: lag['p(50)'] ?? 0, p99: lag['p(99)'] ?? 0, max: lag.max ?? 0 })] : []),
      timed ? timedInJavaScript(driver, results) : NOT_TIMED,
    ],
    failures: failureCounts(data.metrics).map((f) => ({
      inWarmup: 0,
      ...f,
      model: settings.model ?? models.join(', '),
      error: 'only bin/k6 keeps an example of each',
    })),
    models: models.length ? [...models] : [data.setup_data?.model ?? settings.model ?? '?'],
    warmupRequests: data.metrics.llm_warmup_requests?.values.count ?? 0,
  };
}

/** The table for the terminal, and the results as JSON where SUMMARY_JSON names a file. */
export function writeSummary(
  found: Analysis,
  { definition, runId, started, driver, shown }: Run,
): Record<string, string> {
  const { name, settings, extras } = definition;
  const results = resultsOf(
    found,
    {
      id: runId,
      startedAt: started,
      endedAt: new Date().toISOString(),
      llmload: LLMLOAD_VERSION,
      driver,
      scenario: name,
      settings: shown(),
    },
    { baseUrl: addressOf(shown()), api: definition.api?.name ?? settings.api },
  );
  const files: Record<string, string> = { stdout: `\n${textReport(results, extras)}` };
  if (settings.summaryJson) files[settings.summaryJson] = `${JSON.stringify(results, null, 2)}\n`;
  return files;
}

/** Where the server is, or the servers are, by the settings that may be shown. */
export const addressOf = (shown: Readonly<Record<string, unknown>>): string => String(shown.TARGETS ?? shown.BASE_URL);

/** What was found, of which run and target. */
export const resultsOf = (
  { warmupRequests, models, ...found }: Analysis,
  run: Omit<Results['run'], 'warmupRequests'>,
  target: Omit<Results['target'], 'models'>,
): Results => ({
  schema: RESULTS_SCHEMA,
  run: { ...run, warmupRequests },
  target: { ...target, models },
  ...found,
});
