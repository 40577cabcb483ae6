/** What a real run says of itself: the checks that need the client's own rows, and how they are printed. */
import { expect, test } from 'vitest';
import { mockFor, runScenario } from './run.ts';

test('every figure of the audit is there, and records and client count the same', async () => {
  const mock = await mockFor({ ttftMs: 50, tokenMs: 10, tokens: 20 });
  const run = await runScenario('constant', { BASE_URL: mock.url, RATE: 20, DURATION: '5s', WARMUP: '1s' });
  expect(run.code, run.output).toBe(0);
  const { audit } = run.results ?? expect.fail('no results');
  const check = (name: string) => audit.find((c) => c.check === name);
  expect(check('little.step_20'), run.output).toMatchObject({ ok: true });
  expect(check('client_cpu.step_20')?.value).toBeGreaterThan(0);
  expect(check('client_lag.step_20')?.value).toBeGreaterThanOrEqual(0);
  expect(check('token_source')).toMatchObject({ ok: true });
  expect(check('window')).toMatchObject({
    sentence: expect.stringMatching(/^measured \d\.\d s after \d\.\d s of warm-up/),
  });
  const printed = run.stdout.replace(/\n {4}/g, ' ');
  expect(printed).toMatch(
    /^checked: .*in flight = rate × latency.* · 1\.00 frames a token · tokens counted by the server/m,
  );
});
