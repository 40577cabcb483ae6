import { Histogram, type Registry } from 'prom-client';
import type { BatchEngine } from '../batch/engine.ts';
import { now } from '../clock.ts';
import type { EngineSpec } from '../engine-spec.ts';
import type { StepEvents } from '../stepped.ts';
import { GPU_LABELS, GPU_READINGS, gpusOf, type SimulatedGpu } from './gpu.ts';
import { type Reading, register, type Subject } from './reading.ts';
import { MODEL_LABELS, modelLabels } from './requests.ts';
import { UsageLog } from './usage.ts';

/** One model's simulated engine. */
interface Simulation {
  batch: BatchEngine;
  starved: number;
}

/** Of vLLM's engine, which the plain one has none of; then of the simulation itself. */
const READINGS: readonly Reading<Simulation>[] = [
  {
    type: 'gauge',
    name: 'vllm:kv_cache_usage_perc',
    help: 'KV-cache usage. 1 means 100 percent usage.',
    read: ({ batch }) => batch.kvUsage,
  },
  {
    type: 'counter',
    name: 'vllm:prefix_cache_queries_total',
    help: 'Prefix cache queries, in terms of number of queried tokens.',
    read: ({ batch }) => batch.totals.prefixQueriedTokens,
  },
  {
    type: 'counter',
    name: 'vllm:prefix_cache_hits_total',
    help: 'Prefix cache hits, in terms of number of cached tokens.',
    read: ({ batch }) => batch.totals.prefixHitTokens,
  },
  {
    type: 'counter',
    name: 'vllm:num_preemptions_total',
    help: 'Cumulative number of preemption from the engine.',
    read: ({ batch }) => batch.totals.preemptions,
  },
  {
    type: 'counter',
    name: 'llmload_mock_starved_total',
    help: 'How often the simulation was so far behind real time that it went on from there: this machine is too slow for it.',
    read: ({ starved }) => starved,
  },
];

const CACHE_INFO: readonly Reading<BatchEngine>[] = [
  { type: 'gauge', name: 'vllm:cache_config_info', help: 'Information of the LLMEngine CacheConfig', read: () => 1 },
];

const STEP_TOKENS = [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384];

/** Registers what only simulated engines have; the function that it returns adds one. */
export function simulationMetrics(
  registry: Registry,
): (model: string, spec: EngineSpec, batch: BatchEngine) => StepEvents {
  const simulations: Subject<Simulation>[] = [];
  const caches: Subject<BatchEngine>[] = [];
  const gpus: Subject<SimulatedGpu>[] = [];
  register(registry, READINGS, MODEL_LABELS, simulations);
  register(registry, CACHE_INFO, [...MODEL_LABELS, ...Object.keys(cacheLabels({}))], caches);
  register(registry, GPU_READINGS, GPU_LABELS, gpus);
  const steps = new Histogram({
    name: 'vllm:iteration_tokens_total',
    help: 'Histogram of number of tokens per engine_step.',
    labelNames: MODEL_LABELS,
    buckets: STEP_TOKENS,
    registers: [registry],
  });

  return (model, spec, batch) => {
    const labels = modelLabels(model);
    const simulation = { batch, starved: 0 };
    const log = new UsageLog(batch);
    simulations.push({ labels, of: simulation });
    caches.push({ labels: { ...labels, ...cacheLabels(spec.settings) }, of: batch });
    gpus.push(...gpusOf(model, spec, gpus.length, () => log.read(now())));
    steps.zero(labels);
    return {
      stepped(at, tokens) {
        log.stepped(at, tokens);
        steps.observe(labels, tokens);
      },
      starved(ms) {
        simulation.starved += 1;
        log.starved(ms);
      },
    };
  };
}

function cacheLabels({ blockTokens = 1, kvTokens = 0, prefixCache = false }: Partial<EngineSpec['settings']>) {
  return {
    block_size: `${blockTokens}`,
    num_gpu_blocks: `${Math.floor(kvTokens / blockTokens)}`,
    enable_prefix_caching: prefixCache ? 'True' : 'False',
  };
}
