/** Prompts through real k6, by the mock's own count of their tokens: ceil(1.3 × words), the nonce being one. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folderFor, type K6Ended, mockFor, runScenario } from './run.ts';

const audit = (run: K6Ended, name: string) => run.results?.audit.find((c) => c.check === name);
const sum = (list: readonly unknown[]) => list.reduce<number>((all, x) => all + Number(x), 0);

test.each([
  ['native', {}],
  ['http', { DRIVER: 'http' }],
])('lengths are calibrated before the load: %s', async (_, more) => {
  const mock = await mockFor();
  const run = await runScenario('blast', {
    BASE_URL: mock.url,
    SEED: 5,
    WORKLOAD: 'chat:0.6,code:0.3,summarization:0.1',
    TOTAL_REQUESTS: 200,
    CONCURRENCY: 10,
    ...more,
  });
  expect(run.code, run.output).toBe(0);
  const { tokenizers } = (run.records?.setup ?? {}) as { tokenizers?: Record<string, { overhead: number }> };
  expect(tokenizers?.mock).toMatchObject({
    overhead: 2,
    wordsPerToken: { chat: expect.closeTo(1 / 1.3, 2), summarization: expect.closeTo(1 / 1.3, 2) },
  });
  // A short prompt and one of each kind, none of them measured.
  expect(mock.truth()).toHaveLength(204);
  expect(run.lines).toHaveLength(200);
  const error = sum(run.lines.map((l) => l.in)) / sum(run.lines.map((l) => l.asked_in)) - 1;
  expect(Math.abs(error), `${error}`).toBeLessThan(0.01);
  for (const { profile, in: got, asked_in: asked } of run.lines)
    expect(Math.abs(Number(got) - Number(asked)), `${profile} ${got} ${asked}`).toBeLessThan(
      profile === 'code' ? 12 + 0.06 * Number(asked) : 3 + 0.002 * Number(asked),
    );
  expect(audit(run, 'input_length')).toMatchObject({ ok: true, sentence: expect.stringMatching(/\([+−]0\.\d %\)$/) });
});

test('a shared prefix is as long as asked, and missed where the server has no cache', async () => {
  const mock = await mockFor();
  const settings = { INPUT_TOKENS: 100, PREFIX_TOKENS: 512, PREFIX_SHARE: 0.8, TOTAL_REQUESTS: 50, CONCURRENCY: 5 };
  const run = await runScenario('blast', { BASE_URL: mock.url, ...settings });
  expect(run.code, run.output).toBe(0);
  expect(run.lines.filter((l) => l.asked_in === 612)).toHaveLength(40);
  expect(run.lines.filter((l) => l.asked_in === 100)).toHaveLength(10);
  // Its nonce takes nine tokens of a real server, and one and a third of the mock's.
  for (const line of run.lines) expect(Math.abs(Number(line.in) - Number(line.asked_in))).toBeLessThanOrEqual(10);
  expect(audit(run, 'prompt_cache')).toMatchObject({ ok: false, value: 0 });
  const bad = await runScenario('blast', { BASE_URL: mock.url, PREFIX_SHARE: 0.8 });
  expect(bad.code).toBe(107);
  expect(bad.stderr).toContain('there is no prefix to share; allowed: with PREFIX_TOKENS only');
});

test('ShareGPT conversations: the first question, as long an answer as was recorded', async () => {
  const mock = await mockFor({ tokens: 500, tokenMs: 0 });
  const file = join(folderFor(), 'sharegpt.json');
  const words = (n: number) => Array(n).fill('word').join(' ');
  const conversation = (n: number) => ({
    conversations: [
      { from: 'human', value: words(10 * n) },
      { from: 'gpt', value: words(3 * n) },
      { from: 'human', value: 'And then?' },
    ],
  });
  writeFileSync(file, JSON.stringify([1, 2, 3].map(conversation)));
  const load = { BASE_URL: mock.url, PROMPTS_FILE: file, TOTAL_REQUESTS: 30, CONCURRENCY: 3 };
  const run = await runScenario('blast', load);
  expect(run.code, run.output).toBe(0);
  expect(mock.truth()).toHaveLength(30);
  for (const { in: got, asked_out: asked, out, asked_in } of run.lines) {
    const n = Number(asked) / 4;
    expect([1, 2, 3]).toContain(n);
    expect({ got, out, asked_in }).toEqual({ got: Math.ceil(1.3 * (10 * n + 1)), out: 4 * n, asked_in: null });
  }
  const fixed = await runScenario('blast', { ...load, OUTPUT_TOKENS: 7 });
  expect(new Set(fixed.lines.map((l) => l.asked_out))).toEqual(new Set([7]));

  writeFileSync(file, '{"prompt": "a"}\n{"question": "b"}\n');
  const bad = await runScenario('blast', load);
  expect(bad.code).toBe(107);
  expect(bad.stderr).toMatch(
    /PROMPTS_FILE=.*sharegpt\.json.*: line 2 holds no prompt; allowed: text, one prompt a line/,
  );
});
