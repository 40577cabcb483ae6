/** Pages of runs that never were, out of records. */
import { analyze } from '../../lib/analysis/analyze.ts';
import { type Charts, chartsOf } from '../../lib/analysis/charts/charts.ts';
import { columnsOf, type RecordLine } from '../../lib/analysis/columns/columns.ts';
import type { Step } from '../../lib/load/plan.ts';
import { createRandom } from '../../lib/random.ts';
import { findsKnee } from '../../lib/report/knee.ts';
import { findsLimit } from '../../lib/report/limit.ts';
import type { Results } from '../../lib/results.ts';
import type { PageRun } from '../../report/page.ts';
import { parseSlo } from '../../thresholds/slo.ts';
import { failure, line, open, times } from '../lib/make.ts';

export interface Made {
  loads: readonly number[];
  /** Seconds of a step. */
  seconds?: number;
  slo?: string;
  /** Of the request at so many ms of a step with this load; the usual one from `line` else. */
  change?: (load: number, at: number, index: number) => RecordLine;
}

/** A server that answers 12 requests a second: beyond, TTFT grows while the step lasts, and one in ten requests fails. */
export function runOf({ loads, seconds = 20, slo = '', change = () => ({}) }: Made): PageRun {
  const random = createRandom(1);
  const steps: Step[] = loads.map((rate, k) => {
    const name = k === 0 && loads.length > 1 ? 'baseline' : `step_${rate}`;
    return open({ name, scenario: name, load: { kind: 'open', rate }, duration: 1000 * seconds });
  });
  const lines = steps.flatMap((step, k) => {
    const rate = loads[k] as number;
    return times(rate * seconds, (i): RecordLine => {
      const at = (1000 * i) / rate;
      const t = 1_790_000_000_000 + 1000 * k * (seconds + 5) + at;
      const own = { scenario: step.scenario, id: `id-${k}-${i}`, ...change(rate, at, i) };
      if (rate > 12 && i % 10 === 0) return failure(t, own);
      const wait = 80 + 40 * random() + Math.max(0, rate - 12) * 0.05 * at;
      return line(t, { ttft: wait, ttfo: wait, e2e: wait + 90, end: wait + 90, gaps: Array(9).fill(10), ...own });
    });
  });
  let charts: Charts | undefined;
  const found = analyze(columnsOf(lines), {
    steps,
    terms: parseSlo(slo),
    wanted: { stream: true, driver: 'native', ignoreEos: false, caching: false },
    extras: [
      ...(loads.length > 1 ? [findsLimit, findsKnee] : []),
      {
        find(columns, measured) {
          charts = chartsOf(columns, measured);
          return {};
        },
        text: () => [],
      },
    ],
  });
  const { models, warmupRequests, ...rest } = found;
  const results: Results = {
    schema: 'llmload/results@1',
    run: {
      id: '0a1b2c3d-0000-4000-a000-000000000000',
      startedAt: '2026-01-01T00:00:00.000Z',
      endedAt: '2026-01-01T00:10:00.000Z',
      llmload: '0.0.0-test',
      driver: 'native',
      scenario: loads.length > 1 ? 'saturation' : 'constant',
      settings: { SEED: 7 },
      warmupRequests,
    },
    target: { baseUrl: 'http://127.0.0.1:8000', api: 'openai-chat', models },
    ...rest,
  };
  return { name: 'one', results, ...(charts && { charts }) };
}
