import '../fakes/k6-globals.ts';
import type { NativeRequest } from 'k6/x/llmload';
import { beforeEach, expect, it, vi } from 'vitest';
import { server } from '../fakes/k6-http.ts';
import { binary } from '../fakes/k6-llmload.ts';

/** The `ab` test in a fresh VU under bin/k6. */
async function open(env: Record<string, string> = {}) {
  vi.resetModules();
  Object.assign(globalThis, { __VU: 0, __ENV: { LLMLOAD_NATIVE: '0.0.0-test' } });
  const { loadTest } = await import('../../lib/load-test.ts');
  const { sideBySide } = await import('../../lib/load/ab.ts');
  const { COMMON, parseSettings } = await import('../../lib/settings/settings.ts');
  const { default: exec } = await import('../fakes/k6-execution.ts');
  exec.vu.idInTest = 1;
  exec.test.options = {};
  const given = { TARGETS: 'direct=one:1,router=two:2', WARMUP: '0s', SEED: '7', RUN_ID: 'fixed', MODEL: 'm', ...env };
  const settings = parseSettings(given, {
    ...COMMON,
    TARGETS: true,
    CONCURRENCY: '8',
    RATE: true,
    ARRIVAL: 'poisson',
    DURATION: '60s',
    VUS: true,
  });
  return loadTest({ name: 'ab', settings, ...sideBySide(settings) });
}

const answer = ({ url, body }: NativeRequest) => ({
  endMs: 10,
  frames: 1,
  ttft: 5,
  ttfo: 5,
  e2e: 10,
  terminal: true,
  values: {
    model: url.includes('two:2') ? names.router : names.direct,
    input: (body ?? '').split(' ').length,
    output: 1,
  },
});
let names = { direct: 'm', router: 'm' };
const promptOf = ({ body }: NativeRequest): string => JSON.parse(body ?? '').messages[0].content;

beforeEach(() => {
  names = { direct: 'm', router: 'm' };
  Object.assign(binary, { time: 0, answer, asked: [], clients: [], opened: [], kept: [], finished: [], notes: [] });
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});

it('each scenario asks its own target, and no prompt twice', async () => {
  const test = await open({ PREFIX_TOKENS: '20' });
  for (const name of ['direct', 'router']) {
    for (let i = 0; i < 3; i++) {
      binary.place = { name, startTime: 0, iterationInTest: i };
      test.request({ model: 'm' });
    }
  }
  expect(binary.asked.map((r) => r.url)).toEqual([
    ...Array(3).fill('http://one:1/v1/chat/completions'),
    ...Array(3).fill('http://two:2/v1/chat/completions'),
  ]);
  const prompts = binary.asked.map(promptOf);
  const [direct, router] = [prompts.slice(0, 3), prompts.slice(3)].map((list) => list.map((p) => p.slice(0, 14)));
  // What stands first is the prefix's nonce: one to a target.
  expect([new Set(direct).size, new Set(router).size, new Set(prompts.map((p) => p.slice(0, 14))).size]).toEqual([
    1, 1, 2,
  ]);
  expect(new Set(prompts.map((p) => p.slice(p.lastIndexOf('[')))).size).toBe(6);
});

it('setup learns how prompts are counted from the first target, and asks both for their name', async () => {
  const test = await open({ INPUT_TOKENS: '50', EXPECT_MODEL: 'exact' });
  expect(test.setup()).toMatchObject({ expected: { m: 'm' }, tokenizers: { m: { overhead: expect.any(Number) } } });
  expect(binary.asked.map((r) => r.url.slice(7, 12))).toEqual(['one:1', 'one:1', 'two:2']);
});

it('setup refuses targets that call one model by two names, where a name is expected', async () => {
  names.router = 'other';
  const test = await open({ EXPECT_MODEL: 'exact' });
  expect(() => test.setup()).toThrow('EXPECT_MODEL="exact": router calls m other');
});

it('MODEL is the only one that both have', async () => {
  const listed = (models: Record<string, string>) => {
    server.answer = ({ url }: { url: string }) => ({
      status: 200,
      body: JSON.stringify({ data: [{ id: models[url.includes('one:1') ? 'direct' : 'router'] }] }),
    });
  };
  const test = await open({ MODEL: '' });
  listed({ direct: 'm', router: 'm' });
  expect(test.setup()).toMatchObject({ model: 'm' });
  listed({ direct: 'm', router: 'n' });
  expect(() => test.setup()).toThrow(
    'MODEL is not set, and direct has m, router has n; allowed: a model that all have',
  );
});

it('results name both targets, and no other server', async () => {
  const test = await open({ SUMMARY_JSON: 'r.json' });
  const files = test.handleSummary({ metrics: {}, state: { testRunDurationMs: 1000 }, setup_data: { model: 'm' } });
  const { target, run } = JSON.parse(files['r.json'] ?? '');
  expect(target.baseUrl).toBe('direct=http://one:1,router=http://two:2');
  expect(run.settings).not.toHaveProperty('BASE_URL');
});
