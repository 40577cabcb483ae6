import exec from 'k6/execution';
import type { Options } from 'k6/options';
import { analyze, judgeRun } from './analysis/analyze.ts';
import { gateVerdicts } from './analysis/gate.ts';
import { native } from './client/native.ts';
import { cloudOptions } from './cloud.ts';
import { type Ask, type Iterations, iterations } from './iteration.ts';
import { learn } from './learn.ts';
import { segmentShare } from './load/segment.ts';
import { emit, register } from './metrics.ts';
import { testThresholds } from './options.ts';
import { isGated, questionOf, unjudged } from './question.ts';
import { type Definition, openRun, type Run, type SetupData } from './run.ts';
import { after, type Soon } from './soon.ts';
import { type SummaryData, stockResults, writeSummary } from './summary.ts';

/** What a scenario file exports, as k6 knows it. */
export interface LoadTest extends Iterations {
  options: Options;
  setup: () => Soon<SetupData>;
  /** One measured request, for an iteration of one's own: a step before it, a prompt of its own, its answer read. */
  ask: Ask;
  teardown: (data: SetupData) => void;
  handleSummary: (data: SummaryData) => Record<string, string>;
}

/**
 * Everything a scenario file exports, from its settings and its load shape: options with thresholds, setup, the requests,
 * the verdict on the records in teardown, and the summary.
 * @throws SettingsError
 */
export function loadTest(definition: Definition): LoadTest {
  // Only the first VU's options count, and the native driver finds metrics by name: a thousand VUs need no copies.
  const first = __VU === 0;
  if (first || !native) register(undefined, definition.settings.itlSample);
  const run = openRun(definition);
  const { plan } = definition;
  const usual = iterations(run);
  return {
    options: {
      scenarios: plan.scenarios,
      thresholds: first ? testThresholds(plan, run) : {},
      summaryTrendStats: ['avg', 'min', 'max', 'p(50)', 'p(90)', 'p(95)', 'p(99)', 'p(99.9)', 'count'],
      setupTimeout: '300s',
      teardownTimeout: '300s',
      userAgent: `llmload/${LLMLOAD_VERSION}`,
      ...cloudOptions(definition.settings.cloudZones),
    },
    setup: () => setup(run),
    ...usual,
    ...definition.iterations?.(run),
    teardown: (data) => teardown(run, data),
    handleSummary: (data) => handleSummary(run, data),
  };
}

function setup(run: Run): Soon<SetupData> {
  const { settings, mix } = run.definition;
  for (const warning of settings.warnings()) console.warn(warning);
  const share = segmentShare(exec.test.options.executionSegment);
  if (settings.seed === undefined && share < 1) {
    throw new Error('SEED is not set; allowed: the same whole number in every execution segment');
  }
  if (settings.records && !native) console.warn('RECORDS is set, but only bin/k6 keeps records');
  const model = mix ? run.models.join(', ') : (settings.model ?? run.models[0] ?? run.onlyModel());
  const data: SetupData = { model, ...(share < 1 && { share }) };
  return after(learn(run, run.models.length > 0 ? run.models : [model], data), () => {
    native?.note(JSON.stringify({ kind: 'setup', share, ...data }));
    return data;
  });
}

/** k6 judges samples added here, and handleSummary cannot set the exit code: so the records are judged here. */
function teardown(run: Run, data: SetupData): void {
  if (!isGated(run)) return;
  let failed = unjudged(run);
  if (native) {
    failed = gateVerdicts(judgeRun(native.columns(), questionOf(run, data))).filter((v) => v !== 'PASS').length;
  }
  if (failed > 0) emit({ llm_slo_failed: failed }, {});
  emit({ llm_verdicts: 1 }, {});
}

function handleSummary(run: Run, data: SummaryData): Record<string, string> {
  const { plan } = run.definition;
  const dropped = Object.fromEntries(
    plan.steps
      .filter((s) => s.load.kind === 'open')
      .map((s) => [s.scenario, data.metrics[`dropped_iterations{scenario:${s.scenario}}`]?.values.count ?? 0]),
  );
  const question = questionOf(run, data.setup_data);
  native?.note(JSON.stringify({ kind: 'judged', t: question.endedAt }));
  const found = native ? analyze(native.columns(), question) : stockResults(data, run);
  native?.finish(dropped);
  return writeSummary(found, run);
}
