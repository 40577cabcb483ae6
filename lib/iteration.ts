import { sleep } from 'k6';
import exec from 'k6/execution';
import type { Order } from './client/client.ts';
import { native } from './client/native.ts';
import { type Step, stepAt } from './load/plan.ts';
import { emit, samplesOf } from './metrics.ts';
import type { Place, Recorded } from './record.ts';
import type { Requests, Run, SetupData } from './run.ts';

/** Where in the test an iteration stands; k6/execution says it too, at ten times the cost. */
const here = native?.place ?? (() => exec.scenario);

/**
 * ms before its planned start in which a VU makes a request, and all that it keeps for its later ones: a thousand VUs that
 * all did so when the step begins would be late by 200 ms.
 */
const AHEAD = 25;

/** A request that never was: its scenario threw. */
const NOTHING = {
  outcome: 'exception',
  requestId: '',
  connectMs: 0,
  cold: false,
  resent: 0,
  endMs: 0,
  frames: 0,
  tokenSource: 'none',
} as const;

/** What a VU does in one iteration. */
export interface Iterations {
  /** One measured request; in a closed loop, after unmeasured ones while its warm-up lasts. */
  request: (data: SetupData) => void;
  /** One unmeasured request. */
  warmup: (data: SetupData) => void;
}

export function iterations(run: Run): Iterations {
  const { now, send, limits } = run;

  function waitUntil(at: number): void {
    const left = at - now();
    if (left > 0) sleep(left / 1000);
  }

  /** @param plannedAt epoch ms; where the schedule is ours, the request is made and then waits for it */
  function ask(data: SetupData, requests: Requests, place: Place, plannedAt?: number): Recorded {
    const { nonce, requestId, traceparent } = requests.identity(place.i);
    const model = requests.model?.(place.i) ?? data.model;
    const { profile, prompt, inputTokens, outputTokens } = requests.work(place.i, data.wordsPerToken?.[model]);
    place.profile = profile;
    place.inputTokens = inputTokens;
    place.outputTokens = outputTokens;
    const expectModel = data.expected?.[model];
    const order: Order = {
      model,
      prompt: `[${nonce}] ${prompt}`,
      outputTokens,
      requestId,
      traceparent,
      tags: { step: place.step, phase: place.phase, model },
    };
    if (profile !== undefined) order.tags.profile = profile;
    if (expectModel !== undefined) order.expectModel = expectModel;
    if (plannedAt !== undefined) {
      order.plannedAt = plannedAt;
      waitUntil(plannedAt);
    }
    const c = send(order) as Recorded;
    c.place = place;
    if (c.plannedAt !== undefined) place.lag = c.startedAt - c.connectMs - c.plannedAt;
    return c;
  }

  function warmOnce(data: SetupData, requests: Requests, scenario: string, step: string, i: number): void {
    const place: Place = { i, scenario, step, phase: 'warmup', warm: true };
    const c = ask(data, requests, place);
    emit({ llm_warmup_requests: 1 }, { step, phase: 'warmup' }, c);
  }

  /**
   * VUs that all start at once stay in step, answer after answer: every request then meets the same crowd, and the client
   * is busiest at the very moment it should take the time. So the first half of a closed loop's warm-up spreads them out.
   */
  function spreadStarts({ load, offset, shared }: Step, startTime: number): void {
    if (load.kind !== 'closed' || shared || now() > startTime + offset / 2) return;
    const turn = ((exec.vu.idInInstance - 1) % load.concurrency) / load.concurrency;
    waitUntil(startTime + (turn * offset) / 2);
  }

  /** k6 exits with 0 when an iteration throws: count it where a threshold sees it, and throw on. */
  function counting(place: Place, data: SetupData, iterate: () => void): void {
    try {
      iterate();
    } catch (e) {
      emit(
        { llm_requests: 1, llm_errors: 1 },
        { step: place.step, phase: place.phase, model: data.model, outcome: 'exception' },
        { ...NOTHING, model: data.model, startedAt: now(), error: String(e), place },
      );
      throw e;
    }
  }

  return {
    request(data) {
      const { name: scenario, startTime, iterationInTest: i } = here();
      const due = run.definition.plan.due?.[scenario]?.(i);
      const plannedAt = due === undefined ? undefined : startTime + due;
      if (plannedAt !== undefined) waitUntil(plannedAt - AHEAD);
      const requests = run.requestsOf(scenario);
      const first = requests.steps[0];
      if (!first) throw new Error(`scenario ${scenario} has no step in the plan`);
      const step = String(first.load.kind === 'open' ? first.load.rate : first.load.concurrency);
      const place: Place = { i, scenario, step, phase: first.phase, warm: false };
      counting(place, data, () => {
        spreadStarts(first, startTime);
        // Indexes below 0 are nobody else's: warm-up requests of VU v are −1−v, −1−v−100000, …
        for (let k = 0; now() < startTime + first.offset; k++) {
          warmOnce(data, requests, scenario, step, -1 - exec.vu.idInTest - k * 100_000);
        }
        if (requests.steps.length > 1) place.phase = (stepAt(requests.steps, now() - startTime) ?? first).phase;
        if (due !== undefined) place.due = due;
        const c = ask(data, requests, place, plannedAt);
        const tags: Record<string, string> = { step, phase: place.phase, model: c.model, outcome: c.outcome };
        if (place.profile !== undefined) tags.profile = place.profile;
        emit(samplesOf(c, limits), tags, c);
      });
    },

    warmup(data) {
      const { name: scenario, iterationInTest: i } = here();
      const place: Place = { i, scenario, step: scenario, phase: 'warmup', warm: false };
      counting(place, data, () => warmOnce(data, run.requestsOf(scenario), scenario, scenario, i));
    },
  };
}
