import { requestLimits, type Term, termsOf } from '../../thresholds/slo.ts';
import type { Outcome } from '../completion.ts';
import type { Step } from '../load/plan.ts';
import type { Check, Results, SloResult, StepResult } from '../results.ts';
import { auditLoad, auditSteps } from './audit/audit.ts';
import { auditStreams } from './audit/streams.ts';
import { auditWindow } from './audit/window.ts';
import type { FaultNote } from './chaos/result.ts';
import type { Columns } from './columns/columns.ts';
import { stepData } from './measure.ts';
import type { RouterAsked } from './router/asked.ts';
import { type Measured, measureStep } from './steps.ts';
import { giveUnderWay } from './under-way.ts';
import { judge } from './verdict.ts';

/** What the analysis of records needs to know of the run. */
export interface Question {
  steps: readonly Step[];
  terms: readonly Term[];
  /** Certify percentiles at this confidence; absent: judge what was observed. */
  confidence?: number;
  /** Epoch ms at which load ended; a later plan was cut short. */
  endedAt?: number;
  wanted: Parameters<typeof auditStreams>[2];
  /** Model asked → name its answers must carry, where routing is under test. */
  expected?: Record<string, string>;
  /** The models of a mix, in the order their rows shall have; else they come as they were first seen. */
  models?: readonly string[];
  /** The profiles of a workload, likewise. */
  profiles?: readonly string[];
  /** What the router is to do, where one is under test. */
  router?: RouterAsked;
  /** What was done to the server, where it was. */
  faults?: readonly FaultNote[];
  /** What else is to be found. */
  extras?: readonly Extra[];
}

/**
 * What only some scenarios look for: a limit, a knee, drift; and how it reads. A scenario hands it in, so that the bundles of
 * the others do not carry it.
 */
export interface Extra {
  find: (columns: Columns, measured: readonly Measured[], slo: readonly SloResult[]) => Found & { audit?: Check[] };
  /** Verdicts beside the SLO's that gate the run. */
  judge?: (columns: Columns, measured: readonly Measured[], question: Question) => Pick<Results, 'router' | 'chaos'>;
  /** They are about a router: what the settings ask of one is asked of it. */
  ofRouter?: true;
  /** Printed below the steps. */
  text: (results: Results) => string[];
  /** Printed in place of the usual table of steps. */
  table?: (results: Results) => string[];
  /** Printed in place of the usual table of verdicts. */
  verdicts?: (results: Results) => string[];
}
export type Found = Pick<Results, 'limit' | 'knee' | 'drift' | 'router' | 'comparison' | 'chaos'>;

export interface Analysis extends Found {
  steps: StepResult[];
  slo: SloResult[];
  audit: Check[];
  failures: Results['failures'];
  routing?: NonNullable<Results['routing']>;
  models: string[];
  warmupRequests: number;
}

/** What a gate needs: the steps, and the verdicts on them. */
export interface Judgement {
  measured: Measured[];
  slo: SloResult[];
  routing: Results['routing'];
  router: Results['router'];
  chaos: Results['chaos'];
}

/** Records → verdicts; pure, the same in teardown, in handleSummary and in Node. */
export function judgeRun(columns: Columns, question: Question): Judgement {
  const { terms, confidence } = question;
  const limits = terms.length ? requestLimits(terms) : undefined;
  const data = stepData(columns, question.steps, question.endedAt);
  giveUnderWay(columns, data, question.faults ?? []);
  const measured = data.map((d) => measureStep(columns, d, limits));
  const { models = [], profiles = [] } = question;
  for (const { result } of measured) {
    result.perModel.sort((a, b) => models.indexOf(a.model) - models.indexOf(b.model));
    result.perProfile?.sort((a, b) => profiles.indexOf(a.profile) - profiles.indexOf(b.profile));
  }
  const slo = measured
    .filter((m) => m.data.step.judged)
    .flatMap((m) => termsOf(m.data.step, terms).map((term) => judge(m.result, term, m, { columns, confidence })));
  const routing =
    question.expected &&
    routed(
      measured.map((m) => m.result),
      question.expected,
    );
  const { router, chaos }: Pick<Results, 'router' | 'chaos'> = Object.assign(
    {},
    ...(question.extras ?? []).map((extra) => extra.judge?.(columns, measured, question)),
  );
  return { measured, slo, routing, router, chaos };
}

