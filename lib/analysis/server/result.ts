import type { SignalName } from './catalogue.ts';
import type { Reading } from './series.ts';

/** What slows a server down. queue: its batch has no place left; kv_cache: its memory for contexts; compute: the GPU itself. */
export type BottleneckKind = 'network' | 'kv_cache' | 'queue' | 'cpu' | 'compute';

export interface Bottleneck {
  kind: BottleneckKind;
  /** With its evidence. */
  why: string;
}

export interface ServerStep {
  step: string;
  /** By signal; what nobody said anything of in this step is missing. */
  readings: Partial<Record<SignalName, Reading>>;
  /** Of a file of queries. */
  custom: Record<string, Reading>;
  /** Output tokens per second by the server's counter and by ours. */
  tokens?: { server: number; ours: number };
  bottleneck: Bottleneck | null;
}

/** How a signal and a latency go together over the steps; Spearman's ρ. */
export interface Correlation {
  signal: string;
  latency: 'ttft.p99' | 'itl.p99';
  rho: number;
  /** Steps. */
  n: number;
}

/** How busy GPUs are meant to be, in shares: a chat needs room for bursts, a batch pays for every idle second. */
export interface GpuBand {
  for: 'chat' | 'batch';
  low: number;
  high: number;
  used: number;
  is: 'below' | 'in' | 'above';
}

/** What a server's own metrics say of a run. docs/analyze.md */
export interface ServerResult {
  /** Address of the Prometheus, without what it takes to log in. */
  prometheus: string;
  /** What was found, and where; `query` is PromQL. */
  signals: { signal: string; source: string; unit: string; query: string; instances: string[] }[];
  /** Signals that nobody told of. */
  absent: SignalName[];
  steps: ServerStep[];
  correlations: Correlation[];
  gpuBand?: GpuBand;
  /** At the load that broke the server, else at the highest. kind null: none is shown. */
  bottleneck: { kind: BottleneckKind | null; step: string | null; sentence: string };
  /** What should be known of these figures. */
  notes: string[];
}
