import { sleep } from 'k6';
import exec from 'k6/execution';
import type { Order } from './client/client.ts';
import { native } from './client/native.ts';
import { echoLine } from './echo.ts';
import type { Step } from './load/plan.ts';
import { emit, samplesOf } from './metrics.ts';
import type { Place, Recorded } from './record.ts';
import type { Requests, Run, SetupData } from './run.ts';
import { after, type Soon, whilst } from './soon.ts';
import { warmUpIndex } from './workload/indexes.ts';
import type { Talk } from './workload/talk.ts';

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

/** What an iteration of a scenario has to go on. */
export interface Stand {
  scenario: string;
  /** Epoch ms. */
  startTime: number;
  /** Of this iteration, in all execution segments together. */
  index: number;
  requests: Requests;
  first: Step;
  /** The load, as tags have it. */
  step: string;
  /** Where the schedule is ours, the planned start: ms from the scenario's start, and epoch ms. */
  due: number | undefined;
  plannedAt: number | undefined;
}

/** What a request asks for in place of the workload's. A prompt still gets its nonce. */
export type OwnWork = Partial<Pick<Order, 'model' | 'prompt' | 'outputTokens'>>;

/** A step's load, as tags have it. */
export const loadTag = ({ load }: Step): string => String(load.kind === 'open' ? load.rate : load.concurrency);

/** What is unlike the usual request of a place. */
interface Unusual {
  own?: OwnWork | undefined;
  /** A question of a conversation. */
  talk?: Talk;
  /** What its identity and its work are drawn from; else the place's index. */
  index?: number;
  /** Epoch ms; where the schedule is ours, the request is made and then waits for it. */
  plannedAt?: number;
}

/** What every kind of iteration is made of: asking, waiting, warming up, counting. */
export function asking(run: Run) {
  const { now, send, limits, echo, isNonce } = run;

  /** Where the schedule is ours, it waits until the request is to be made. */
  function stand(): Stand {
    const { name: scenario, startTime, iterationInTest: index } = here();
    const due = run.definition.plan.due?.[scenario]?.(index);
    const plannedAt = due === undefined ? undefined : startTime + due;
    if (plannedAt !== undefined) waitUntil(plannedAt - AHEAD);
    const requests = run.requestsOf(scenario);
    const first = requests.steps[0];
    if (!first) throw new Error(`scenario ${scenario} has no step in the plan`);
    const step = loadTag(first);
    return { scenario, startTime, index, requests, first, step, due, plannedAt };
  }

  /** @param at epoch ms */
  function waitUntil(at: number): void {
    const left = at - now();
    if (left > 0) sleep(left / 1000);
  }

  /** The request of this place; tells the place what it asks for. */
  function orderOf(data: SetupData, requests: Requests, place: Place, unusual?: Unusual): Order {
    const index = unusual?.index ?? place.i;
    const own = unusual?.own;
    const talk = unusual?.talk;
    const { nonce, requestId, traceparent } = requests.identity(index);
    const model = own?.model ?? requests.model?.(index) ?? data.model;
    const work = requests.work(index, data.tokenizers?.[model], talk);
    const { profile } = work;
    const prompt = own?.prompt ?? work.prompt;
    const outputTokens = own?.outputTokens ?? work.outputTokens;
    place.profile = profile;
    place.inputTokens = own?.prompt === undefined ? work.inputTokens : undefined;
    place.outputTokens = outputTokens;
    const expectModel = data.expected?.[model];
    // The first question makes all that follows it in a conversation unique.
    const bare = work.shared || (talk !== undefined && talk.turn > 1);
    const order: Order = {
      model,
      prompt: bare ? prompt : `${work.prefix}[${nonce}] ${prompt}${echo ? echoLine(nonce) : ''}`,
      outputTokens,
      requestId,
      traceparent,
      tags: { step: place.step, phase: place.phase, model },
    };
    if (profile !== undefined) order.tags.profile = profile;
    if (expectModel !== undefined) order.expectModel = expectModel;
    if (echo && !work.shared) {
      const first = talk && talk.turn > 1 ? requests.identity(index - talk.turn + 1).nonce : nonce;
      order.echo = { nonce: first, isAnothers: (other) => isNonce(other, talk?.conversation ?? place.i) };
    }
    return order;
  }

  function answerTo(order: Order, place: Place): Soon<Recorded> {
    return after(send(order, place.scenario), (answer) => {
      const c = answer as Recorded;
      c.place = place;
      if (c.plannedAt !== undefined) place.lag = c.startedAt - c.connectMs - c.plannedAt;
      return c;
    });
  }

  function ask(data: SetupData, requests: Requests, place: Place, unusual?: Unusual): Soon<Recorded> {
    const plannedAt = unusual?.plannedAt;
    const order = orderOf(data, requests, place, unusual);
    if (plannedAt !== undefined) {
      order.plannedAt = plannedAt;
      waitUntil(plannedAt);
    }
    return answerTo(order, place);
  }

  /** Adds an answer to the metrics and to the records. */
  function measure(c: Recorded): Recorded {
    const { step, phase, profile } = c.place;
    const tags: Record<string, string> = { step, phase, model: c.model, outcome: c.outcome };
    if (profile !== undefined) tags.profile = profile;
    emit(samplesOf(c, limits), tags, c);
    return c;
  }

  /** One unmeasured request. */
  function warmOnce(data: SetupData, requests: Requests, scenario: string, step: string, i: number): Soon<void> {
    const place: Place = { i, scenario, step, phase: 'warmup', warm: true };
    return after(ask(data, requests, place), (c) => emit({ llm_warmup_requests: 1 }, { step, phase: 'warmup' }, c));
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

  /** Unmeasured requests until the warm-up of the scenario is over. */
  function warmUp(data: SetupData, { scenario, startTime, requests, first, step }: Stand): Soon<void> {
    spreadStarts(first, startTime);
    let k = 0;
    return whilst(() => {
      if (now() >= startTime + first.offset) return false;
      return after(warmOnce(data, requests, scenario, step, warmUpIndex(exec.vu.idInTest, k++)), () => true);
    });
  }

  /** k6 exits with 0 when an iteration throws: count it where a threshold sees it, and throw on. */
  function counting<T>(place: Place, data: SetupData, iterate: () => Soon<T>): Soon<T> {
    const thrown = (e: unknown): never => {
      emit(
        { llm_requests: 1, llm_errors: 1 },
        { step: place.step, phase: place.phase, model: data.model, outcome: 'exception' },
        { ...NOTHING, model: data.model, startedAt: now(), error: String(e), place },
      );
      throw e;
    };
    let done: Soon<T>;
    try {
      done = iterate();
    } catch (e) {
      return thrown(e);
    }
    return done instanceof Promise ? done.catch(thrown) : done;
  }

  /** One unmeasured request, as an iteration of its own. */
  function warmup(data: SetupData): Soon<void> {
    const { name: scenario, iterationInTest: i } = here();
    const place: Place = { i, scenario, step: scenario, phase: 'warmup', warm: false };
    return counting(place, data, () => warmOnce(data, run.requestsOf(scenario), scenario, scenario, i));
  }

  return { stand, waitUntil, orderOf, answerTo, ask, measure, warmUp, warmup, counting };
}
