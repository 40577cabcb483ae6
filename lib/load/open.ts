import type { Scenario } from 'k6/options';
import { ms, type Plan, stepName } from './plan.ts';

/**
 * VUs of an open loop: the most requests it can have in flight. Little's law with ten seconds an answer.
 * @param rate requests per second
 */
export const vusFor = (rate: number): number => Math.max(10, Math.ceil(rate * 10));

/** k6 takes whole rates only: 2.5/s is 25 in 10 s. Good to a millionth of a request per second. */
export function wholeRate(rate: number): { rate: number; timeUnit: string } {
  let unit = 1;
  while (unit < 1e6 && !Number.isInteger(Number((rate * unit).toFixed(6)))) unit *= 10;
  return { rate: Math.round(rate * unit), timeUnit: `${unit}s` };
}

interface OpenSettings {
  rate: number;
  duration: number;
  warmup: number;
  timeout: number;
  vus: number | undefined;
}

/**
 * Constant arrival rate: requests start evenly spaced at `rate`, however long answers take. When all VUs wait for an
 * answer k6 drops the start and counts it; a dropped start is a request that a user would have sent.
 */
export function constantRate({ rate, duration, warmup, timeout, vus = vusFor(rate) }: OpenSettings): Plan {
  const scenario = stepName(rate);
  const warm = warmup > 0 ? Math.max(1000, warmup) : 0; // k6 takes no duration below a second
  const arrivals = (exec: string, startTime: number, length: number): Scenario => ({
    executor: 'constant-arrival-rate',
    exec,
    ...wholeRate(rate),
    startTime: ms(startTime),
    duration: ms(length),
    preAllocatedVUs: vus,
    maxVUs: vus,
    gracefulStop: ms(timeout),
  });
  return {
    scenarios: {
      ...(warm > 0 && { warmup: arrivals('warmup', 0, warm) }),
      [scenario]: arrivals('request', warm, duration),
    },
    steps: [
      { name: scenario, scenario, load: { kind: 'open', rate }, phase: 'steady', offset: 0, duration, judged: true },
    ],
  };
}
