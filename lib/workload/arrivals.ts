import { createRandom, type Random } from '../random.ts';
import type { Arrival } from '../settings/arrival.ts';

/** An arrival process with a schedule of its own; evenly spaced starts are k6's. */
export type RandomArrival = Exclude<Arrival, { kind: 'constant' }>;

/**
 * When each of `count` requests starts: rising, ms from the start of the step, whole microseconds in [0, duration). Gaps of
 * the process, one more than requests, are summed and scaled so that together they last as long as the step; a curve then
 * moves the times to where the rate is high. Exponential gaps make the times those of a Poisson process, given that it has
 * `count` arrivals: independent, uniform (or by the curve), sorted.
 * @param duration ms
 */
export function arrivalTimes(arrival: RandomArrival, count: number, duration: number, seed: number): Float64Array {
  const random = createRandom(seed);
  const gap = arrival.kind === 'gamma' ? gammaOf(arrival.burstiness, random) : () => exponential(random);
  const times = new Float64Array(count);
  let sum = 0;
  for (let k = 0; k < count; k++) {
    sum += gap();
    times[k] = sum;
  }
  sum += gap();
  const cumulative = cumulativeOf(arrival);
  const last = Math.ceil(duration * 1000) - 1;
  let at = 0;
  for (let k = 0; k < count; k++) {
    const share = (times[k] as number) / sum;
    at = cumulative ? inverse(cumulative, share, at) : share;
    times[k] = Math.min(last, Math.floor(at * duration * 1000)) / 1000;
  }
  return times;
}

/** The highest rate as a multiple of the mean one, chance apart. */
export function peakOf(arrival: RandomArrival): number {
  switch (arrival.kind) {
    case 'poisson':
    case 'gamma':
      return 1;
    case 'ramped':
      return (2 * Math.max(arrival.from, arrival.to)) / (arrival.from + arrival.to);
    case 'spikes':
      return usualRate(arrival.factor) * Math.max(1, arrival.factor);
    case 'day':
      return 2 / (1 + arrival.low);
    default:
      return arrival satisfies never;
  }
}

/** The share of the requests in the first x of the step, 0 ≤ x ≤ 1; undefined where it is x. */
function cumulativeOf(arrival: RandomArrival): ((x: number) => number) | undefined {
  switch (arrival.kind) {
    case 'poisson':
    case 'gamma':
      return undefined;
    case 'ramped': {
      const { from, to } = arrival;
      return (x) => (x * (2 * from + (to - from) * x)) / (from + to);
    }
    case 'spikes': {
      const { factor, count } = arrival;
      const usual = usualRate(factor);
      return (x) => {
        const period = Math.floor(x * count);
        const inside = x * count - period;
        const spiked = Math.min(SPIKED, Math.max(0, inside - (1 - SPIKED) / 2));
        return (period + usual * (inside + (factor - 1) * spiked)) / count;
      };
    }
    case 'day': {
      const swing = (1 - arrival.low) / (1 + arrival.low) / (2 * Math.PI);
      return (x) => x - swing * Math.sin(2 * Math.PI * x);
    }
    default:
      return arrival satisfies never;
  }
}

/** Share of the time that spikes take; each is in the middle of its part of the step. */
const SPIKED = 0.2;
/** Between spikes, as a multiple of the mean rate. */
const usualRate = (factor: number): number => 1 / (1 + SPIKED * (factor - 1));

/** Where a rising function reaches `value`, by bisection from `low` on; good to 2^-44. */
function inverse(rising: (x: number) => number, value: number, low: number): number {
  let high = 1;
  for (let from = low; high - from > 2 ** -44; ) {
    const middle = (from + high) / 2;
    if (rising(middle) < value) from = middle;
    else high = middle;
  }
  return high;
}

const exponential = (random: Random): number => -Math.log(1 - random());

/**
 * Gamma distributed numbers, by Marsaglia and Tsang (A simple method for generating gamma variables, 2000). A shape below 1
 * is that of one more, times U^(1/shape).
 */
function gammaOf(shape: number, random: Random): Random {
  const d = (shape < 1 ? shape + 1 : shape) - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  const draw = () => {
    for (;;) {
      const x = normal(random);
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(1 - random()) < x * x * 0.5 + d - d * v + d * Math.log(v)) return d * v;
    }
  };
  return shape < 1 ? () => draw() * (1 - random()) ** (1 / shape) : draw;
}

/** Box and Muller. */
const normal = (random: Random): number => Math.sqrt(2 * exponential(random)) * Math.cos(2 * Math.PI * random());
