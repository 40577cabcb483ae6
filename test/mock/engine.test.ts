/** The simulated engine behind HTTP. Its steps are tested in batch-*.test.ts, its timer in stepped.test.ts. */
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { FAULTS, type Mock, type MockOptions, mockOptionsFromFlags, startMock } from '../../mock/index.ts';
import { ask, chat, finishReason, frames, type Question, type Reply, soon, texts } from './client.ts';
import { type Scrape, scrape } from './prometheus.ts';

const mocks: Mock[] = [];
afterEach(async () => {
  await Promise.all(mocks.splice(0).map((mock) => mock.close()));
});

async function start(options: Partial<MockOptions> = {}): Promise<Mock> {
  const mock = await startMock({ engine: 'tiny,base-ms=1', tokens: 10, ...options });
  mocks.push(mock);
  return mock;
}

const words = (n: number): string => Array.from({ length: n }, (_, k) => `w${k}`).join(' ');
const asking = (content: string, more: Record<string, unknown> = {}): Record<string, unknown> =>
  chat({ messages: [{ role: 'user', content }], stream_options: { include_usage: true }, ...more });

const load = ({ value }: Scrape): { running: number; waiting: number } => ({
  running: value('vllm:num_requests_running'),
  waiting: value('vllm:num_requests_waiting'),
});

/** Requests that stay until they are told to leave. */
function crowd(mock: Mock, n: number, question: Question = {}): { leave: () => Promise<unknown> } {
  let go = (): void => {};
  const leave = new Promise<void>((resolve) => {
    go = resolve;
  });
  const replies = Array.from({ length: n }, () => ask(mock, { body: chat(), leave, ...question }));
  return {
    leave() {
      go();
      return Promise.all(replies);
    },
  };
}

describe('an answer', () => {
  test.each([true, false])(
    'says what was cached when its prompt was taken up, not when it came (stream: %s)',
    async (stream) => {
      const mock = await start();
      const cached = [];
      for (const content of [words(60), words(60), `other ${words(60)}`]) {
        const { body } = await ask(mock, { body: asking(content, { stream }) });
        const said = frames(stream ? body : `data: ${body}`).at(-1)?.usage;
        expect(mock.truth().at(-1)).toMatchObject({
          promptTokens: said?.prompt_tokens,
          cachedTokens: said?.prompt_tokens_details.cached_tokens,
          tokens: 10,
        });
        cached.push(said?.prompt_tokens_details.cached_tokens);
      }
      expect(cached).toEqual([0, 64, 0]);
      const { value } = await scrape(mock);
      expect(value('vllm:prefix_cache_hits_total')).toBe(64);
      expect(value('vllm:prefix_cache_queries_total')).toBe(78 + 78 + 80);
    },
  );

  test('two that come together: the second finds what the first has only begun to compute', async () => {
    const mock = await start();
    await Promise.all([0, 1].map(() => ask(mock, { body: asking(words(60)) })));
    expect(mock.truth().map(({ cachedTokens }) => cachedTokens)).toEqual([0, 64]);
  });

  test('on Ollama gives the durations of the simulation', async () => {
    const mock = await start();
    await ask(mock, { path: '/api/chat', body: { model: 'mock', messages: [{ role: 'user', content: words(60) }] } });
    const { body } = await ask(mock, { path: '/api/generate', body: { model: 'mock', prompt: 'more', stream: false } });
    const last = JSON.parse(body);
    const { value } = await scrape(mock);
    expect(value('vllm:time_to_first_token_seconds_count')).toBe(2);
    expect(last).toMatchObject({ prompt_eval_count: 2, eval_count: 10, load_duration: 0 });
    expect(last.total_duration).toBe(last.prompt_eval_duration + last.eval_duration);
    // Alone in its steps: nine more of (1 + 1) ms, or longer where the machine held the loop up.
    expect(last.eval_duration).toBeGreaterThanOrEqual(18e6);
    expect(last.prompt_eval_duration).toBeGreaterThanOrEqual(2e6);
  });
});

