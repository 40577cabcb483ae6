import { sleep } from 'k6';
import exec from 'k6/execution';
import type { Options } from 'k6/options';
import { needsRecords, parseSlo, requestLimits } from '../thresholds/slo.ts';
import { type Analysis, analyze, type Question } from './analysis/analyze.ts';
import { createClient, driverOf, type Order } from './client/client.ts';
import { native } from './client/native.ts';
import type { Completion } from './completion.ts';
import { type Plan, type Step, stepAt } from './load/plan.ts';
import { emit, type Line, register, samplesOf } from './metrics.ts';
import { testThresholds } from './options.ts';
import { onlyModel } from './probe.ts';
import { COLUMNS, lineOf, type Place } from './record.ts';
import type { MixShare } from './settings/parse.ts';
import { type CommonSettings, publicSettings } from './settings/settings.ts';
import { seedOf, storedPrompts } from './shared.ts';
import { type SummaryData, stockResults, writeSummary } from './summary.ts';
import { identities } from './workload/identity.ts';
import { mixer } from './workload/mix.ts';
import { prompts } from './workload/prompts.ts';

/** What setup() learns once and hands to every VU. */
export interface SetupData {
  /** The model to ask for, where there is no mix. */
  model: string;
  /** Model asked → name that its answers carry; only where EXPECT_MODEL=exact. */
  expected?: Record<string, string>;
}

export interface LoadTest {
  options: Options;
  setup: () => SetupData;
  /** One measured request (closed loops warm up first). */
  request: (data: SetupData) => void;
  /** One unmeasured request. */
  warmup: (data: SetupData) => void;
  teardown: (data: SetupData) => void;
  handleSummary: (data: SummaryData) => Record<string, string>;
}

interface Definition {
  name: string;
  settings: CommonSettings;
  plan: Plan;
  /** Models by weight; without it every request asks for MODEL. */
  mix?: readonly MixShare[];
  /** Requests of the whole run, if a count ends it. */
  total?: number;
}

/**
 * Everything a scenario file exports, from its settings and its load shape: options with thresholds, setup, the request
 * itself, the verdict on the records in teardown, and the summary.
 */
