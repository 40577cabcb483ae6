import type { Chaos } from './analysis/chaos/result.ts';
import type { Asked, CostRow } from './analysis/cost/cost.ts';
import type { ServerResult } from './analysis/server/result.ts';
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
  /** Share of the input tokens that the server had in its cache, of requests of which it said so. */
  cachedShare?: number;
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
  /** Where there is a WORKLOAD. */
  perProfile?: (Group & { profile: string })[];
  /** Where there are conversations: their first questions, their second, … */
  perTurn?: (Group & { turn: number })[];
  /** How true the client was to a schedule of its own. */
  schedule?: Schedule;
}

/** Actual − planned start, ms; and the share of the planned requests that started within 10 ms of their plan. */
export interface Schedule {
  p50: number;
  p99: number;
  max: number;
  onTime: number;
}

export type Verdict = 'PASS' | 'FAIL' | 'INCONCLUSIVE' | 'NOT_MEASURED';

export interface SloResult {
  step: string;
  term: string;
  /** observed: the measured value against its limit. certified: at `confidence`, by the binomial rule. */
  kind: 'observed' | 'certified';
  confidence?: number;
  /** Where INCONCLUSIVE: what is still missing, at the same share of misses; null where no number of requests would do. */
  more?: { requests: number; minutes: number } | null;
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

/** Rules that tell that a load is too much; MEASURING, "Finding the limit". */
export type Rule = 'errors' | 'backlog' | 'ttft_p99' | 'throughput_gain';

/** One rule on one step: its value with a 99 % interval, and the line that the interval must clear. slo: why says which term. */
export interface RuleResult {
  rule: Rule | 'slo';
  step: string;
  value: number | null;
  low: number | null;
  high: number | null;
  line: number;
  /** unclear: the interval lies across the line, or there are too few samples. */
  verdict: 'held' | 'broken' | 'unclear' | 'not_measured';
  why: string;
}

/** How much load the server carries. Loads are req/s or requests in flight. */
export interface Limit {
  by: 'rate' | 'concurrency';
  /** Highest that held, lowest that broke; null: none did. */
  range: [number | null, number | null];
  /** What broke first, the gravest of `rules`; null: nothing did, or the client is the limit. */
  rule: Rule | 'slo' | null;
  rules: (Rule | 'slo')[];
  /** min(70 % of the first broken load, the highest that held). */
  recommended: number | null;
  /** The highest output rate of any step, tok/s, and its load. */
  throughput: { tokensPerSecond: number; load: number } | null;
  /** Why the client, and not the server, is the limit. */
  client?: string;
  sentence: string;
  checks: RuleResult[];
}

/** Where more load gives more latency instead of more throughput (Kneedle, Satopaa et al. 2011). */
export interface Knee {
  by: 'rate' | 'concurrency';
  load: number;
  step: string;
  throughput: number;
  latency: number;
  /** What the two axes are. */
  x: 'throughput' | 'achieved';
  y: 'e2e.p50';
  sentence: string;
}

/** What may be wrong with a router. */
export type RouterCheck = 'backend' | 'echo' | 'split' | 'fairness' | 'affinity' | 'buffering';

export interface RouterVerdict {
  check: RouterCheck;
  /** Where it is judged model by model. */
  model?: string;
  verdict: Verdict;
  /** split: p of the χ² test; fairness: the least share of its due that a backend got; else how many, or what share, was wrong. */
  value: number | null;
  /** split: the smallest shift of a backend's share that would have been found in 9 of 10 runs. */
  power?: number;
  why: string;
}

/** Which backends answered, and what that says of the router. */
export interface RouterResult {
  backends: {
    model: string;
    backend: string;
    requests: number;
    /** Of the model's requests. */
    share: number;
    /** Its share by the weights; null where there are none. */
    due: number | null;
    /** ms */
    ttftP50: number | null;
  }[];
  verdicts: RouterVerdict[];
}

/** A figure of two targets, and how much the second differs from the first; times in ms, rates per second. */
export interface Difference {
  figure: 'ttft.p50' | 'ttft.p99' | 'itl.mean' | 'itl.p99' | 'e2e.p50' | 'req/s' | 'tok/s' | 'cached' | 'errors';
  a: number;
  b: number;
  /** b − a, with its interval at `confidence`. */
  delta: number;
  low: number;
  high: number;
  confidence: number;
  /** The difference is shown: at 99.95 % over all figures of the run together. */
  shown: boolean;
}

/** Two targets under the same load at the same time. */
export interface Comparison {
  a: string;
  b: string;
  /** Blocks of time that the intervals come from, and their length, ms. */
  blocks: number;
  blockMs: number;
  differences: Difference[];
  sentence: string;
}

/** A trend over one step, per hour: ms for latencies, a share for errors. The interval is at 99 %. */
export interface Drift {
  step: string;
  metric: 'ttft' | 'itl' | 'errors';
  perHour: number;
  low: number;
  high: number;
  /** The interval leaves zero out. */
  shown: boolean;
  sentence: string;
}

/** The records of a k6 run that was a step, or a warm-up, of something larger. */
export interface Part {
  /** Path of the records, relative to the results file. */
  records: string;
  /** What its step is called in the results, or what the names of its steps begin with; null: all of it is warm-up. */
  step: string | null;
  /** The plain k6 command that does it again. */
  command: string;
}

/** A stretch of a bench. Times are epoch ms. */
export interface BenchPhase {
  name: 'warmup' | 'baseline' | 'search' | 'validation';
  from: number;
  to: number;
  requests: number;
}

export interface Bench {
  /** The verdict in one sentence. */
  sentence: string;
  /** Of the SLO at the recommended load; null: it was never loaded so. */
  verdict: Verdict | null;
  /** About two minutes, and no more than observed. */
  quick: boolean;
  phases: BenchPhase[];
  /** The step that judged the SLO. */
  validation?: string;
  /** Most requests that waited for their first token at one time at the lowest load that broke. */
  waiting?: number;
  /** It was stopped before its end. */
  interrupted: boolean;
}

/** What tokens cost, at the throughputs that were measured. */
export interface CostReport {
  rows: readonly CostRow[];
  asked: Asked;
  /** What should be known of the rows. */
  notes: readonly string[];
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
    /** What the command line knows: k6's version, and the plain k6 command that does the same again, word by word, without secrets. */
    k6?: string;
    command?: string[];
    /** The tag `testid` of all samples that k6 sent elsewhere, as to Prometheus. */
    testid?: string;
  };
  target: {
    baseUrl: string;
    api: string;
    models: string[];
    /** What the server says it is: `vLLM 0.11.0`. */
    server?: string;
  };
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
  /** Where a limit was searched for. */
  limit?: Limit;
  knee?: Knee;
  drift?: Drift[];
  /** Where a router is under test. */
  router?: RouterResult;
  /** Where two targets were compared. */
  comparison?: Comparison;
  /** Where steps were k6 runs of their own: which records, beside the results file, hold which step. */
  parts?: Part[];
  /** What `llmload bench` came to. */
  bench?: Bench;
  /** Where GPUs have a price. */
  cost?: CostReport;
  /** What the server's own metrics say. */
  server?: ServerResult;
  /** Faults that were made on purpose; several where a suite ran. */
  chaos?: Chaos[];
}
