import { setTimeout } from 'node:timers/promises';
import { askProbe } from '../commands/probe.ts';
import type { Session } from './session.ts';
import type { Stop } from './stop.ts';

/** ms for which the server may be slow, or refuse, after a load; and for which nothing may answer at all. */
const SLOW_FOR = 60_000;
const DOWN_FOR = 5_000;
const BETWEEN = 500;

/** As quick as at the baseline. */
const near = (ms: number, { p50 = 0, p90 = 0 }): boolean => ms <= Math.max(1.5 * p50 + 20, p90);

export interface Drained {
  /** What makes the next probe doubtful. */
  doubt?: string;
  /** It answers no more: why. */
  down?: string;
}

/** Sends single requests until one is answered as quickly as at the baseline: k6 has waited for the answers of its own. */
export async function drain({ k6, env, tried, status }: Session, load: number, stop: Stop): Promise<Drained> {
  const usual = tried[0]?.result.metrics;
  const begun = Date.now();
  while (!stop.asked) {
    status.show('waiting until the server is idle');
    const [one] = await askProbe(k6, env).finally(() => status.clear());
    const waited = Date.now() - begun;
    if (one?.ok) {
      const first = one.ttft ?? one.e2e ?? 0;
      if (near(first, (one.ttft === undefined ? usual?.e2e : usual?.ttft) ?? {})) return {};
      if (waited > SLOW_FOR)
        return { doubt: `a minute after the probe at ${load} its first token still took ${first.toFixed(0)} ms` };
    } else if (waited > (one?.outcome === 'connection' || one?.outcome === undefined ? DOWN_FOR : SLOW_FOR))
      return { down: one?.line ?? 'no answer' };
    await setTimeout(BETWEEN);
  }
  return {};
}