describe('the batch', () => {
  test('has so many places; the rest waits, first come, first served', async () => {
    const mock = await start({ engine: 'tiny,max-sequences=2,kv-tokens=100000', tokens: 5000 });
    const { leave } = crowd(mock, 5);
    await soon(async () => load(await scrape(mock))).toEqual({ running: 2, waiting: 3 });
    expect((await scrape(mock)).value('vllm:kv_cache_usage_perc')).toBeGreaterThan(0);
    await leave();
    await soon(async () => load(await scrape(mock))).toEqual({ running: 0, waiting: 0 });
    const { value } = await scrape(mock);
    expect(value('vllm:kv_cache_usage_perc')).toBe(0);
    expect(value('vllm:request_success_total', { finished_reason: 'abort' })).toBe(5);
  });

  test('takes them in the order in which they came', async () => {
    const mock = await start({ engine: 'tiny,base-ms=1,max-sequences=1' });
    await Promise.all(Array.from({ length: 6 }, () => ask(mock, { body: chat() })));
    const takenUp = mock.truth().map(({ receivedAt, queuedMs }) => receivedAt + queuedMs);
    expect(takenUp).toEqual(takenUp.toSorted((a, b) => a - b));
    expect(mock.truth().every(({ tokens }) => tokens === 10)).toBe(true);
  });

  test('throws out who finds no block, and still every answer is whole', async () => {
    const mock = await start({ engine: 'tiny,kv-tokens=160,base-ms=5', tokens: 100 });
    const replies = await Promise.all([1, 2, 3].map((k) => ask(mock, { body: asking(`${k}`) })));
    for (const { body } of replies) {
      expect(texts(body)).toHaveLength(100);
      expect(finishReason(body)).toBe('stop');
    }
    const { value } = await scrape(mock);
    expect(value('vllm:num_preemptions_total')).toBeGreaterThan(0);
    expect(value('vllm:generation_tokens_total')).toBe(300);
    expect(load(await scrape(mock))).toEqual({ running: 0, waiting: 0 });
  });

  test('is a model’s own', async () => {
    const mock = await start({ models: ['a', 'b'], engine: 'tiny,max-sequences=1', tokens: 1000 });
    const [one, other] = ['a', 'b'].map((model) => crowd(mock, 2, { body: chat({ model }) }));
    await soon(async () => {
      const { value } = await scrape(mock);
      return ['a', 'b'].map((model_name) => value('vllm:num_requests_running', { model_name }));
    }).toEqual([1, 1]);
    await Promise.all([one?.leave(), other?.leave()]);
  });

  test('with a queue: 429 for those beyond it', async () => {
    const mock = await start({ engine: 'tiny,max-sequences=1', queue: 1, tokens: 1000 });
    const { leave } = crowd(mock, 2);
    await soon(async () => load(await scrape(mock))).toEqual({ running: 1, waiting: 1 });
    const { status, headers } = await ask(mock, { body: chat() });
    expect([status, headers['retry-after']]).toEqual([429, '1']);
    expect(load(await scrape(mock))).toEqual({ running: 1, waiting: 1 });
    await leave();
  });
});

describe('a request that never fits', () => {
  test.each([
    ['/v1/chat/completions', chat({ messages: [{ role: 'user', content: words(1500) }] }), 'error.message'],
    ['/v1/completions', { model: 'mock', prompt: words(1500), stream: true }, 'error.message'],
    ['/api/generate', { model: 'mock', prompt: words(1500) }, 'error'],
  ])('is a 400 on %s', async (path, body, place) => {
    const mock = await start({ engine: 'tiny,kv-tokens=1500' });
    const reply = await ask(mock, { path, body });
    expect([reply.status, reply.ending]).toEqual([400, 'complete']);
    expect(JSON.parse(reply.body)).toHaveProperty(
      place,
      "This model's maximum context length is 1500 tokens. However, you requested 1960 tokens (1950 in the prompt, 10 in the " +
        'completion). Please reduce the length of either.',
    );
    expect(mock.truth()).toMatchObject([{ status: 400, answered: null, tokens: 0 }]);
    expect(load(await scrape(mock))).toEqual({ running: 0, waiting: 0 });
  });

  test('is one by what /api/ps says', async () => {
    const mock = await start({
      engine: 'tiny,kv-tokens=1500',
      models: ['a', 'b'],
      modelOverrides: { b: { engine: '' } },
    });
    const { models } = JSON.parse((await ask(mock, { method: 'GET', path: '/api/ps' })).body);
    expect(models).toMatchObject([
      { name: 'a', context_length: 1500 },
      { name: 'b', context_length: 131_072 },
    ]);
  });
});

