import type { Scenario } from 'k6/options';
import { ms, type Plan, type Step, stepName } from './plan.ts';

interface RampSettings {
  concurrency: number;
  warmup: number;
  rampUp: number;
  hold: number;
  rampDown: number;
  timeout: number;
}

/**
 * Closed loop of VUs up, hold, down: each VU sends its next request when its last answer has ended. Warm-up is the
 * beginning of ramp_up, or of the hold where there is none.
 * gracefulRampDown is as long as a request may take, or k6 would cut those in flight without a trace.
 */
export function rampingVus({ concurrency, warmup, rampUp, hold, rampDown, timeout }: RampSettings): Plan {
  const scenario = stepName(concurrency);
  const load = { kind: 'closed', concurrency } as const;
  const warmRamp = Math.min(warmup, rampUp);
  const warmHold = rampUp > 0 ? 0 : warmup;
  const peak = rampUp + warmHold + hold;
  // k6 starts the first VU of n after an n-th of the ramp.
  const lead = rampUp / concurrency;
  const step = (phase: 'ramp_up' | 'steady' | 'ramp_down', offset: number, duration: number): Step => ({
    name: phase,
    scenario,
    load,
    phase,
    offset,
    ...(lead > 0 && { lead }),
    duration,
    judged: phase === 'steady',
    shared: true,
  });
  return {
    scenarios: {
      [scenario]: {
        executor: 'ramping-vus',
        exec: 'request',
        startVUs: rampUp > 0 ? 0 : concurrency,
        stages: [
          { duration: ms(rampUp), target: concurrency },
          { duration: ms(warmHold + hold), target: concurrency },
          { duration: ms(rampDown), target: 0 },
        ],
        gracefulStop: ms(timeout),
        gracefulRampDown: ms(timeout),
      },
    },
    steps: [
      ...(rampUp > warmRamp ? [step('ramp_up', warmRamp, rampUp - warmRamp)] : []),
      step('steady', rampUp + warmHold, hold),
      ...(rampDown > 0 ? [step('ramp_down', peak, rampDown)] : []),
    ],
  };
}

interface LevelsSettings {
  levels: readonly number[];
  /** Ends a level; undefined: only `requests` do. */
  duration: number | undefined;
  requests: number | undefined;
  warmup: number;
  timeout: number;
}

/** k6 gives a shared-iterations executor 10 minutes unless told otherwise, and drops the rest in silence. */
const NO_LIMIT = 24 * 3_600_000;

/**
 * A closed loop at each level in turn: so many requests in flight until the count or the time is reached. A level starts
 * when the one before must have ended, so levels need a duration unless there is only one.
 */
export function levels({ levels: values, duration, requests, warmup, timeout }: LevelsSettings): Plan {
  const scenarios: Record<string, Scenario> = {};
  const steps: Step[] = [];
  let start = 0;
  for (const concurrency of values) {
    const scenario = stepName(concurrency);
    const common = { exec: 'request', startTime: ms(start), gracefulStop: ms(timeout) };
    scenarios[scenario] =
      requests === undefined
        ? { ...common, executor: 'constant-vus', vus: concurrency, duration: ms(warmup + (duration ?? 0)) }
        : {
            ...common,
            executor: 'shared-iterations',
            vus: Math.min(concurrency, requests),
            iterations: requests,
            maxDuration: ms(duration === undefined ? NO_LIMIT : warmup + duration),
          };
    steps.push({
      name: scenario,
      scenario,
      load: { kind: 'closed', concurrency },
      phase: 'steady',
      offset: warmup,
      ...(duration !== undefined && { duration }),
      ...(requests !== undefined && { requests }),
      judged: true,
    });
    start += warmup + (duration ?? 0);
  }
  return { scenarios, steps };
}

interface BlastSettings {
  concurrency: number;
  levels?: readonly number[] | undefined;
  totalRequests: number | undefined;
  duration: number | undefined;
  warmup: number;
  timeout: number;
}

/**
 * One level, or several. Without LEVELS a count or a time ends it, the first reached; with neither set, `requests` do.
 * Levels take a time each, since the next starts when it is over.
 */
export function blast(settings: BlastSettings, usual: { requests?: number; levelDuration?: number }): Plan {
  const { concurrency, totalRequests, duration, warmup, timeout } = settings;
  const several = settings.levels && settings.levels.length > 0;
  return levels({
    levels: several ? (settings.levels ?? []) : [concurrency],
    duration: several ? (duration ?? usual.levelDuration) : duration,
    requests: totalRequests ?? (several || duration !== undefined ? undefined : usual.requests),
    warmup,
    timeout,
  });
}
