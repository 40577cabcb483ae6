import type { ConstantArrivalRateScenario, Scenario, SharedIterationsScenario } from 'k6/options';
import { hashSeed } from '../random.ts';
import type { Arrival } from '../settings/arrival.ts';
import { SettingsError } from '../settings/parse.ts';
import { seedOf, storedNumbers } from '../shared.ts';
import { arrivalTimes, peakOf, type RandomArrival } from '../workload/arrivals.ts';
import { hashText } from '../workload/identity.ts';
import { type Due, LATE_MS, ms, type Plan, plannedRequests, type Step, stepName } from './plan.ts';

/**
 * VUs of an open loop: the most requests it can have in flight. Little's law with ten seconds an answer.
 * @param rate requests per second
 */
export const vusFor = (rate: number): number => Math.max(10, Math.ceil(rate * 10));

/** k6 takes whole rates only: 2.5/s is 25 in 10 s. Good to a millionth of a request per second. */
export function wholeRates(rates: readonly number[]): { rates: number[]; timeUnit: string } {
  let unit = 1;
  while (unit < 1e6 && !rates.every((rate) => Number.isInteger(Number((rate * unit).toFixed(6))))) unit *= 10;
  return { rates: rates.map((rate) => Math.round(rate * unit)), timeUnit: `${unit}s` };
}

/** One of them. */
export function wholeRate(rate: number): { rate: number; timeUnit: string } {
  const { rates: whole, timeUnit } = wholeRates([rate]);
  return { rate: whole[0] as number, timeUnit };
}

interface OpenSettings {
  duration: number;
  warmup: number;
  timeout: number;
  /** Of each step; undefined: as many as its rate needs. */
  vus: number | undefined;
  /** Absent: evenly spaced. */
  arrival?: Arrival;
  /** What random arrivals are drawn from; absent: drawn too. */
  seed?: number | undefined;
}
interface RatesSettings extends OpenSettings {
  rates: readonly number[];
  /** A first step to compare the others with; no SLO is judged on it. */
  baseline?: { rate: number; duration: number };
}

type Even = Omit<ConstantArrivalRateScenario, 'exec' | 'startTime' | 'gracefulStop'>;
type Shared = Omit<SharedIterationsScenario, 'exec' | 'startTime' | 'gracefulStop'>;
/** A step whose schedule is our own. */
type Counted = Step & { duration: number; requests: number };

/**
 * Arrival rates, one after another: requests start when they are planned, however long answers take. A step starts when
 * the one before has started its last request, so answers of both may be under way at once. Where all VUs wait for an
 * answer, evenly spaced starts are dropped by k6; random ones come late, and what has not started LATE_MS after the end of the
 * step is dropped. Either is counted: it is a request that a user would have sent. Warm-up is evenly spaced.
 * @throws SettingsError
 */
export function rates({ rates: values, duration, warmup, timeout, vus, baseline, arrival, seed }: RatesSettings): Plan {
  const random = arrival?.kind === 'constant' ? undefined : arrival;
  const steps = [
    ...(baseline ? [openStep('baseline', baseline.rate, baseline.duration, false)] : []),
    ...values.map((rate) => openStep(stepName(rate), rate, duration, true)),
  ];
  const scenarios: Record<string, Scenario> = {};
  let start = 0;
  const add = (name: string, exec: string, length: number, executor: Even | Shared) => {
    scenarios[name] = { ...executor, exec, startTime: ms(start), gracefulStop: ms(timeout) };
    start += length;
  };
  const even = (rate: number, length: number): Even => {
    const most = vus ?? vusFor(rate);
    const executor = 'constant-arrival-rate';
    return { executor, ...wholeRate(rate), duration: ms(length), preAllocatedVUs: most, maxVUs: most };
  };
  const shared = (rate: number, length: number, requests: number): Shared => {
    // k6 takes no more VUs than iterations.
    const most = Math.min(vus ?? vusFor(rate), requests);
    return { executor: 'shared-iterations', vus: most, iterations: requests, maxDuration: ms(length + LATE_MS) };
  };
  // k6 takes no duration below a second.
  const warmTime = Math.max(1000, warmup);
  if (warmup > 0 && steps[0]) add('warmup', 'warmup', warmTime, even(steps[0].load.rate, warmTime));
  if (!random) {
    for (const step of steps) add(step.scenario, 'request', step.duration, even(step.load.rate, step.duration));
    return { scenarios, steps };
  }
  const counted = steps.map((step) => ({ ...step, requests: requestsOf(step, random) }));
  const peak = peakOf(random);
  for (const { scenario, duration: length, requests, load } of counted) {
    add(scenario, 'request', length, shared(load.rate * peak, length, requests));
  }
  return { scenarios, steps: counted, due: schedule(counted, random, seedOf({ seed, runId: undefined }).seed) };
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

/** @throws SettingsError where there is none */
function requestsOf(step: Step, { kind }: RandomArrival): number {
  const count = plannedRequests(step) ?? 0;
  if (count > 0) return count;
  const { name, duration = 0 } = step;
  throw new SettingsError('ARRIVAL', kind, `${name} would have no request in its ${duration / 1000} s`, 'at least one');
}

/** The planned starts of each step, drawn from a seed of its own. All are kept in one array, which only the first VU fills. */
function schedule(steps: readonly Counted[], arrival: RandomArrival, seed: number): Record<string, Due> {
  const name = JSON.stringify([arrival, seed, steps.map((s) => [s.scenario, s.requests, s.duration])]);
  const all = storedNumbers(name, () =>
    steps.flatMap((s) =>
      Array.from(arrivalTimes(arrival, s.requests, s.duration, hashSeed(seed, hashText(s.scenario)))),
    ),
  );
  const due: Record<string, Due> = {};
  let first = 0;
  for (const { scenario, requests } of steps) {
    const from = first;
    due[scenario] = (index) => all[from + index] as number;
    first += requests;
  }
  return due;
}
