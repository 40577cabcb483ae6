import { afterEach, describe, expect, test } from 'vitest';
import { type Mock, type MockOptions, startMock } from '../../mock/index.ts';
import { ask, chat, soon } from './client.ts';
import { parse, scrape } from './prometheus.ts';

let mock: Mock;
afterEach(() => mock.close());
const start = async (options: Partial<MockOptions>): Promise<void> => {
  mock = await startMock({ tokens: 5, ...options });
};

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** What is there without any engine. */
const REQUESTS = [
  'vllm:num_requests_running',
  'vllm:num_requests_waiting',
  'vllm:prompt_tokens_total',
  'vllm:generation_tokens_total',
  'vllm:time_to_first_token_seconds',
  'vllm:inter_token_latency_seconds',
  'vllm:e2e_request_latency_seconds',
  'vllm:request_queue_time_seconds',
  'vllm:request_inference_time_seconds',
  'vllm:request_prefill_time_seconds',
  'vllm:request_decode_time_seconds',
  'vllm:request_prompt_tokens',
  'vllm:request_generation_tokens',
  'vllm:request_success_total',
];

/** What only a simulated engine has. */
const SIMULATED = [
  'vllm:kv_cache_usage_perc',
  'vllm:prefix_cache_queries_total',
  'vllm:prefix_cache_hits_total',
  'vllm:num_preemptions_total',
  'vllm:cache_config_info',
  'vllm:iteration_tokens_total',
  'llmload_mock_starved_total',
  'DCGM_FI_DEV_GPU_UTIL',
  'DCGM_FI_DEV_MEM_COPY_UTIL',
  'DCGM_FI_DEV_FB_USED',
  'DCGM_FI_DEV_FB_FREE',
  'DCGM_FI_PROF_NVLINK_TX_BYTES',
  'DCGM_FI_PROF_NVLINK_RX_BYTES',
];

const ENGINES: [string, Partial<MockOptions>][] = [
  ['the plain engine', { ttftMs: 2, tokenMs: 1 }],
  ['a simulated one', { engine: 'tiny,base-ms=1' }],
];

describe('what is there', () => {
  test('of the plain engine: requests, at zero before the first one', async () => {
    await start({ models: ['a', 'b'] });
    const { families, value } = await scrape(mock);
    expect([...families.keys()].sort()).toEqual([...REQUESTS].sort());
    for (const model_name of ['a', 'b']) {
      expect(value('vllm:num_requests_running', { model_name, engine: '0' })).toBe(0);
      expect(value('vllm:time_to_first_token_seconds_count', { model_name })).toBe(0);
      expect(value('vllm:request_success_total', { model_name, finished_reason: 'stop' })).toBe(0);
    }
  });

  test('of a simulated one: its cache and its GPU too, which say that they are simulated', async () => {
    await start({ engine: 'tiny,kv-tokens=1600' });
    const { families, value } = await scrape(mock);
    expect([...families.keys()].sort()).toEqual([...REQUESTS, ...SIMULATED].sort());
    expect(value('vllm:cache_config_info', { block_size: '16', num_gpu_blocks: '100' })).toBe(1);
    for (const [name, { help, samples }] of families) {
      if (!name.startsWith('DCGM')) continue;
      expect(help).toContain('Simulated: ');
      for (const { labels } of samples) expect(labels.modelName).toMatch(/^simulated /);
    }
    expect(value('DCGM_FI_DEV_GPU_UTIL')).toBe(0);
    expect(families.get('DCGM_FI_PROF_NVLINK_TX_BYTES')?.samples).toEqual([]);
  });

  test('each model has GPUs of its own, numbered on; their memory is weights, cache and the rest', async () => {
    await start({ models: ['big', 'small'], engine: '8b-h100', modelOverrides: { big: { engine: '70b-4xh100' } } });
    const { families, value } = await scrape(mock);
    const used = families.get('DCGM_FI_DEV_FB_USED')?.samples ?? [];
    expect(used.map(({ labels }) => labels.gpu)).toEqual(['0', '1', '2', '3', '4']);
    expect(used.map(({ labels }) => labels.UUID)).toEqual(
      [0, 1, 2, 3].map((k) => `GPU-simulated-big-${k}`).concat('GPU-simulated-small-0'),
    );
    for (const { labels, value: mib } of used) {
      expect(mib + value('DCGM_FI_DEV_FB_FREE', { gpu: labels.gpu ?? '' })).toBe(81_559);
      expect(mib).toBeGreaterThan(0.5 * 81_559);
    }
    expect(families.get('DCGM_FI_PROF_NVLINK_TX_BYTES')?.samples).toHaveLength(4);
  });
});

