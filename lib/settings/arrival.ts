import { Bad } from './bad.ts';

/**
 * When the requests of a step start. All have RATE on average, so exactly RATE × DURATION requests; `constant` is evenly
 * spaced, all others are random.
 */
export type Arrival =
  | { kind: 'constant' }
  /** Independent users. */
  | { kind: 'poisson' }
  /** Gamma distributed gaps of this shape: 1 is Poisson, less is burstier, more is more even. As in `vllm bench serve`. */
  | { kind: 'gamma'; burstiness: number }
  /** Poisson, the rate going straight from one multiple to the other. */
  | { kind: 'ramped'; from: number; to: number }
  /** Poisson, at `factor` times the usual rate in each of `count` spikes, which take a fifth of the time together. */
  | { kind: 'spikes'; factor: number; count: number }
  /** Poisson over one day in the DURATION: a cosine, lowest at both ends at `low` of the highest. */
  | { kind: 'day'; low: number };

const ALLOWED =
  'constant, poisson, gamma:BURSTINESS, ramped:FROM..TO, spikes:FACTOR,COUNT or day:LOW, as in gamma:0.5, ramped:0..1, spikes:2,3, day:0.25';

const NUMBER = String.raw`(\d+(?:\.\d+)?)`;

/** Below it nearly all gaps are 0 and one is the whole step. */
const LEAST_BURSTINESS = 0.01;

/** What stands after the colon may be left out, but for gamma's. @throws Bad */
export function parseArrival(text: string): Arrival {
  const at = text.indexOf(':');
  const kind = (at < 0 ? text : text.slice(0, at)).trim();
  const rest = at < 0 ? undefined : text.slice(at + 1).trim();
  switch (kind) {
    case 'constant':
    case 'poisson':
      if (rest !== undefined) throw bad(`${kind} takes nothing after it`);
      return { kind };
    case 'gamma': {
      const [burstiness] = numbers(`^${NUMBER}$`, rest ?? '', 'gamma:BURSTINESS');
      if (burstiness < LEAST_BURSTINESS) throw bad(`BURSTINESS is below ${LEAST_BURSTINESS}`);
      return { kind, burstiness };
    }
    case 'ramped': {
      const [from, to] = numbers(`^${NUMBER}\\.\\.${NUMBER}$`, rest ?? '0..1', 'ramped:FROM..TO');
      above0('the higher of FROM and TO', Math.max(from, to));
      return { kind, from, to };
    }
    case 'spikes': {
      const [factor, count] = numbers(`^${NUMBER}(?:,(\\d+))?$`, rest ?? '2', 'spikes:FACTOR,COUNT');
      return { kind, factor: above0('FACTOR', factor), count: above0('COUNT', count ?? 3) };
    }
    case 'day': {
      const [low] = numbers(`^${NUMBER}$`, rest ?? '0.25', 'day:LOW');
      if (low > 1) throw bad('LOW is above 1');
      return { kind, low };
    }
    default:
      throw bad(`"${kind}" is no arrival process`);
  }
}

const bad = (wrong: string): Bad => new Bad(wrong, ALLOWED);

function numbers(form: string, text: string, name: string): [number, number] {
  const found = new RegExp(form).exec(text);
  if (!found) throw bad(`not ${name}`);
  return found.slice(1).map((n) => (n === undefined ? undefined : Number(n))) as [number, number];
}

function above0(name: string, value: number): number {
  if (value > 0) return value;
  throw bad(`${name} is not above 0`);
}
