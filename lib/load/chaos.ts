import type { Scenario } from 'k6/options';
import { parseSlo } from '../../thresholds/slo.ts';
import { SettingsError } from '../settings/parse.ts';
import { wholeRates } from './open.ts';
import { type Phase, type Plan, type Step, stepName } from './plan.ts';

export interface ChaosSettings {
  rate: number;
  vus: number | undefined;
  injectAt: number;
  restoreAt: number;
  watch: number;
  spike: number | undefined;
  chaosInjectUrl: string | undefined;
  chaosRestoreUrl: string | undefined;
  sloDuring: string | undefined;
  firstTokenTimeout: number;
  timeout: number;
  warmup: number;
}

/** As k6 wants it, to the microsecond: half a spacing may be less than a millisecond. */
const ms = (t: number): string => `${Number(t.toFixed(3))}ms`;

/** Longest that a hook may take, ms: it may start a server anew and wait for it; commands of `llmload chaos` have five minutes. */
export const HOOK_TIMEOUT = 310_000;

/** Beside FIRST_TOKEN_TIMEOUT, the ms in which an answer ends: so many requests are in flight when none gets a first token. */
const ANSWER = 10_000;

/**
 * Steady load before, during and after a fault, from one pool of VUs, since another would open new connections. Requests are
 * evenly spaced, and phases change halfway between two of them: none is on the line, and what makes the fault has half a spacing
 * before the next request. The scenario `fault` begins with the fault and lasts until it is undone. With SPIKE the load itself
 * jumps, and back.
 * @throws SettingsError
 */
export function chaosLoad(settings: ChaosSettings): Plan {
  if (__VU === 0) check(settings);
  const { rate, spike = 1, injectAt, restoreAt, watch, firstTokenTimeout, timeout, warmup, sloDuring } = settings;
  const high = Number((rate * spike).toFixed(6));
  const scenario = stepName(rate);
  // k6 sends the first request of ramping rates a whole spacing after its start.
  const spacing = 1000 / rate;
  const early = spacing / 2;
  const { timeUnit, rates } = wholeRates([rate, high]);
  const [steady = 0, jumped = 0] = rates;
  const most = settings.vus ?? Math.max(10, Math.ceil((high * (firstTokenTimeout + ANSWER)) / 1000));
  const open = { timeUnit, preAllocatedVUs: most, maxVUs: most, gracefulStop: ms(timeout) };
  // k6 takes no duration below a second.
  const warmTime = warmup > 0 ? Math.max(1000, warmup) : 0;
  const scenarios: Record<string, Scenario> = {
    ...(warmTime > 0 && {
      warmup: {
        ...open,
        executor: 'constant-arrival-rate',
        exec: 'warmup',
        startTime: '0ms',
        rate: steady,
        duration: ms(warmTime),
      },
    }),
    [scenario]: {
      ...open,
      executor: 'ramping-arrival-rate',
      exec: 'request',
      startTime: ms(warmTime),
      startRate: steady,
      stages: [
        { duration: ms(early + injectAt), target: steady },
        { duration: '0s', target: jumped },
        { duration: ms(restoreAt - injectAt), target: jumped },
        { duration: '0s', target: steady },
        { duration: ms(watch), target: steady },
      ],
    },
    fault: {
      executor: 'per-vu-iterations',
      exec: 'fault',
      startTime: ms(warmTime + early + injectAt),
      vus: 1,
      iterations: 1,
      maxDuration: ms(restoreAt - injectAt + 2 * HOOK_TIMEOUT),
      gracefulStop: '0s',
    },
  };
  const step = (phase: Phase, from: number, duration: number, judged: boolean, value = rate): Step => ({
    name: phase,
    scenario,
    load: { kind: 'open', rate: value },
    phase,
    offset: early + from,
    lead: spacing,
    duration,
    judged,
    shared: true,
  });
  return {
    scenarios,
    steps: [
      step('pre', 0, injectAt, true),
      {
        ...step('during', injectAt, restoreAt - injectAt, sloDuring !== undefined, high),
        ...(sloDuring && { slo: sloDuring }),
      },
      step('post', restoreAt, watch, true),
    ],
  };
}

function check({ spike, chaosInjectUrl, chaosRestoreUrl, injectAt, restoreAt, sloDuring }: ChaosSettings): void {
  parseSlo(sloDuring, 'SLO_DURING');
  for (const [name, url] of Object.entries({ CHAOS_INJECT_URL: chaosInjectUrl, CHAOS_RESTORE_URL: chaosRestoreUrl })) {
    if (url === undefined) continue;
    if (spike !== undefined)
      throw new SettingsError(
        'SPIKE',
        String(spike),
        `${name} is set too`,
        'one of the two: the load is the fault, or a hook makes it',
      );
    if (!/^https?:\/\/[^\s/?#]+([/?#]\S*)?$/i.test(url))
      throw new SettingsError(name, '…', 'not an address', 'http(s)://host[:port]/…');
  }
  if (spike === undefined && chaosInjectUrl === undefined)
    throw new SettingsError(
      'CHAOS_INJECT_URL',
      '',
      'not set',
      'an address that makes a fault when asked with POST, or SPIKE=2',
    );
  if (restoreAt <= injectAt)
    throw new SettingsError(
      'RESTORE_AT',
      `${restoreAt / 1000}s`,
      `not after INJECT_AT, ${injectAt / 1000} s`,
      'a later time',
    );
}
