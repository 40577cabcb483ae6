import { Counter, Histogram, type Registry } from 'prom-client';
import { type Reading, register, type Subject } from './reading.ts';
import type { Load, Meter, Request } from './watch.ts';

/** Of requests, whatever the engine: names, labels, helps and buckets as in vLLM's vllm/v1/metrics/loggers.py. */
export const MODEL_LABELS = ['model_name', 'engine'];

export const modelLabels = (model: string): Record<string, string> => ({ model_name: model, engine: '0' });

const READINGS: readonly Reading<Meter>[] = [
  {
    type: 'gauge',
    name: 'vllm:num_requests_running',
    help: 'Number of requests in model execution batches.',
    read: ({ load }) => load.running,
  },
  {
    type: 'gauge',
    name: 'vllm:num_requests_waiting',
    help: 'Number of requests waiting to be processed.',
    read: ({ load }) => load.waiting,
  },
  {
    type: 'counter',
    name: 'vllm:prompt_tokens_total',
    help: 'Number of prefill tokens processed.',
    read: ({ promptTokens }) => promptTokens,
  },
  {
    type: 'counter',
    name: 'vllm:generation_tokens_total',
    help: 'Number of generation tokens processed.',
    read: ({ generatedTokens }) => generatedTokens,
  },
];

const TTFT_S = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560,
];

const TOKEN_S = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80];

const REQUEST_S = [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680];

/** 1, 2, 5, 10, … 100,000: the longest request that the mock takes is little longer. */
const TOKENS = Array.from({ length: 16 }, (_, i) => ([1, 2, 5][i % 3] as number) * 10 ** Math.floor(i / 3));

/** Of requests that were answered to their end; times are in s there, in ms here. */
const FINISHED: readonly { name: string; help: string; buckets: number[]; value: (request: Request) => number }[] = [
  {
    name: 'vllm:e2e_request_latency_seconds',
    help: 'Histogram of e2e request latency in seconds.',
    buckets: REQUEST_S,
    value: ({ since, lastAt }) => (lastAt - since) / 1000,
  },
  {
    name: 'vllm:request_queue_time_seconds',
    help: 'Histogram of time spent in WAITING phase for request.',
    buckets: REQUEST_S,
    value: ({ since, startedAt }) => (startedAt - since) / 1000,
  },
  {
    name: 'vllm:request_inference_time_seconds',
    help: 'Histogram of time spent in RUNNING phase for request.',
    buckets: REQUEST_S,
    value: ({ startedAt, lastAt }) => (lastAt - startedAt) / 1000,
  },
  {
    name: 'vllm:request_prefill_time_seconds',
    help: 'Histogram of time spent in PREFILL phase for request.',
    buckets: REQUEST_S,
    value: ({ startedAt, firstAt }) => (firstAt - startedAt) / 1000,
  },
  {
    name: 'vllm:request_decode_time_seconds',
    help: 'Histogram of time spent in DECODE phase for request.',
    buckets: REQUEST_S,
    value: ({ firstAt, lastAt }) => (lastAt - firstAt) / 1000,
  },
  {
    name: 'vllm:request_prompt_tokens',
    help: 'Number of prefill tokens processed.',
    buckets: TOKENS,
    value: ({ promptTokens }) => promptTokens,
  },
  {
    name: 'vllm:request_generation_tokens',
    help: 'Number of generation tokens processed.',
    buckets: TOKENS,
    value: ({ tokens }) => tokens,
  },
];

/** Why requests were over; those that were aborted are in no histogram of finished ones. */
const REASONS = ['stop', 'length', 'abort'] as const;

/** Registers them all; the function that it returns adds a model. `load`: who knows how many run and wait, where not the meter. */
export function requestMetrics(registry: Registry): (model: string, load?: Load) => Meter {
  const registers = [registry];
  const subjects: Subject<Meter>[] = [];
  register(registry, READINGS, MODEL_LABELS, subjects);
  const histogram = (name: string, help: string, buckets: number[]): Histogram =>
    new Histogram({ name, help, labelNames: MODEL_LABELS, buckets, registers });
  const ttft = histogram('vllm:time_to_first_token_seconds', 'Histogram of time to first token in seconds.', TTFT_S);
  const itl = histogram('vllm:inter_token_latency_seconds', 'Histogram of inter-token latency in seconds.', TOKEN_S);
  const finished = FINISHED.map(({ name, help, buckets, value }) => ({ of: histogram(name, help, buckets), value }));
  const success = new Counter({
    name: 'vllm:request_success_total',
    help: 'Count of successfully processed requests.',
    labelNames: [...MODEL_LABELS, 'finished_reason'],
    registers,
  });

  return (model, load) => {
    const labels = modelLabels(model);
    for (const each of [ttft, itl, ...finished.map(({ of }) => of)]) each.zero(labels);
    for (const reason of REASONS) success.inc({ ...labels, finished_reason: reason }, 0);
    const counts = { waiting: 0, running: 0 };
    const meter: Meter = {
      counts,
      load: load ?? counts,
      promptTokens: 0,
      generatedTokens: 0,
      first: (ms) => ttft.observe(labels, ms / 1000),
      gap: (ms) => itl.observe(labels, ms / 1000),
      over(reason, request) {
        success.inc({ ...labels, finished_reason: reason });
        if (reason !== 'abort') for (const { of, value } of finished) of.observe(labels, value(request));
      },
    };
    subjects.push({ labels, of: meter });
    return meter;
  };
}
