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
  duration: number;
  warmup: number;
  timeout: number;
  /** Of each step; undefined: as many as its rate needs. */
  vus: number | undefined;
}
interface RatesSettings extends OpenSettings {
  rates: readonly number[];
  /** A first step to compare the others with; no SLO is judged on it. */
  baseline?: { rate: number; duration: number };
}

/**
 * Constant arrival rates, one after another: requests start evenly spaced, however long answers take. When all VUs wait for
 * an answer k6 drops the start and counts it; a dropped start is a request that a user would have sent. A step starts when
 * the one before has started its last request, so answers of both may be under way at once.
 */
export function rates({ rates: values, duration, warmup, timeout, vus, baseline }: RatesSettings): Plan {
  const steps = [
    ...(baseline ? [openStep('baseline', baseline.rate, baseline.duration, false)] : []),
    ...values.map((rate) => openStep(stepName(rate), rate, duration, true)),
  ];
  const scenarios: Record<string, Scenario> = {};
  let start = 0;
  const arrivals = (name: string, exec: string, rate: number, length: number) => {
    const most = vus ?? vusFor(rate);
    scenarios[name] = {
      executor: 'constant-arrival-rate',
      exec,
      ...wholeRate(rate),
      startTime: ms(start),
      duration: ms(length),
      preAllocatedVUs: most,
      maxVUs: most,
      gracefulStop: ms(timeout),
    };
    start += length;
  };
  // k6 takes no duration below a second.
  if (warmup > 0 && steps[0]) arrivals('warmup', 'warmup', steps[0].load.rate, Math.max(1000, warmup));
  for (const step of steps) arrivals(step.scenario, 'request', step.load.rate, step.duration);
  return { scenarios, steps };
}

/** One rate. */
export const constantRate = ({ rate, ...settings }: OpenSettings & { rate: number }): Plan =>
  rates({ ...settings, rates: [rate] });

const openStep = (name: string, rate: number, duration: number, judged: boolean) => ({
  name,
  scenario: name,
  load: { kind: 'open', rate } as const,
  phase: 'steady' as const,
  offset: 0,
  duration,
  judged,
});