export function loadTest({ name, settings, plan, mix, total }: Definition): LoadTest {
  // Only the first VU's options count, and the native driver finds metrics by name: a thousand VUs need no copies.
  const first = __VU === 0;
  if (first || !native) register();
  const terms = parseSlo(settings.slo);
  const limits = terms.length > 0 ? requestLimits(terms) : undefined;
  const routing = settings.expectModel === 'exact';
  const driver = driverOf(settings.driver);
  const { seed, runId, started } = seedOf(settings);
  const lines = storedPrompts(settings.promptsFile);
  const send = createClient(settings);
  const models = mix?.map((m) => m.model) ?? [];
  const shown = { ...publicSettings(settings), SEED: seed, RUN_ID: runId };
  native?.open({
    columns: COLUMNS,
    header: JSON.stringify({
      llmload: 1,
      kind: 'run',
      run: runId,
      started,
      scenario: name,
      driver,
      segment: null,
      settings: shown,
    }),
    ...(settings.records && { path: settings.records }),
    gapSample: settings.itlSample,
  });
  const now = native?.now ?? Date.now;
  const here = native?.place ?? (() => exec.scenario);

  const question = (data: SetupData | undefined, endedAt: number): Question => ({
    steps: plan.steps,
    terms,
    endedAt,
    wanted: { ...settings, driver },
    ...(data?.expected && { expected: data.expected }),
    models,
  });

  /** What differs from scenario to scenario, made when a VU first runs one. */
  const streams = new Map<string, ReturnType<typeof openStream>>();
  function openStream(scenario: string) {
    return {
      identity: identities(seed, runId, scenario),
      prompt: prompts(settings, seed, scenario, lines),
      model: mix && mixer(mix, seed, total),
      steps: plan.steps.filter((s) => s.scenario === scenario),
    };
  }

  function ask(data: SetupData, stream: ReturnType<typeof openStream>, place: Place): Completion {
    const { nonce, requestId, traceparent } = stream.identity(place.i);
    const model = stream.model?.(Math.abs(place.i)) ?? data.model;
    const expectModel = data.expected?.[model];
    const prompt = `[${nonce}] ${stream.prompt(place.i)}`;
    const order: Order = {
      model,
      prompt,
      requestId,
      traceparent,
      tags: { step: place.step, phase: place.phase, model },
    };
    if (expectModel !== undefined) order.expectModel = expectModel;
    return send(order);
  }

  function warmOnce(
    data: SetupData,
    stream: ReturnType<typeof openStream>,
    scenario: string,
    step: string,
    i: number,
  ): void {
    const place: Place = { i, scenario, step, phase: 'warmup', warm: true };
    const c = ask(data, stream, place);
    emit({ llm_warmup_requests: 1 }, { step, phase: 'warmup' }, lineOf(c, place), c.gaps);
  }

  const streamOf = (scenario: string) => {
    let stream = streams.get(scenario);
    if (!stream) {
      stream = openStream(scenario);
      streams.set(scenario, stream);
    }
    return stream;
  };

  function request(data: SetupData): void {
    const { name: scenario, startTime, iterationInTest: i } = here();
    const stream = streamOf(scenario);
    const first = stream.steps[0];
    if (!first) throw new Error(`scenario ${scenario} has no step in the plan`);
    const step = String(first.load.kind === 'open' ? first.load.rate : first.load.concurrency);
    const place: Place = { i, scenario, step, phase: first.phase, warm: false };
    try {
      spreadStarts(first, startTime);
      // Indexes below 0 are nobody else's: warm-up requests of VU v are −1−v, −1−v−100000, …
      for (let k = 0; now() < startTime + first.offset; k++) {
        warmOnce(data, stream, scenario, step, -1 - exec.vu.idInTest - k * 100_000);
      }
      if (stream.steps.length > 1) place.phase = (stepAt(stream.steps, now() - startTime) ?? first).phase;
      const c = ask(data, stream, place);
      const tags = { step, phase: place.phase, model: c.model, outcome: c.outcome };
      emit(samplesOf(c, limits), tags, lineOf(c, place), c.gaps);
    } catch (e) {
      // k6 exits with 0 when an iteration throws: count it where a threshold sees it.
      emit(
        { llm_requests: 1, llm_errors: 1 },
        { step, phase: place.phase, model: data.model, outcome: 'exception' },
        exceptionLine(place, data.model, e),
      );
      throw e;
    }
  }

  /**
   * VUs that all start at once stay in step, answer after answer: every request then meets the same crowd, and the client
   * is busiest at the very moment it should take the time. So the first half of a closed loop's warm-up spreads them out.
   */
  function spreadStarts({ load, offset, shared }: Step, startTime: number): void {
    if (load.kind !== 'closed' || shared || now() > startTime + offset / 2) return;
    const turn = ((exec.vu.idInInstance - 1) % load.concurrency) / load.concurrency;
    const wait = startTime + (turn * offset) / 2 - now();
    if (wait > 0) sleep(wait / 1000);
  }

  const exceptionLine = (place: Place, model: string, e: unknown): Line => ({
    ...place,
    t: now(),
    end: 0,
    model,
    outcome: 'exception',
    error: String(e),
  });

  function setup(): SetupData {
    for (const warning of settings.warnings) console.warn(warning);
    if (settings.seed === undefined && exec.test.options.executionSegment) {
      throw new Error('SEED is not set; allowed: the same whole number in every execution segment');
    }
    if (settings.records && !native) console.warn('RECORDS is set, but only bin/k6 keeps records');
    const model = mix ? models.join(', ') : (settings.model ?? onlyModel(settings));
    if (!routing) return { model };
    const stream = streamOf('setup');
    const expected = Object.fromEntries(
      (mix ? models : [model]).map((asked, k) => {
        const { nonce, requestId, traceparent } = stream.identity(k);
        const answer = send({
          model: asked,
          prompt: `[${nonce}] Hi`,
          requestId,
          traceparent,
          outputTokens: 1,
          tags: { phase: 'warmup', model: asked },
        });
        if (answer.answered === undefined)
          console.warn(
            `${asked}: a first probe learned no name (${'error' in answer ? answer.error : 'the answer names no model'}); expecting "${asked}"`,
          );
        return [asked, answer.answered ?? asked];
      }),
    );
    return { model, expected };
  }

  /** k6 judges samples added here, and handleSummary cannot set the exit code: so the records are judged here. */
  function teardown(data: SetupData): void {
    if (terms.length === 0 && !routing) return;
    let failed = terms.filter((t) => needsRecords(t)).length;
    if (native) {
      const found = analyze(native.columns(), question(data, now()));
      failed =
        found.slo.filter((v) => v.verdict !== 'PASS').length +
        Number(found.routing !== undefined && found.routing.verdict !== 'PASS');
    }
    if (failed > 0) emit({ llm_slo_failed: failed }, {});
    emit({ llm_verdicts: 1 }, {});
  }

  function handleSummary(data: SummaryData): Record<string, string> {
    const dropped = Object.fromEntries(
      plan.steps
        .filter((s) => s.load.kind === 'open')
        .map((s) => [s.scenario, data.metrics[`dropped_iterations{scenario:${s.scenario}}`]?.values.count ?? 0]),
    );
    const found: Analysis = native
      ? analyze(native.columns(), question(data.setup_data, now()))
      : stockResults(data, plan.steps, models, terms, settings);
    native?.finish(dropped);
    return writeSummary(found, { name, started, driver, runId, settings, shown, data });
  }

  return {
    options: {
      scenarios: plan.scenarios,
      thresholds: first ? testThresholds(plan, terms, models, routing) : {},
      summaryTrendStats: ['avg', 'min', 'max', 'p(50)', 'p(90)', 'p(95)', 'p(99)', 'p(99.9)', 'count'],
      setupTimeout: '300s',
      teardownTimeout: '300s',
      userAgent: `llmload/${LLMLOAD_VERSION}`,
    },
    setup,
    request,
    warmup: (data) => {
      const { name: scenario, iterationInTest } = here();
      warmOnce(data, streamOf(scenario), scenario, scenario, iterationInTest);
    },
    teardown,
    handleSummary,
  };
}
