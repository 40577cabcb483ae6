import { expect, test } from 'vitest';
import { FAULTS } from '../../mock/index.ts';
import { FAULT_SETTINGS, FAULT_OUTCOMES as OUTCOMES } from '../conformance/cases.ts';
import { mockFor, runScenario } from './run.ts';

const EACH = 3;

test.each(['openai', 'ollama'])(
  'every fault of the mock has its outcome, and one example in the table: %s',
  async (api) => {
    const names = new Set(Object.keys(OUTCOMES).map((fault) => fault.split('=')[0]));
    expect(names).toEqual(new Set(FAULTS.map((fault) => fault.name)));

    const mock = await mockFor({ tokens: 6 });
    const models = Object.keys(OUTCOMES).map((fault) => `mock~${fault}`);
    const run = await runScenario('mix', {
      BASE_URL: mock.url,
      API: api,
      MIX: models.map((model) => `${model}:1`).join(','),
      EXPECT_MODEL: 'any',
      TOTAL_REQUESTS: EACH * models.length,
      CONCURRENCY: 8,
      ...FAULT_SETTINGS,
    });
    const seen = Object.fromEntries(
      models.map((model) => [model, run.lines.filter((line) => line.model === model).map(({ outcome }) => outcome)]),
    );
    const expected = Object.fromEntries(
      Object.entries(OUTCOMES).map(([fault, outcome]) => [`mock~${fault}`, Array(EACH).fill(outcome)]),
    );
    expect(seen).toEqual(expected);
    expect(run.lines.every((line) => line.outcome === 'ok' || line.error)).toBe(true);

    const failures = new Set(Object.values(OUTCOMES).filter((outcome) => outcome !== 'ok'));
    expect(new Set(run.results?.failures.map((f) => f.outcome))).toEqual(failures);
    for (const outcome of failures) expect(run.stdout).toContain(`${outcome} × `);
    expect(run.stdout).toMatch(/answers came unstreamed/);
    expect(run.records?.end).toMatchObject({ requests: EACH * models.length, cut: 0 });
  },
);

test('a server that closes after each answer costs no request', async () => {
  const mock = await mockFor({ closeAfterAnswer: true });
  const run = await runScenario('blast', { BASE_URL: mock.url, CONCURRENCY: 4, TOTAL_REQUESTS: 60 });
  expect(run.code, run.output).toBe(0);
  expect(run.results?.steps[0]?.outcomes).toEqual({ ok: 60 });
});

test('a buffered stream is said so, loudly', async () => {
  const mock = await mockFor({ fault: 'buffered', tokens: 20, tokenMs: 5 });
  const run = await runScenario('blast', { BASE_URL: mock.url, CONCURRENCY: 2, TOTAL_REQUESTS: 10 });
  expect(run.stdout).toMatch(/doubt: .*buffers the stream/);
});
