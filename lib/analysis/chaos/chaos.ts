import type { Columns } from '../columns/columns.ts';
import type { Measured } from '../steps.ts';
import { attemptsOf, tokenRate } from './amounts.ts';
import { courseOf } from './recovery.ts';
import { requestsOf } from './requests.ts';
import type { Chaos, FaultNote } from './result.ts';
import { commonest, figuresOf, looksLike, seenOf } from './seen.ts';
import { signsOf } from './signs.ts';
import { type SloAsked, slosOf } from './slo.ts';
import { sufferingOf } from './suffering.ts';
import { phasesOf, settledFrom, spacingOf, timesOf } from './times.ts';
import { type State, verdictOf } from './verdict.ts';

/** What is asked of a fault; a part of a Question. */
export interface ChaosAsked extends SloAsked {
  faults?: readonly FaultNote[];
}

/** What a fault did, out of the records of the run it was made in. @param measured the steps of phases pre, during and post */
export function judgeChaos(columns: Columns, measured: readonly Measured[], asked: ChaosAsked): Chaos {
  const phases = phasesOf(measured);
  const { pre, during, post } = phases;
  const { name, injected, restored, error } = timesOf(asked.faults ?? [], phases);
  const requests = requestsOf(columns, measured);
  const base = {
    fault: name,
    injectedAt: injected?.at ?? null,
    restoredAt: restored?.at ?? null,
    ...(error !== undefined && { error }),
    steps: {
      pre: pre?.result.name ?? 'pre',
      during: during?.result.name ?? 'during',
      post: post?.result.name ?? 'post',
    },
    slo: slosOf(columns, phases, asked),
    attempts: attemptsOf(columns, requests, injected?.at ?? null, restored?.at ?? null),
    ttft: ratio(during?.result.metrics.ttft?.p99, pre?.result.metrics.ttft?.p99),
  };
  const gatesDuring = during?.data.step.judged ?? false;
  if (injected === null || !pre || pre.data.rows.length === 0) {
    const chaos = { ...base, ...NOTHING };
    return {
      ...chaos,
      ...verdictOf(chaos, { before: 0, failed: 0, unsteady: [], unsure: false, watched: 0, gatesDuring }),
    };
  }

  const from = settledFrom(requests, pre.data.from, injected.asked);
  const ended = measured.reduce((latest, { data }) => Math.max(latest, data.to), injected.at);
  const undone = Math.min(restored?.at ?? ended, ended);
  const signs = signsOf(columns, requests, from, injected.asked);
  const { shown, detection, recovery, interval, unsure } = courseOf(signs, injected, restored, spacingOf(pre));
  const before = figuresOf(columns, requests, from, injected.asked);
  const while_ = figuresOf(columns, requests, injected.at, undone);
  const silent = shown.flatMap((s) => s.backend ?? []);
  const span = { from, injected: injected.asked, until: recovery?.at ?? Number.POSITIVE_INFINITY };
  const seen = seenOf(signs, shown, before, while_, undone);
  const words = looksLike(signs, seen, silent, commonest(columns, requests, span), before, while_);
  const chaos = {
    ...base,
    interval,
    seen,
    shown: shown.length > 0,
    ...(words !== undefined && { looksLike: words }),
    detection,
    recovery,
    models: sufferingOf('model', columns, requests, signs, span),
    backends: sufferingOf('backend', columns, requests, signs, span, silent),
    throughput: ratio(
      tokenRate(columns, requests, injected.at, undone),
      tokenRate(columns, requests, from, injected.asked),
    ),
  };
  const state: State = {
    before: before.requests,
    failed: during?.result.errorRate ?? 0,
    unsteady: signs.unsteady.map((s) => s.sign),
    unsure,
    watched: ended - undone,
    gatesDuring,
  };
  return { ...chaos, ...verdictOf(chaos, state) };
}

const NOTHING = {
  interval: 0,
  seen: [],
  shown: false,
  detection: null,
  recovery: null,
  models: [],
  backends: [],
  throughput: null,
};

const ratio = (a: number | undefined, b: number | undefined): number | null =>
  a !== undefined && b !== undefined && b > 0 && a >= 0 ? a / b : null;
