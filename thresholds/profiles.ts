/** SLO profiles as data, in the grammar of slo.ts. MLPerf's are its server and interactive limits at the 99th percentile. */
export const PROFILES = {
  /** A person reads along: reading speed is 4–5 tokens/s, and a second of silence feels broken. */
  chat: ['ttft.p50<200ms', 'ttft.p99<1000ms', 'itl.p50<30ms', 'itl.p99<100ms', 'errors<0.1%'],
  /** Nobody waits in front of it. */
  batch: ['ttft.p50<2s', 'ttft.p99<10s', 'errors<0.01%'],
  // https://docs.mlcommons.org/inference/index_gh/ and the rules of MLPerf Inference 4.0 to 5.1
  'mlperf-llama3.1-8b': ['ttft.p99<2000ms', 'tpot.p99<100ms'],
  'mlperf-llama3.1-8b-interactive': ['ttft.p99<500ms', 'tpot.p99<30ms'],
  'mlperf-llama2-70b': ['ttft.p99<2000ms', 'tpot.p99<200ms'],
  'mlperf-llama2-70b-interactive': ['ttft.p99<450ms', 'tpot.p99<40ms'],
  'mlperf-llama3.1-405b': ['ttft.p99<6000ms', 'tpot.p99<175ms'],
  'mlperf-llama3.1-405b-interactive': ['ttft.p99<4500ms', 'tpot.p99<80ms'],
  'mlperf-deepseek-r1': ['ttft.p99<2000ms', 'tpot.p99<80ms'],
  'mlperf-deepseek-r1-interactive': ['ttft.p99<1500ms', 'tpot.p99<15ms'],
  'mlperf-mixtral-8x7b': ['ttft.p99<2000ms', 'tpot.p99<200ms'],
} as const satisfies Record<string, readonly string[]>;
