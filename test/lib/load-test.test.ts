import '../fakes/k6-globals.ts';
import type { NativeRequest } from 'k6/x/llmload';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Plan } from '../../lib/load/plan.ts';
import { judgesRouter } from '../../lib/report/router.ts';
import { server } from '../fakes/k6-http.ts';
import { binary } from '../fakes/k6-llmload.ts';

/** The modules of a fresh VU: under bin/k6, or under another k6. */
async function vu(native: boolean) {
  vi.resetModules();
  Object.assign(globalThis, { __VU: 0, __ENV: native ? { LLMLOAD_NATIVE: '0.0.0-test' } : {} });
  const { loadTest } = await import('../../lib/load-test.ts');
  const { default: exec } = await import('../fakes/k6-execution.ts');
  const { registered } = await import('../fakes/k6-metrics.ts');
  const { levels } = await import('../../lib/load/closed.ts');
  const { constantRate } = await import('../../lib/load/open.ts');
  const { settingsOf } = await import('./make.ts');
  const { slept } = await import('../fakes/k6.ts');
  const values = (name: string) => registered.get(name)?.samples.map((s) => s.value);
  return { loadTest, exec, values, levels, constantRate, settingsOf, slept };
}
type Vu = Awaited<ReturnType<typeof vu>>;

const MODEL = { MODEL: 'm', SEED: '7', RUN_ID: 'fixed' };
const onOneLevel = ({ levels }: Vu, warmup = 0): Plan =>
  levels({ levels: [1], duration: 10_000, requests: undefined, warmup, timeout: 1000 });
const make = (k6: Vu, env: Record<string, string> = {}, warmup = 0) =>
  k6.loadTest({ name: 'blast', settings: k6.settingsOf({ ...MODEL, ...env }), plan: onOneLevel(k6, warmup) });

/** Half a second for ten frames of a token each, from whom it was asked of. */
const answer = (request: NativeRequest) => {
  const startedAt = binary.time;
  binary.time += 500;
  return {
    startedAt,
    endMs: 500,
    frames: 10,
    events: 12,
    ttft: 50,
    ttfo: 50,
    e2e: 500,
    gaps: new Float64Array(9).fill(50),
    terminal: true,
    values: {
      model: JSON.stringify(JSON.parse(request.body ?? '').model),
      usage: '{"prompt_tokens":5,"completion_tokens":10}',
    },
  };
};
const bodies = () => binary.asked.map((r) => JSON.parse(r.body ?? ''));

let k6: Vu;
beforeEach(async () => {
  Object.assign(binary, { time: 0, answer, asked: [], clients: [], opened: [], kept: [], finished: [], notes: [] });
  server.asked.length = 0;
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});
const start = () => {
  k6.exec.scenario = { name: 'step_1', startTime: 0, iterationInTest: 0 };
  binary.place = k6.exec.scenario;
  k6.exec.vu.idInTest = 1;
  k6.exec.test.options = {};
};
const DATA = { model: 'm' };
const summary = { metrics: {}, state: { testRunDurationMs: 10_000 }, setup_data: DATA };

