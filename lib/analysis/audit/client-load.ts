import type { Check } from '../../results.ts';
import type { Live } from '../columns/columns.ts';
import { quantile } from '../stats/quantile.ts';

/** What the client's own rows, one a second, say of it during a window. */
export interface ClientLoad {
  /** 95th percentile of the cores kept busy; NaN where the platform does not say. */
  cpu: number;
  /** Cores it may use. */
  cores: number;
  /** How late its timers came, ms: percentiles over the seconds of each one's worst. */
  lagP50: number;
  lagP95: number;
}

/** Above this share of its cores the client is no longer quick. */
const BUSY = 0.85;
/**
 * A lag that matters, by the median TTFT: a share of it, but at least and at most so many ms. At most, since a client that is
 * late makes the TTFT that it measures.
 */
interface Line {
  ofTtft: number;
  least: number;
  most: number;
}
/** From here on it bends figures. */
const LATE: Line = { ofTtft: 0.1, least: 5, most: 100 };
/** And from here on it makes a limit. */
const LIMITING: Line = { ofTtft: 0.5, least: 20, most: 100 };

/** Undefined with fewer than two whole seconds inside the window. Epoch ms. */
export function clientLoad(live: Live, from: number, to: number): ClientLoad | undefined {
  const cpu: number[] = [];
  const lag: number[] = [];
  for (let i = 0; i < live.t.length; i++) {
    const at = live.t[i] as number;
    if (at < from + 1000 || at > to) continue; // a row tells of the second before it
    if ((live.cpu[i] as number) >= 0) cpu.push(live.cpu[i] as number);
    if ((live.lag[i] as number) >= 0) lag.push(live.lag[i] as number);
  }
  if (Math.max(cpu.length, lag.length) < 2) return undefined;
  const q = (values: number[], p: number) => quantile(Float64Array.from(values).sort(), p);
  return { cpu: q(cpu, 0.95), cores: live.cores, lagP50: q(lag, 0.5), lagP95: q(lag, 0.95) };
}

const beyond = (lag: number, { ofTtft, least, most }: Line, ttft: number): boolean =>
  lag > Math.min(most, Math.max(least, ofTtft * ttft));

/**
 * Why the client, and not the server, may be the limit in a window, in words; undefined where it had time to spare, or where
 * nothing is known. One bad second is no reason: CPU counts by its 95th percentile, lag by its median.
 * @param ttft median TTFT, ms: a lag far below it does not matter
 */
export function clientLimit(live: Live, from: number, to: number, ttft = 0): string | undefined {
  const load = clientLoad(live, from, to);
  return load && reason(load, ttft);
}

function reason({ cpu, cores, lagP50 }: ClientLoad, ttft: number): string | undefined {
  if (cores > 0 && cpu > BUSY * cores) return `the client used ${cpu.toFixed(1)} of its ${cores} cores`;
  if (beyond(lagP50, LIMITING, ttft))
    return `the client's timers came late by ${lagP50.toFixed(1)} ms in every other second`;
  return undefined;
}

/** Two checks on a step: the share of its cores that the client used, and how late its timers came (95th percentile, ms). */
export function auditClient(step: string, live: Live, from: number, to: number, ttft = 0): Check[] {
  const load = clientLoad(live, from, to);
  if (!load) return [];
  const { cpu, cores, lagP50, lagP95 } = load;
  const checks: Check[] = [];
  if (cores > 0 && cpu >= 0) {
    const ok = cpu <= BUSY * cores;
    const by = lagP95 >= 0 ? ` by up to ${lagP95.toFixed(1)} ms` : '';
    checks.push({
      check: `client_cpu.${step}`,
      ok,
      value: cpu / cores,
      sentence: ok
        ? `${step}: the client used ${cpu.toFixed(1)} of its ${cores} cores`
        : `${step}: the client was short of CPU (${cpu.toFixed(1)} of its ${cores} cores): times are too high${by}, and a limit may be the client's`,
    });
  }
  if (lagP95 >= 0) {
    const ok = !beyond(lagP95, LATE, ttft);
    const meaning = `: single times may be too high by as much${beyond(lagP50, LIMITING, ttft) ? ", and a limit may be the client's" : ''}`;
    checks.push({
      check: `client_lag.${step}`,
      ok,
      value: lagP95,
      sentence: `${step}: the client's timers came late by up to ${lagP95.toFixed(1)} ms (${lagP50.toFixed(1)} ms in the median second)${ok ? '' : meaning}`,
    });
  }
  return checks;
}
