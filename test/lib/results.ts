import { analyze } from '../../lib/analysis/analyze.ts';
import { columnsOf, type RecordLine } from '../../lib/analysis/columns/columns.ts';
import { constantRate } from '../../lib/load/open.ts';
import type { Plan } from '../../lib/load/plan.ts';
import type { Results } from '../../lib/results.ts';
import { parseSlo } from '../../thresholds/slo.ts';
import { failure, line, times } from './make.ts';

/** What a run of these records finds, as it is written. */
export function resultsOf(lines: RecordLine[], plan: Plan, slo = '', expected?: Record<string, string>): Results {
  const found = analyze(columnsOf(lines), {
    steps: plan.steps,
    terms: parseSlo(slo),
    wanted: { stream: true, driver: 'native', ignoreEos: false, caching: false },
    ...(expected && { expected }),
  });
  return {
    schema: 'llmload/results@1',
    run: {
      id: '0a1b2c3d-0000-4000-a000-000000000000',
      startedAt: '2026-01-01T00:00:00.000Z',
      endedAt: '2026-01-01T00:01:00.000Z',
      llmload: '0.0.0-test',
      driver: 'native',
      scenario: 'constant',
      settings: { SEED: 7 },
      warmupRequests: found.warmupRequests,
    },
    target: { baseUrl: 'http://127.0.0.1:8000', api: 'openai-chat', models: found.models },
    steps: found.steps,
    slo: found.slo,
    audit: found.audit,
    failures: found.failures,
    ...(found.routing && { routing: found.routing }),
  };
}

export const PLAN = constantRate({ rate: 2, duration: 10_000, warmup: 0, timeout: 1000, vus: undefined });

/** Two models at two requests a second for 10 s: TTFT 100 to 119 ms, one failure, one wrong answer, one never sent. */
export const LINES = times(19, (i) => {
  const model = i % 2 ? 'llama-3.1-70b-instruct' : 'llama-3.1-8b-instruct';
  const at = { scenario: 'step_2', model, answered: model, cold: i < 2, connect: i < 2 ? 5 : 0 };
  if (i === 5) return failure(500 * i, { ...at, answered: null });
  const wrong = i === 8 && {
    outcome: 'wrong_model',
    answered: 'other',
    e2e: null,
    error: 'asked one, answered by other',
  };
  return line(500 * i, { ...at, ttft: 100 + i, ...wrong });
});
export const EXPECTED = {
  'llama-3.1-8b-instruct': 'llama-3.1-8b-instruct',
  'llama-3.1-70b-instruct': 'llama-3.1-70b-instruct',
};
