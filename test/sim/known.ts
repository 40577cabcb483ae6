import { quantile } from '../../lib/analysis/stats/quantile.ts';
import { jitter, lognormal, uniform } from './draw.ts';
import { cliff, type Model, slots, slowing } from './servers.ts';
import { open, Simulation } from './simulation.ts';

interface Known {
  what: string;
  model: Model;
  /**
   * The highest rate of random arrivals at which it breaks no rule for ever, by bisection of runs of 300,000 requests. Mostly
   * below its capacity: those who come close together wait for each other long before there are too many of them.
   */
  limit: number;
  /** What it may break first. */
  rules: RegExp;
  /** Time that a request takes alone, s; default 1. */
  alone?: number;
}

/** A second an answer, give or take a quarter. */
const answer = { ttft: jitter(200, 0.1), tokenTime: 20, tokens: uniform(31, 51) };

/** Servers whose limit under Poisson arrivals is known. */
export const KNOWN: readonly Known[] = [
  { what: 'slots and a queue', model: slots({ slots: 47, ...answer }), limit: 40.1, rules: /^ttft_p99$/ },
  {
    what: 'slots, TTFT and lengths all over',
    model: slots({ slots: 45, ttft: lognormal(200, 0.5), tokenTime: 20, tokens: uniform(11, 71) }),
    limit: 41.2,
    rules: /^(ttft_p99|backlog|throughput_gain)$/,
  },
  {
    what: 'answers a third as long as a step',
    model: slots({ slots: 800, ttft: jitter(1000, 0.1), tokenTime: 100, tokens: uniform(181, 221) }),
    limit: 36.6,
    rules: /^(ttft_p99|backlog)$/,
    alone: 21,
  },
  {
    what: 'a queue that is soon full',
    model: slots({ slots: 33, queue: 10, ...answer }),
    limit: 27.4,
    rules: /^(ttft_p99|errors)$/,
  },
  {
    what: 'a TTFT that jumps, and no queue',
    model: cliff({ above: 60, pace: 64, ...answer }),
    limit: 44,
    rules: /^ttft_p99$/,
  },
  {
    what: 'a shared token rate',
    model: slowing({ tokenRate: 1680, batch: 1000, ...answer }),
    limit: 42,
    rules: /^backlog$/,
  },
];

/** What rates come to in the long run: the TTFT p99 as a multiple of that at 1 req/s, and the share of failures. */
export function longRuns(
  model: Model,
  rates: readonly number[],
  requests: number,
): { ratio: number; errors: number }[] {
  const p99 = (load: number, count: number) => {
    const { columns } = new Simulation(model, 1).run([open(load, count / load, { poisson: true })]);
    const ttft = columns.number('ttft').filter((ms) => ms >= 0);
    return { value: quantile(ttft.sort(), 0.99), errors: 1 - ttft.length / columns.n };
  };
  const alone = p99(1, requests / 4).value;
  return rates.map((rate) => {
    const { value, errors } = p99(rate, requests);
    return { ratio: value / alone, errors };
  });
}