describe.each(ENGINES)('with %s', (_, options) => {
  test('counts and histograms agree with the truth', async () => {
    await start(options);
    await Promise.all([3, 9, 1, 9, 2].map((max_tokens) => ask(mock, { body: chat({ max_tokens }) })));
    await ask(mock, { path: '/api/generate', body: { model: 'mock~no_stream', prompt: 'one two three' } });
    const truth = mock.truth();
    const tokens = truth.map((entry) => entry.tokens);
    expect(tokens.toSorted()).toEqual([1, 2, 3, 5, 5, 5]);
    const { value } = await scrape(mock);
    expect(value('vllm:generation_tokens_total')).toBe(sum(tokens));
    expect(value('vllm:prompt_tokens_total')).toBe(sum(truth.map((entry) => entry.promptTokens)));
    expect(value('vllm:time_to_first_token_seconds_count')).toBe(6);
    expect(value('vllm:inter_token_latency_seconds_count')).toBe(sum(tokens) - 6);
    expect(value('vllm:request_generation_tokens_sum')).toBe(sum(tokens));
    expect(value('vllm:request_success_total', { finished_reason: 'stop' })).toBe(3);
    expect(value('vllm:request_success_total', { finished_reason: 'length' })).toBe(3);
    expect(value('vllm:request_success_total', { finished_reason: 'abort' })).toBe(0);
    const total = (phase: string): number => value(`vllm:${phase}_seconds_sum`);
    expect(total('request_queue_time') + total('request_prefill_time')).toBeCloseTo(total('time_to_first_token'), 9);
    expect(total('request_decode_time')).toBeCloseTo(total('inter_token_latency'), 9);
    expect(total('time_to_first_token') + total('request_decode_time')).toBeCloseTo(total('e2e_request_latency'), 9);
    expect(value('vllm:num_requests_running') + value('vllm:num_requests_waiting')).toBe(0);
  });

  test('a request that breaks off, or whose client leaves, is an abort and finishes nothing', async () => {
    await start({ ...options, tokens: 1000 });
    await ask(mock, { body: chat(), headers: { 'X-Mock-Fault': 'reset=3' } });
    await ask(mock, { body: chat(), leaveWhen: ({ body }) => body.includes('load') });
    await soon(() => mock.truth().at(-1)?.clientGone).toBe(true);
    const { value } = await scrape(mock);
    expect(value('vllm:request_success_total', { finished_reason: 'abort' })).toBe(2);
    expect(value('vllm:e2e_request_latency_seconds_count')).toBe(0);
    expect(value('vllm:num_requests_running') + value('vllm:num_requests_waiting')).toBe(0);
  });
});

test('a refused request is in no metric', async () => {
  await start({ fault: 'status=500' });
  await ask(mock, { body: chat() });
  const { value } = await scrape(mock);
  for (const finished_reason of ['stop', 'length', 'abort'])
    expect(value('vllm:request_success_total', { finished_reason })).toBe(0);
});

test('a GPU with work is busy', async () => {
  await start({ engine: 'tiny', tokens: 1000 });
  let leave = (): void => {};
  const leaving = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const reply = ask(mock, { body: chat(), leave: leaving });
  await soon(async () => (await scrape(mock)).value('DCGM_FI_DEV_GPU_UTIL')).toBeGreaterThan(0);
  leave();
  await reply;
  await soon(async () => (await scrape(mock)).value('DCGM_FI_DEV_GPU_UTIL')).toBe(0);
});

test.each([
  ['a sample without TYPE', 'a 1\n'],
  ['a histogram without its count', '# HELP a b\n# TYPE a histogram\na_bucket{le="+Inf"} 0\na_sum 0\n'],
  ['a label without quotes', '# HELP a b\n# TYPE a gauge\na{b=c} 1\n'],
  ['the same series twice', '# HELP a b\n# TYPE a gauge\na 1\na 1\n'],
])('the reader of these tests refuses %s', async (_, text) => {
  await start({});
  expect(() => parse(text)).toThrow();
});