describe('under bin/k6', () => {
  beforeEach(async () => {
    k6 = await vu(true);
    start();
  });

  it('warms up until the window begins, then measures one request an iteration', () => {
    const test = make(k6, {}, 900);
    test.request(DATA);
    expect(binary.kept.map(({ line, samples, gapMetric }) => [line.t, line.i, line.warm, samples, gapMetric])).toEqual([
      [0, -2, true, { llm_warmup_requests: 1 }, undefined],
      [500, -100_002, true, { llm_warmup_requests: 1 }, undefined],
      [1000, 0, false, expect.objectContaining({ llm_requests: 1, llm_ttft: 50, llm_tpot: 50 }), 'llm_itl'],
    ]);
    k6.exec.scenario.iterationInTest = 1;
    test.request(DATA);
    expect(binary.kept).toHaveLength(4);
    expect(binary.kept[3]?.line).toMatchObject({ t: 1500, i: 1, scenario: 'step_1', step: '1', phase: 'steady' });
    expect(binary.kept[3]?.tags).toEqual({ step: '1', phase: 'steady', model: 'm', outcome: 'ok' });
  });

  it('never asks the same twice: the nonce comes first, and differs by run', async () => {
    const ask = (test: ReturnType<typeof make>) => {
      for (const i of [0, 1]) {
        k6.exec.scenario.iterationInTest = i;
        test.request(DATA);
      }
    };
    ask(make(k6));
    ask(make(k6));
    ask(make(k6, { RUN_ID: 'other' }));
    const prompts = bodies().map((b) => b.messages[0].content);
    expect(prompts.every((p) => /^\[[0-9a-f]{12}\] \w/.test(p))).toBe(true);
    expect(prompts.slice(0, 2)).toEqual(prompts.slice(2, 4));
    expect(new Set(prompts).size).toBe(4);
    expect(prompts.map((p) => p.slice(15)).slice(0, 2)).toEqual(prompts.map((p) => p.slice(15)).slice(4));
  });

  it("asks what an iteration of one's own wants, and hands the answer back", () => {
    const test = make(k6, { WORKLOAD: 'chat' });
    const c = test.ask(DATA, { model: 'other', prompt: 'My own.', outputTokens: 9 });
    expect(c).toMatchObject({ outcome: 'ok', model: 'other', ttft: 50, output: 10 });
    expect(bodies()[0]).toMatchObject({ model: 'other', max_tokens: 9 });
    expect(bodies()[0].messages[0].content).toMatch(/^\[[0-9a-f]{12}\] My own\.$/);
    expect(binary.kept[0]?.line).toMatchObject({ model: 'other', asked_out: 9, profile: 'chat', warm: false });
    expect(binary.kept[0]?.line.asked_in).toBeUndefined(); // it was not made to a length
  });

  it('asks something else each time that one iteration asks, and the same again in the next run', () => {
    const ids = () => binary.asked.map((r) => r.headers?.['X-Request-Id']);
    const iterate = (test: ReturnType<typeof make>) => {
      for (const i of [0, 1]) {
        k6.exec.scenario.iterationInTest = i;
        for (let k = 0; k < 3; k++) test.ask(DATA);
      }
    };
    iterate(make(k6, { INPUT_TOKENS: '200' }));
    expect(new Set(ids()).size).toBe(6);
    expect(new Set(bodies().map((b) => b.messages[0].content.slice(15))).size).toBe(6);
    expect(binary.kept.map(({ line }) => line.i)).toEqual([0, 0, 0, 1, 1, 1]);
    const first = ids();
    binary.asked = [];
    iterate(make(k6, { INPUT_TOKENS: '200' }));
    expect(ids()).toEqual(first);
  });

  it('sends headers that are known only now with every request, the lookup of the model among them', async () => {
    let token = 0;
    const headers = () => ({ Authorization: `Bearer token-${++token}` });
    const settings = k6.settingsOf({ SEED: '7' });
    const test = k6.loadTest({ name: 'blast', settings, plan: onOneLevel(k6, 900), headers });
    server.answer = () => ({ status: 200, body: JSON.stringify({ data: [{ id: 'm' }] }) });
    const data = await test.setup();
    test.request(data);
    const sent = binary.asked.map((r) => r.headers?.Authorization);
    expect(server.asked.map((r) => r.params.headers?.Authorization)).toEqual(['Bearer token-1']);
    expect(sent).toEqual(['Bearer token-2', 'Bearer token-3', 'Bearer token-4']);
  });

  it('shares a mix out exactly', () => {
    const plan = k6.levels({ levels: [1], duration: undefined, requests: 10, warmup: 0, timeout: 1 });
    const mix = [
      { model: 'a', weight: 0.7 },
      { model: 'b', weight: 0.3 },
    ];
    const test = k6.loadTest({ name: 'mix', settings: k6.settingsOf(MODEL), plan, mix });
    for (let i = 0; i < 10; i++) {
      k6.exec.scenario.iterationInTest = i;
      test.request({ model: 'a, b' });
    }
    const asked = bodies().map((b) => b.model);
    expect(asked.filter((m) => m === 'a')).toHaveLength(7);
    expect(binary.kept.map((k) => k.tags.model)).toEqual(asked);
  });

  it('asks what the workload says: lengths, profile and its tag, by request', () => {
    const plan = k6.levels({ levels: [1], duration: undefined, requests: 10, warmup: 0, timeout: 1 });
    const settings = k6.settingsOf({ ...MODEL, WORKLOAD: 'chat:0.7,code:0.3' });
    const test = k6.loadTest({ name: 'blast', settings, plan });
    for (let i = 0; i < 10; i++) {
      k6.exec.scenario.iterationInTest = i;
      test.request(DATA);
    }
    const lines = binary.kept.map((k) => k.line);
    expect(bodies().map((b) => b.max_tokens)).toEqual(lines.map((l) => l.asked_out));
    expect(new Set(lines.map((l) => l.asked_out)).size).toBeGreaterThan(5);
    for (const line of lines) expect(line.asked_in).toBeGreaterThanOrEqual(10);
    expect(lines.filter((l) => l.profile === 'chat')).toHaveLength(7);
    expect(binary.kept.map((k) => k.tags.profile)).toEqual(lines.map((l) => l.profile));
    expect(binary.asked.map((r) => r.tags?.profile)).toEqual(lines.map((l) => l.profile));
    expect(JSON.parse(binary.opened[0]?.header ?? '')).toMatchObject({ profiles: ['chat', 'code'] });
    expect(test.options.thresholds).toHaveProperty(['llm_ttft{scenario:step_1,profile:chat}']);
    const { stdout = '' } = test.handleSummary(summary);
    const rows = stdout.split('\n').map((l) => l.trim().split(/ +/));
    expect(rows.filter(([name]) => name === 'chat' || name === 'code').map((r) => r.slice(0, 2))).toEqual([
      ['chat', '7'],
      ['code', '3'],
    ]);
  });

  it('counts what a scenario itself throws, and throws it on', () => {
    const test = make(k6);
    binary.answer = () => {
      throw new Error('bad URL');
    };
    expect(() => test.request(DATA)).toThrow('bad URL');
    expect(binary.kept).toMatchObject([
      {
        line: { outcome: 'exception', error: 'Error: bad URL', model: 'm' },
        samples: { llm_requests: 1, llm_errors: 1 },
        tags: { outcome: 'exception', step: '1', phase: 'steady' },
      },
    ]);
  });

  it('learns in setup which name answers for each model', async () => {
    const test = make(k6, { EXPECT_MODEL: 'exact' });
    binary.answer = (r) => ({ ...answer(r), values: { ...answer(r).values, model: 'm-0613' } });
    const data = await test.setup();
    expect(data).toEqual({ model: 'm', expected: { m: 'm-0613' } });
    expect(bodies()).toMatchObject([{ model: 'm', max_tokens: 1 }]);
    expect(binary.notes).toEqual(['{"kind":"setup","share":1,"model":"m","expected":{"m":"m-0613"}}']);
    test.request(data);
    binary.answer = (r) => ({ ...answer(r), values: { ...answer(r).values, model: 'other' } });
    test.request(data);
    expect(binary.kept.map((k) => k.line.outcome)).toEqual(['ok', 'wrong_model']);
  });

  it('expects the name that was asked where the probe learned none, and says so', () => {
    const test = make(k6, { EXPECT_MODEL: 'exact' });
    binary.answer = () => ({ ended: 'connect', status: 0, error: 'refused' });
    expect(test.setup()).toEqual({ model: 'm', expected: { m: 'm' } });
    expect(console.warn).toHaveBeenCalledWith('m: a first probe learned no name (refused); expecting "m"');
  });

  it('learns no name that is another of the models: a router that confuses them does so with the probe, too', () => {
    const mix = ['m', 'n'].map((model) => ({ model, weight: 0.5 }));
    const settings = k6.settingsOf({ ...MODEL, EXPECT_MODEL: 'exact' });
    const test = k6.loadTest({ name: 'mix', settings, plan: onOneLevel(k6), mix });
    binary.answer = (r) => ({ ...answer(r), values: { ...answer(r).values, model: 'n' } });
    expect(test.setup()).toMatchObject({ expected: { m: 'm', n: 'n' } });
    expect(console.warn).toHaveBeenCalledWith(
      'm: a first probe was answered by n, another of the models; expecting "m"',
    );
  });

  /** A tokenizer of `per` words a token, with a template of 30 tokens. */
  const counting = (per: number) => (request: NativeRequest) => {
    const { model, messages } = JSON.parse(request.body ?? '');
    const tokens = 30 + Math.round(messages[0].content.split(' ').length / per);
    return { ...answer(request), values: { model, input: tokens } };
  };

  it('learns in setup how a model counts prompts, where they are made to a length', async () => {
    const test = make(k6, { INPUT_TOKENS: '200' });
    binary.answer = counting(0.5);
    const data = await test.setup();
    // The probe of one word has the nonce beside it.
    expect(data).toEqual({
      model: 'm',
      tokenizers: { m: { overhead: 33, wordsPerToken: { chat: expect.any(Number) } } },
    });
    expect(bodies().map((b) => b.max_tokens)).toEqual([1, 1]);
    expect(new Set(bodies().map((b) => b.messages[0].content.slice(0, 15))).size).toBe(2);
    expect(JSON.parse(binary.notes[0] ?? '')).toMatchObject({ kind: 'setup', tokenizers: data.tokenizers });
    expect(binary.kept).toEqual([]);
    test.request(data);
    const { line } = binary.kept[0] ?? expect.fail('no record');
    expect(line.asked_in).toBe(200);
    expect(Math.abs(Number(line.in) / 200 - 1)).toBeLessThan(0.03);
  });

  it('asks once for each kind of text, and once only for a name', () => {
    const test = make(k6, { WORKLOAD: 'code:0.5,chat:0.5', EXPECT_MODEL: 'exact' });
    binary.answer = counting(0.8);
    expect(test.setup()).toMatchObject({
      expected: { m: 'm' },
      tokenizers: { m: { wordsPerToken: { code: expect.any(Number), chat: expect.any(Number) } } },
    });
    expect(binary.asked).toHaveLength(3);
  });

  it.each([
    [{}, 0],
    [{ PROMPT_TEXT: 'Hi', INPUT_TOKENS: '9' }, 0],
    [{ PROMPT_TEXT: 'Hi', PREFIX_TOKENS: '64' }, 2],
    [{ PREFIX_TOKENS: '64' }, 2],
  ])('%j: asks %d times before any load', (env, times) => {
    binary.answer = counting(0.8);
    make(k6, env).setup();
    expect(binary.asked).toHaveLength(times);
  });

  it.each([
    ['the answer has no usage', () => ({ values: { model: '"m"' } })],
    ['HTTP 500: full', () => ({ status: 500, framing: 'body' as const, body: 'full' })],
    ['it counts 1 for 512 words', () => ({ values: { input: 1 } })],
  ])('goes on where %s, and says so', (why, said) => {
    const test = make(k6, { INPUT_TOKENS: '200' });
    binary.answer = (r) => ({ ...answer(r), ...said() });
    expect(test.setup()).toEqual({ model: 'm', tokenizers: {} });
    expect(console.warn).toHaveBeenCalledWith(
      `m: a first probe learned no count of tokens (${why}); prompts may be longer or shorter than asked`,
    );
    binary.answer = answer;
    test.request({ model: 'm', tokenizers: {} });
    expect(binary.kept[0]?.line.outcome).toBe('ok');
  });

  it('puts a shared prefix before the nonce', () => {
    const test = make(k6, { PREFIX_TOKENS: '64', INPUT_TOKENS: '50' });
    for (const i of [0, 1]) {
      k6.exec.scenario.iterationInTest = i;
      test.request(DATA);
    }
    const [one = '', other = ''] = bodies().map((b) => b.messages[0].content as string);
    expect(one).toMatch(/^\[[0-9a-f]{12}\] [\s\S]+\n\n\[[0-9a-f]{12}\] /);
    const at = one.indexOf('[', 1);
    expect(other.slice(0, at)).toBe(one.slice(0, at));
    expect(other.slice(at, at + 14)).not.toBe(one.slice(at, at + 14));
    expect(binary.kept.map((k) => k.line.asked_in)).toEqual([114, 114]);
    expect(() => make(k6, { PREFIX_SHARE: '0.5' })).toThrow('PREFIX_SHARE="0.5": there is no prefix to share');
  });

  it('opens the store with the settings and without secrets', () => {
    make(k6, { API_KEY: 'hush', HEADERS: 'X-A: hush', RECORDS: 'r.jsonl', ITL_SAMPLE: '0.5' });
    expect(binary.opened).toMatchObject([{ path: 'r.jsonl', gapSample: 0.5 }]);
    const header = binary.opened[0]?.header ?? '';
    expect(JSON.parse(header)).toMatchObject({
      llmload: 1,
      kind: 'run',
      run: 'fixed',
      scenario: 'blast',
      driver: 'native',
      settings: { SEED: 7, MODEL: 'm', RUN_ID: 'fixed' },
      steps: onOneLevel(k6).steps,
      routing: false,
      models: [],
    });
    expect(header).not.toContain('hush');
  });

  it('needs no files for its records', () => {
    make(k6);
    expect(binary.opened[0]).not.toHaveProperty('path');
  });

  describe('the verdict in teardown', () => {
    const judged = (slo: string, n = 1) => {
      const test = make(k6, { SLO: slo });
      for (let i = 0; i < n; i++) test.request(DATA);
      test.teardown(DATA);
      return { failed: k6.values('llm_slo_failed'), verdicts: k6.values('llm_verdicts') };
    };
    it('says once that it was given, and how many terms failed', () => {
      expect(judged('ttft.p99<100,errors<1%')).toEqual({ failed: [], verdicts: [1] });
    });
    it('counts terms that failed', () =>
      expect(judged('ttft.p99<10,e2e.p99<100,errors<1%')).toEqual({ failed: [2], verdicts: [1] }));
    it('counts terms that were not measured', () =>
      expect(judged('ttft.p99<100,e2e.p99<100', 0)).toEqual({ failed: [2], verdicts: [1] }));
    it('is not given without an SLO', () => expect(judged('')).toEqual({ failed: [], verdicts: [] }));
    it('is given on routing alone', () => {
      const test = make(k6, { EXPECT_MODEL: 'exact' });
      test.teardown({ model: 'm', expected: { m: 'm' } });
      expect(k6.values('llm_slo_failed')).toEqual([1]);
    });
    it('is given on what a router is asked to do', () => {
      const settings = { ...k6.settingsOf(MODEL), affinity: true, routes: [] };
      const test = k6.loadTest({ name: 'blast', settings, plan: onOneLevel(k6), extras: [judgesRouter] });
      expect(test.options.thresholds).toMatchObject({ llm_slo_failed: ['count<1'], llm_verdicts: ['count>=1'] });
      test.teardown(DATA);
      expect(k6.values('llm_slo_failed')).toEqual([1]);
    });
  });

  it('waits for the planned start, makes its request just before, and records plan and lag', () => {
    const plan = { ...onOneLevel(k6), due: { step_1: (i: number) => 1000 * i } };
    const test = k6.loadTest({ name: 'blast', settings: k6.settingsOf(MODEL), plan });
    k6.exec.scenario.startTime = 5000;
    k6.exec.scenario.iterationInTest = 2;
    binary.time = 6900;
    k6.slept.length = 0;
    test.request(DATA); // the fake's time stands still while a VU sleeps
    expect(k6.slept).toEqual([expect.closeTo(0.075, 9), expect.closeTo(0.1, 9)]);
    expect(binary.kept[0]?.line).toMatchObject({ due: 2000, lag: -100 });
    expect(binary.kept[0]?.samples.llm_schedule_lag).toBe(-100);
  });

  it('writes the table and the results, and ends the records', () => {
    const plan = k6.constantRate({ rate: 1, duration: 2000, warmup: 0, timeout: 1000, vus: 1 });
    const settings = k6.settingsOf({
      ...MODEL,
      SUMMARY_JSON: 'out.json',
      SLO: 'ttft.p99<100',
      BASE_URL: 'http://me:hush@host',
    });
    const test = k6.loadTest({ name: 'constant', settings, plan });
    for (const i of [0, 1]) {
      k6.exec.scenario.iterationInTest = i;
      test.request(DATA);
    }
    binary.time = 5000;
    const dropped = { 'dropped_iterations{scenario:step_1}': { values: { count: 3 } } };
    const files = test.handleSummary({ ...summary, metrics: dropped });
    expect(binary.finished).toEqual([{ step_1: 3 }]);
    expect(binary.notes).toEqual(['{"kind":"judged","t":5000}']);
    expect(JSON.parse(files['out.json'] ?? '')).toMatchObject({
      schema: 'llmload/results@1',
      run: { id: 'fixed', driver: 'native', scenario: 'constant', settings: { SEED: 7 } },
      target: { baseUrl: 'http://…@host', models: ['m'] },
      steps: [{ name: 'step_1', requests: 2, window: { from: 0, to: 2000 } }],
      slo: [{ verdict: 'PASS' }],
    });
    expect(files.stdout).toContain('llmload constant · m at http://…@host');
    expect(JSON.stringify(files)).not.toContain('hush');
  });
});