/** Records → results: the verdicts, and all that is found beside them. */
export function analyze(columns: Columns, question: Question, judged = judgeRun(columns, question)): Analysis {
  const { measured, slo, routing, router, chaos } = judged;
  const steps = measured.map((m) => m.result);
  const data = measured.map((m) => m.data);
  const found = (question.extras ?? []).map((extra) => extra.find(columns, measured, slo));
  return {
    steps,
    slo,
    audit: [
      ...auditLoad(steps),
      ...auditSteps(columns, measured, question.wanted.driver),
      ...auditStreams(columns, data, question.wanted),
      ...auditNames(steps, question.expected),
      ...found.flatMap((f) => f.audit ?? []),
      ...auditWindow(columns, measured),
    ],
    failures: examples(columns),
    ...(routing && { routing }),
    ...(router && { router }),
    ...(chaos && { chaos }),
    ...Object.assign({}, ...found.map(({ audit, ...rest }) => rest)),
    models: columns.category('model').values,
    warmupRequests: columns.number('warm').reduce((sum, w) => sum + (w || 0), 0),
  };
}

/** The first failure of each kind; warm-up ones are counted apart. */
function examples(columns: Columns): Results['failures'] {
  const outcome = columns.category('outcome');
  const model = columns.category('model');
  const warm = columns.number('warm');
  const found = new Map<number, Results['failures'][number]>();
  for (let row = 0; row < columns.n; row++) {
    const code = outcome.codes[row] as number;
    if (outcome.values[code] === 'ok') continue;
    let kind = found.get(code);
    if (!kind) {
      const id = columns.text('id', row);
      kind = {
        outcome: outcome.values[code] as Outcome,
        count: 0,
        inWarmup: 0,
        model: model.values[model.codes[row] as number] ?? '?',
        error: columns.text('error', row) ?? '',
        ...(id && { id }),
      };
      found.set(code, kind);
    }
    if (warm[row] === 1) kind.inWarmup++;
    else kind.count++;
  }
  return [...found.values()];
}

/** Who answered for whom, and whether that is right. An answer without a name proves nothing, and so fails. */
function routed(steps: readonly StepResult[], expected: Record<string, string>): NonNullable<Results['routing']> {
  const counts = new Map<string, { asked: string; answered: string; count: number }>();
  let wrong = 0;
  let answers = 0;
  const silent = new Set(Object.keys(expected));
  for (const { model, answered, ok, outcomes } of steps.flatMap((s) => s.perModel)) {
    for (const [name, count] of Object.entries(answered)) {
      const key = `${model}\n${name}`;
      const cell = counts.get(key) ?? { asked: model, answered: name, count: 0 };
      cell.count += count;
      counts.set(key, cell);
    }
    if (ok + (outcomes.wrong_model ?? 0) + (outcomes.swapped ?? 0) > 0) silent.delete(model);
    answers += ok + (outcomes.wrong_model ?? 0);
    wrong += outcomes.wrong_model ?? 0;
  }
  const matrix = [...counts.values()];
  const verdict = wrong > 0 ? 'FAIL' : silent.size > 0 ? 'NOT_MEASURED' : 'PASS';
  const why =
    verdict === 'NOT_MEASURED'
      ? `no answer for ${[...silent].join(', ')}`
      : verdict === 'PASS'
        ? `all ${answers} answers name the model that was asked`
        : `${wrong} of ${answers} answers name another model than was asked`;
  return { matrix, expected, verdict, why };
}

/** Outside a routing test another name is worth one doubt: servers answer with aliases and dated names. */
function auditNames(steps: readonly StepResult[], expected: Record<string, string> | undefined): Check[] {
  if (expected) return [];
  const others = new Set(
    steps.flatMap((s) =>
      s.perModel.flatMap((m) =>
        Object.keys(m.answered)
          .filter((a) => a !== m.model)
          .map((a) => `${m.model} → ${a}`),
      ),
    ),
  );
  if (others.size === 0) return [];
  return [
    {
      check: 'model_name',
      ok: false,
      value: others.size,
      sentence: `answers name another model than was asked: ${[...others].slice(0, 3).join(', ')}`,
    },
  ];
}
