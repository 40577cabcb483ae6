/** What the charts of report.html are drawn from, out of records; everything is JSON. Times in ms, moments in epoch ms. */
import type { Outcome } from '../../completion.ts';
import type { Columns } from '../columns/columns.ts';
import type { Measured } from '../steps.ts';
import { distributionsOf } from './distributions.ts';
import { slowestOf } from './slowest.ts';
import { timelineOf } from './timeline.ts';

export { SHARES } from './shares.ts';

/** How a latency is distributed in a step, exactly: of its successful requests, `itl` of all their gaps. */
export interface Distribution {
  step: string;
  metric: 'ttft' | 'itl' | 'tpot' | 'e2e';
  n: number;
  /** By SHARES, lowest first. */
  values: number[];
}

/** What happened in a stretch of the run, warm-up included. */
export interface Bin {
  /** Requests that started in it. */
  sent: number;
  ok: number;
  failed: number;
  /** Mean requests in flight. */
  inFlight: number;
  /** Of the successful requests that started in it, exactly. */
  ttft?: { p50: number; p90: number; p99: number; max: number };
}

/** The run as time went by. */
export interface Timeline {
  from: number;
  /** Length of a bin. */
  bin: number;
  bins: Bin[];
  /** The windows of the steps, and warm-ups. */
  spans: { name: string; from: number; to: number; warm: boolean }[];
}

/** One request, for who wants to find it in the server's log. */
export interface Request {
  t: number;
  step: string;
  model: string;
  outcome: Outcome;
  id?: string;
  backend?: string;
  status?: number;
  ttft?: number;
  e2e?: number;
  /** Its own longest gap. */
  gapMax?: number;
  input?: number;
  output?: number;
}

export interface Charts {
  distributions: Distribution[];
  timeline: Timeline;
  /** The ten successful measured requests with the longest TTFT, and with the longest E2E, slowest first. */
  slowest: { ttft: Request[]; e2e: Request[] };
}

/** Records → what is drawn: a few passes over the rows. */
export const chartsOf = (columns: Columns, measured: readonly Measured[]): Charts => ({
  distributions: measured.flatMap((step) => distributionsOf(columns, step)),
  timeline: timelineOf(columns, measured),
  slowest: slowestOf(columns, measured),
});