describe('under another k6', () => {
  beforeEach(async () => {
    k6 = await vu(false);
    start();
    server.answer = () => ({
      status: 200,
      headers: { 'Content-Type': 'text/event-stream' },
      body: 'data: {"model":"m","choices":[{"delta":{"content":"Hi"}}]}\n\ndata: [DONE]\n\n',
    });
  });

  it('measures what can be measured, and no TTFT', () => {
    make(k6).request(DATA);
    expect(server.asked).toHaveLength(1);
    expect(k6.values('llm_requests')).toEqual([1]);
    expect(k6.values('llm_errors')).toEqual([0]);
    expect(k6.values('llm_e2e')).toHaveLength(1);
    expect(k6.values('llm_ttft')).toEqual([]);
    expect(binary.kept).toEqual([]);
  });

  it('fails every term that it cannot measure', () => {
    const test = make(k6, { SLO: 'chat' });
    test.teardown(DATA);
    expect(k6.values('llm_slo_failed')).toEqual([4]);
    expect(k6.values('llm_verdicts')).toEqual([1]);
  });

  it('fails what it cannot know of a router', () => {
    const settings = { ...k6.settingsOf(MODEL), affinity: true, routes: [{ model: 'm', backend: 'a', weight: 1 }] };
    k6.loadTest({ name: 'blast', settings, plan: onOneLevel(k6), extras: [judgesRouter] }).teardown(DATA);
    expect(k6.values('llm_slo_failed')).toEqual([2]);
  });

  it('says in words what was not measured', () => {
    const test = make(k6, { SLO: 'ttft.p99<100', RECORDS: 'r.jsonl' });
    const step = (metric: string) => `${metric}{scenario:step_1}`;
    const metrics = {
      [step('llm_requests')]: { values: { count: 4 } },
      [step('llm_errors')]: { values: { rate: 0 } },
    };
    const { stdout } = test.handleSummary({ ...summary, metrics });
    expect(stdout).toMatch(/doubt: TTFT, ITL and TPOT are not measured/);
    expect(stdout).toMatch(/ttft\.p99<100 .*NOT_MEASURED/);
    test.setup();
    expect(console.warn).toHaveBeenCalledWith('RECORDS is set, but only bin/k6 keeps records');
  });

  it('looks the model up where none is set', () => {
    const lookUp = (models: string[], status = 200) => {
      server.answer = () => ({
        status,
        error: 'refused',
        body: JSON.stringify({ data: models.map((id) => ({ id })) }),
      });
      const settings = k6.settingsOf({ BASE_URL: 'host', API_KEY: 'k' });
      return k6.loadTest({ name: 'blast', settings, plan: onOneLevel(k6) }).setup();
    };
    expect(lookUp(['only'])).toEqual({ model: 'only' });
    expect(server.asked[0]).toMatchObject({
      url: 'http://host/v1/models',
      params: { headers: { Authorization: 'Bearer k' } },
    });
    expect(() => lookUp(['a', 'b'])).toThrow('MODEL is not set; allowed: a, b');
    expect(() => lookUp([])).toThrow('MODEL is not set; allowed: any name, the server lists none');
    expect(() => lookUp([], 404)).toThrow(/^MODEL is not set and cannot be looked up: .*HTTP 404/);
    expect(() => lookUp([], 0)).toThrow(/cannot be looked up: no answer from .*refused/);
  });

  it('looks the model up where Ollama lists it', () => {
    server.answer = () => ({ status: 200, body: '{"models":[{"name":"tiny:latest","model":"tiny:latest"}]}' });
    const settings = k6.settingsOf({ BASE_URL: 'host', API: 'ollama' });
    expect(k6.loadTest({ name: 'blast', settings, plan: onOneLevel(k6) }).setup()).toEqual({ model: 'tiny:latest' });
    expect(server.asked[0]).toMatchObject({ url: 'http://host/api/tags' });
  });

  it('wants a SEED where the run is one segment of many', () => {
    k6.exec.test.options = { executionSegment: '0:1/2' };
    const { SEED: _, ...env } = MODEL;
    const without = k6.loadTest({ name: 'blast', settings: k6.settingsOf(env), plan: onOneLevel(k6) });
    expect(() => without.setup()).toThrow('SEED is not set; allowed: the same whole number in every execution segment');
    expect(make(k6).setup()).toEqual({ model: 'm', share: 0.5 });
  });

  it('tells settings that do nothing', () => {
    make(k6, { MODELL: 'x' }).setup();
    expect(console.warn).toHaveBeenCalledWith('MODELL is no setting; did you mean MODEL?');
  });

  it('refuses a bad SLO at init', () => expect(() => make(k6, { SLO: 'chatty' })).toThrow('SLO="chatty"'));
});
