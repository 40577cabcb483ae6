import { nextProbe } from '../../lib/analysis/limit/search.ts';
import { bracketOf } from '../../lib/analysis/limit/search-judge.ts';
import { planSearch, type SearchPlan } from '../../lib/analysis/limit/search-plan.ts';
import type { Probe } from '../../lib/analysis/limit/search-types.ts';
import { drain } from './drain.ts';
import type { LineOf } from './parts.ts';
import { loadText, planText, probeText } from './say.ts';
import { runProbe, type Session } from './session.ts';
import type { Stop } from './stop.ts';

/** How a search came to its end; without `failure`, by itself or because it was asked to stop. */
export interface Ended {
  /** Why it could not go on. */
  failure?: string;
  /** What makes its figures doubtful. */
  doubts: string[];
}

/**
 * Runs one probe after the other until the search is over.
 * @param begun epoch ms
 * @param line what is shown of a probe while it runs; told before each what is planned by now
 */
export async function searching(
  session: Session,
  begun: number,
  stop: Stop,
  line: (probe: Probe, plan: SearchPlan) => LineOf,
): Promise<Ended> {
  const { search, tried, status } = session;
  const elapsed = () => (Date.now() - begun) / 1000;
  const plan = () => planSearch(search, tried, elapsed());
  const doubts: string[] = [];
  let known = false;
  try {
    for (;;) {
      const last = tried.at(-1);
      // A server that died under the last load has not shown its limit.
      if (!nextProbe(search, tried, elapsed()) && !last?.result.outcomes.connection) break;
      // k6 has waited for every answer; a quick search asks no more, unless the server may be gone.
      const asks = !search.quick || last?.result.outcomes.connection;
      const failure = last && asks ? await idle(session, doubts, stop) : undefined;
      if (failure) return { failure, doubts: [...doubts, failure] };
      const probe = nextProbe(search, tried, elapsed());
      if (!probe || stop.asked) break;
      if (!(await runProbe(session, probe, line(probe, plan())))) break;
      status.say(probeText(search, tried));
      if (search.budget !== undefined && !search.quick && !known && bracketOf(search, tried).broken !== undefined) {
        known = true;
        status.say(planText(search, plan()));
      }
      if (stop.asked) break;
    }
  } catch (e) {
    if (!stop.asked) return { failure: (e as Error).message, doubts };
  }
  return { doubts: stop.asked ? [...doubts, 'interrupted before the search was over'] : doubts };
}

/** Waits until the server is as quick as at the baseline again. @returns why it never will be */
export async function idle(session: Session, doubts: string[], stop: Stop): Promise<string | undefined> {
  const load = session.tried.at(-1)?.probe.load ?? 0;
  const { doubt, down } = await drain(session, load, stop);
  if (doubt) doubts.push(doubt);
  return down && `after the probe at ${loadText(session.search, load)} the server stopped answering: ${down}`;
}
