/** Which metrics of a server tell what, under which names. As data; docs/analyze.md shows it and says where the names are from. */

/** What is asked of a server. Shares are from 0 to 1. */
export interface Signal {
  /** As it is called in a sentence. */
  title: string;
  unit: '' | '%' | '/s' | 'tok/s' | 'B/s';
  /** A counter is read as its rate. */
  kind: 'gauge' | 'counter';
  /** Several instances (GPUs, network devices) are added, or the fullest of them is taken. */
  over: 'sum' | 'max';
  /** What it cannot exceed. */
  limit?: number;
}

export const SIGNALS = {
  waiting: { title: 'requests waiting', unit: '', kind: 'gauge', over: 'sum' },
  running: { title: 'requests running', unit: '', kind: 'gauge', over: 'sum' },
  kv_cache: { title: 'KV cache', unit: '%', kind: 'gauge', over: 'max', limit: 1 },
  preemptions: { title: 'preemptions', unit: '/s', kind: 'counter', over: 'sum' },
  tokens: { title: 'output tokens', unit: 'tok/s', kind: 'counter', over: 'sum' },
  gpu: { title: 'GPU utilisation', unit: '%', kind: 'gauge', over: 'max', limit: 1 },
  mem_copy: { title: 'memory-copy utilisation', unit: '%', kind: 'gauge', over: 'max', limit: 1 },
  nvlink: { title: 'NVLink sent', unit: 'B/s', kind: 'gauge', over: 'max' },
  cpu: { title: 'CPU', unit: '%', kind: 'counter', over: 'max', limit: 1 },
  network_tx: { title: 'network sent', unit: 'B/s', kind: 'counter', over: 'max' },
  network_rx: { title: 'network received', unit: 'B/s', kind: 'counter', over: 'max' },
} as const satisfies Record<string, Signal>;

export type SignalName = keyof typeof SIGNALS;
export const SIGNAL_NAMES = Object.keys(SIGNALS) as SignalName[];

/** Whose metrics these are: a selector may differ between them. */
export type Kind = 'engine' | 'gpu' | 'node';

export interface MetricRow {
  signal: SignalName;
  source: string;
  kind: Kind;
  metric: string;
  /** Label matchers that belong to it. */
  only?: string;
  /** A metric of the same series: what it cannot exceed. */
  limit?: string;
  /** Where it is more than the metric by itself; `$` is where a selector goes, after a matcher. */
  promql?: string;
  /** What its values are multiplied by. */
  scale?: number;
  /** It counts more than the signal: shown, and nothing is judged by it. */
  broad?: true;
}

const engine = (source: string, names: Partial<Record<SignalName, string | readonly string[]>>): MetricRow[] =>
  Object.entries(names).flatMap(([signal, metrics]) =>
    [metrics].flat().map((metric) => ({ signal: signal as SignalName, source, kind: 'engine' as const, metric })),
  );

const DCGM = { source: 'DCGM', kind: 'gpu' } as const;
const NODE = { source: 'node_exporter', kind: 'node' } as const;
const LINKS = { ...NODE, only: 'device!~"lo|veth.*|docker.*|br-.*|cali.*|cni.*"', limit: 'node_network_speed_bytes' };
const CPU_USED = 'sum by (instance) (node_cpu_seconds_total{mode!~"idle|iowait|steal"$})';
const CPUS = 'count by (instance) (node_cpu_seconds_total{mode="idle"$})';

/** Of each signal the first row that answers is taken. */
export const METRICS: readonly MetricRow[] = [
  ...engine('vLLM', {
    waiting: 'vllm:num_requests_waiting',
    running: 'vllm:num_requests_running',
    kv_cache: ['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc'],
    preemptions: 'vllm:num_preemptions_total',
    tokens: 'vllm:generation_tokens_total',
  }),
  ...engine('SGLang', {
    waiting: 'sglang:num_queue_reqs',
    running: 'sglang:num_running_reqs',
    kv_cache: 'sglang:token_usage',
    preemptions: 'sglang:num_retracted_requests_total',
    tokens: 'sglang:generation_tokens_total',
  }),
  ...engine('TGI', {
    waiting: 'tgi_queue_size',
    running: 'tgi_batch_current_size',
    tokens: 'tgi_request_generated_tokens_sum',
  }),
  ...engine('llama.cpp', {
    waiting: 'llamacpp:requests_deferred',
    running: 'llamacpp:requests_processing',
    kv_cache: 'llamacpp:kv_cache_usage_ratio',
    tokens: 'llamacpp:tokens_predicted_total',
  }),
  // Its engines' own metrics pass through it under their names above, and say more: here who computes its prompt waits too.
  ...engine('Dynamo', {
    waiting: 'dynamo_frontend_queued_requests',
    running: 'dynamo_component_inflight_requests',
  }).map((row) => ({ ...row, broad: true as const })),
  ...engine('Dynamo', {
    kv_cache: ['dynamo_component_gpu_cache_usage_percent', 'dynamo_component_kvstats_gpu_cache_usage_percent'],
    tokens: ['dynamo_frontend_output_tokens_total', 'dynamo_frontend_output_sequence_tokens_sum'],
  }),
  { ...DCGM, signal: 'gpu', metric: 'DCGM_FI_DEV_GPU_UTIL', scale: 0.01 },
  { ...DCGM, signal: 'gpu', metric: 'DCGM_FI_PROF_GR_ENGINE_ACTIVE' },
  { ...DCGM, signal: 'mem_copy', metric: 'DCGM_FI_DEV_MEM_COPY_UTIL', scale: 0.01 },
  { ...DCGM, signal: 'mem_copy', metric: 'DCGM_FI_PROF_DRAM_ACTIVE' },
  { ...DCGM, signal: 'nvlink', metric: 'DCGM_FI_PROF_NVLINK_TX_BYTES' },
  {
    ...NODE,
    signal: 'cpu',
    metric: 'node_cpu_seconds_total',
    only: 'mode="idle"',
    promql: `${CPU_USED} / ${CPUS}`,
  },
  { ...LINKS, signal: 'network_tx', metric: 'node_network_transmit_bytes_total' },
  { ...LINKS, signal: 'network_rx', metric: 'node_network_receive_bytes_total' },
];
