import { totalmem } from 'node:os';
import { measureProbe } from '../../lib/analysis/limit/search-judge.ts';
import { answerSeconds } from '../../lib/analysis/limit/search-time.ts';
import type { Probe, Search, Tried } from '../../lib/analysis/limit/search-types.ts';
import { type Step, stepName } from '../../lib/load/plan.ts';
import type { Given } from '../commands/settings.ts';
import type { Environment } from '../report/environment.ts';
import { type LineOf, type Run, runPart, takePart, type Whole } from './parts.ts';

/** What all probes of a search share. */
export interface Session extends Whole {
  search: Search;
  environment: Environment;
  /** ms */
  warmup: number;
  /** What was measured, as the analysis knows it; one more with each probe. */
  steps: Step[];
  tried: Tried[];
}

/** Memory of a VU that streams; at most half of the machine's is for VUs. */
const VU_BYTES = 1.2e6;
/** In a closed loop, refusals come back at once and are asked for again: so many times more requests than answers would be. */
const MOST_REQUESTS = 3;

/** The settings of an open loop. VUs: twice what is in flight at the baseline, and what piles up at twice the load that the server can carry. */
export function openLoad({ search, tried, given }: Session, rate: number, seconds: number): Given {
  const vus = Math.ceil(rate * (2 * answerSeconds(search, tried) + Math.min(10, seconds / 2)));
  const most = Math.floor(totalmem() / 2 / VU_BYTES);
  return {
    RATE: String(rate),
    DURATION: durationText(seconds),
    VUS: given.VUS ?? String(Math.max(10, Math.min(vus, most))),
  };
}

const durationText = (seconds: number): string => `${Math.round(seconds * 1000)}ms`;

/** The settings that make a load of a probe. */
function settingsOf(session: Session, { load, seconds }: Probe): Given {
  const { search, tried } = session;
  if (search.by === 'rate') return openLoad(session, load, seconds);
  const closed = { CONCURRENCY: String(load), DURATION: durationText(seconds) };
  if (tried.length === 0) return closed;
  const most = Math.ceil((MOST_REQUESTS * seconds * load) / answerSeconds(search, tried));
  return { ...closed, TOTAL_REQUESTS: String(Math.max(load, most)) };
}

/**
 * Runs a probe, a plain k6 run of its own.
 * @returns undefined where it was interrupted
 * @throws CommandError
 */
export async function runProbe(session: Session, probe: Probe, line: LineOf): Promise<Tried | undefined> {
  const { search, warmup, tried, steps } = session;
  const { load, seconds } = probe;
  const run: Run = {
    name: String(load),
    scenario: search.by === 'rate' ? 'constant' : 'blast',
    settings: settingsOf(session, probe),
    plan: [{ name: stepName(load), start: warmup, length: 1000 * seconds }],
  };
  if (!(await runPart(session, run, line))) return undefined;
  const { step, columns, endedAt } = takePart(session, run, tried.length === 0 ? 'baseline' : nameOf(session, load));
  const found = measureProbe(search, probe, step, columns, endedAt);
  steps.push(step);
  tried.push(found);
  return found;
}

function nameOf({ tried }: Session, load: number): string {
  const before = tried.filter((t) => t.probe.load === load).length;
  return before === 0 ? stepName(load) : `${stepName(load)}_again${before > 1 ? before : ''}`;
}
