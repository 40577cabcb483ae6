import type { Outcome } from './completion.ts';
import type { Load } from './load/plan.ts';

/** `llmload/results@1`: what a run found. JSON Schema in docs/results.schema.json. Times in ms, rates per second. */
export const RESULTS_SCHEMA = 'llmload/results@1';

/** Percentiles as k6 and NumPy have them: linear between ranks. Under the http driver some are absent. */
export interface Stats {
  n: number;
  mean: number;
  p50: number;
  p90: number;
  p95: number;
  p99: number;
  p999: number;
  max: number;
}

export type LatencyStats = { [M in 'ttft' | 'ttfo' | 'tpot' | 'itl' | 'e2e' | 'connect']?: Partial<Stats> };

/** The same figures for a step and for each model in it. Absent means not measured. */
export interface Group {
  requests: number;
  ok: number;
  outcomes: Partial<Record<Outcome, number>>;
  /** (failed + dropped) / (sent + dropped) */
  errorRate: number;
  /** Of successful requests. */
  metrics: LatencyStats;
  /** With every failed and dropped request as infinitely slow; null is infinity. */
  adjusted?: { ttft?: AdjustedStats; e2e?: AdjustedStats };
  /** Share of all requests asked for that met the SLO's limits. */
  inSlo?: number;
  /** Requests in SLO per second. */
  goodput?: number;
  /** Output tokens per second, of tokens whose frames arrived inside the window. */
  throughput?: number;
  inputTokens?: number;
  outputTokens?: number;
  frames?: number;
}
export interface AdjustedStats {
  p50: number | null;
  p90: number | null;
  p99: number | null;
}

export interface StepResult extends Group {
  name: string;
  scenario: string;
  phase: string;
  load: Load;
  /** Epoch ms; to is exclusive. */
  window: { from: number; to: number };
  /** Requests per second that the plan asked for; absent in a closed loop. */
  asked?: number;
  /** Requests per second: started in an open loop, ended in a closed one. */
  achieved: number;
  dropped: number;
  /** Started more than 100 ms after their planned time; 0 where the executor makes the schedule. */
  late: number;
  /** Mean requests in flight. */
  inFlight?: number;
  perModel: (Group & { model: string; answered: Record<string, number> })[];
}

export type Verdict = 'PASS' | 'FAIL' | 'INCONCLUSIVE' | 'NOT_MEASURED';

export interface SloResult {
  step: string;
  term: string;
  kind: 'observed' | 'certified';
  limit: number;
  measured: number | null;
  n: number;
  misses: number | null;
  allowed: number | null;
  verdict: Verdict;
  why: string;
}

export interface Check {
  check: string;
  ok: boolean;
  value: number | string | null;
  sentence: string;
}

export interface Results {
  schema: typeof RESULTS_SCHEMA;
  run: {
    id: string;
    startedAt: string;
    endedAt: string;
    llmload: string;
    driver: string;
    scenario: string;
    settings: Record<string, unknown>;
    warmupRequests: number;
  };
  target: { baseUrl: string; api: string; models: string[] };
  steps: StepResult[];
  slo: SloResult[];
  audit: Check[];
  /** One example of each kind of failure. */
  failures: { outcome: Outcome; count: number; inWarmup: number; model: string; error: string; id?: string }[];
  /** Where routing is under test. */
  routing?: {
    matrix: { asked: string; answered: string; count: number }[];
    expected: Record<string, string>;
    verdict: Verdict;
    why: string;
  };
}