/** With a value that is soon over, and only where the answer comes to an end by itself. */
const SHORT: Record<string, string> = { slow_headers: 'slow_headers=20', huge_frame: 'huge_frame=5000' };
const ENDING = FAULTS.map(({ name }) => SHORT[name] ?? name).filter((name) => !name.startsWith('stall'));

describe('a fault', () => {
  test.each(ENDING)('%s is the same as with the plain engine', async (fault) => {
    const plain = await start({ engine: '', ttftMs: 1, tokenMs: 0 });
    const simulated = await start({ engine: 'tiny,base-ms=1,prefix-cache=false' });
    for (const stream of [true, false]) {
      const question = { body: asking(words(60), { stream }), headers: { 'X-Mock-Fault': fault, 'X-Request-Id': 'r' } };
      const [expected, got] = await Promise.all([ask(plain, question), ask(simulated, question)]);
      expect(seen(got)).toEqual(seen(expected));
      expect(simulated.truth().at(-1)?.tokens).toBe(plain.truth().at(-1)?.tokens);
    }
    await soon(async () => load(await scrape(simulated))).toEqual({ running: 0, waiting: 0 });
  });

  test('that stalls holds no place once its tokens are made', async () => {
    const mock = await start();
    const { leave } = crowd(mock, 2, { headers: { 'X-Mock-Fault': 'stall=3' } });
    await soon(async () => (await scrape(mock)).value('vllm:generation_tokens_total')).toBe(20);
    expect(load(await scrape(mock))).toEqual({ running: 0, waiting: 0 });
    await leave();
  });
});

/** All but what tells two answers apart: when they were made. */
const seen = ({ status, ending, headers, bytes }: Reply): object => {
  const { date: _, ...others } = headers;
  const plain = headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
  return { status, ending, headers: others, text: plain.toString().replace(/"created":\d+/g, '') };
};

describe('the option', () => {
  test('takes a preset and what is set apart from it', () => {
    expect(mockOptionsFromFlags({ engine: '8b-h100, kv-tokens=20000,prefix-cache=false' }).engine).toContain('8b-h100');
    expect(mockOptionsFromFlags({ model: 'a:engine=tiny', 'ttft-ms': '5' }).modelOverrides).toEqual({
      a: { engine: 'tiny' },
    });
  });

  test.each([
    [{ engine: 'h100' }, 'engine "h100": want NAME[,key=value…], NAME one of 8b-h100, 8b-a100, 70b-4xh100, tiny'],
    [{ engine: 'tiny,size=3' }, 'engine "tiny,size=3": "size=3" is no key=value; keys are max-sequences, token-budget'],
    [{ engine: 'tiny,kv-tokens' }, '"kv-tokens" is no key=value'],
    [{ engine: 'tiny,kv-tokens=many' }, 'kv-tokens must be an integer from 1 to 100000000'],
    [{ engine: 'tiny,base-ms=0' }, 'base-ms must be a number from 0.1 to 10000'],
    [{ engine: 'tiny,prefix-cache=1' }, 'prefix-cache must be true or false'],
    [{ engine: 'tiny,kv-tokens=10' }, 'kv-tokens must hold a block at least'],
    [{ engine: 'tiny', 'ttft-ms': '5' }, '--ttft-ms means nothing to --engine tiny'],
    [{ engine: 'tiny', slots: '5' }, '--slots means nothing to --engine tiny'],
    [{ engine: 'tiny', model: 'a:prefix-cache=5' }, '--prefix-cache means nothing to --engine tiny'],
    [{ model: 'a:engine=tiny,token-ms=5' }, '--token-ms means nothing to --engine tiny'],
  ])('%j: %s', (flags, message) => {
    expect(() => mockOptionsFromFlags(flags)).toThrow(message);
  });
});
