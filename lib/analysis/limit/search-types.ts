import type { Term } from '../../../thresholds/slo.ts';
import type { SloResult, StepResult } from '../../results.ts';
import type { Evidence } from './evidence.ts';

/** What is searched for, and how. */
export interface Search {
  by: 'rate' | 'concurrency';
  /** Arrivals are random: a queue comes and goes, and a short probe may miss it. */
  random: boolean;
  /** Load of the first probe, which the others are compared with. */
  baseline: number;
  /** 0.05: until the lowest load that broke is at most 5 % above the highest that held. */
  precision: number;
  /** s that all of it may take; absent: as long as it takes. */
  budget?: number;
  /** Empty: the limit by the rules. Else the highest load at which all of these hold. */
  terms: readonly Term[];
  confidence: number;
  /**
   * 100 s for all of it unless there is a budget, baseline and drains included: what the server can carry, by rate, with
   * QUICK_LINES and no SLO. It counts on an overhead of 2 s: no warm-up before a probe, and nothing is asked between two.
   */
  quick?: true;
  /** These loads one after the other, in place of a search, each for so many s, until one breaks and the next does too. */
  staircase?: { loads: readonly number[]; seconds: number };
  /** s of the first probe; absent: as long as its verdict needs; of a quick search 12. */
  baselineSeconds?: number;
  /** E2E of one request alone, s. */
  alone: number;
  /** s that a probe takes beside its measured time, warm-up included and without answers that are still to come. */
  overhead: number;
}

export interface Probe {
  /** req/s, or requests in flight. */
  load: number;
  /** Measured time. */
  seconds: number;
  /** Long enough to certify the SLO. */
  certify?: true;
}

/** What became of a probe. */
export interface Tried {
  probe: Probe;
  evidence: Evidence;
  result: StepResult;
  /** A verdict a term. */
  slo: SloResult[];
  /** Why the client may be to blame. */
  client?: string | undefined;
}
