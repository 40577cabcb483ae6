/** Random arrivals by real k6: planned from a seed, every request once, over execution segments too; none lost in silence. */
import { expect, test } from 'vitest';
import type { RecordLine } from '../../lib/analysis/columns/columns.ts';
import { hashSeed } from '../../lib/random.ts';
import type { Results } from '../../lib/results.ts';
import { arrivalTimes } from '../../lib/workload/arrivals.ts';
import { hashText } from '../../lib/workload/identity.ts';
import { mockFor, runCommand, runScenario, startScenario } from './run.ts';

const SEED = 7;
const POISSON = { ARRIVAL: 'poisson', SEED };
const planOf = (count: number, scenario: string, duration: number) =>
  [...arrivalTimes({ kind: 'poisson' }, count, duration, hashSeed(SEED, hashText(scenario)))].map((due, i) => [i, due]);
const plansOf = (lines: RecordLine[]) =>
  lines.map(({ i, due }) => [Number(i), Number(due)] as const).sort(([a], [b]) => a - b);

test('constant with ARRIVAL=poisson: exactly RATE × DURATION requests, each at its planned time or after', async () => {
  const mock = await mockFor();
  const run = await runScenario('constant', { BASE_URL: mock.url, RATE: 40, DURATION: '5s', ...POISSON });
  expect(run.code, run.output).toBe(0);
  expect(plansOf(run.lines)).toEqual(planOf(200, 'step_40', 5000));
  const [step] = run.results?.steps ?? [];
  expect(step).toMatchObject({ requests: 200, ok: 200, dropped: 0, achieved: 40, asked: 40 });
  expect(run.records?.end?.dropped).toEqual({ step_40: 0 });
  const { from, to } = step?.window ?? { from: 0, to: 0 };
  expect(to - from).toBe(5000);
  const truth = new Map(mock.truth().map((entry) => [entry.id, entry]));
  expect(truth.size).toBe(200);
  for (const { id, t, connect, due, lag } of run.lines) {
    // The lag is what the clock says, and the server saw no request before its time.
    expect(Number(t) - Number(connect) - Number(lag) - Number(due)).toBeCloseTo(from, 1);
    expect(truth.get(String(id))?.receivedAt).toBeGreaterThan(from + Number(due) - 1);
  }
  const { p50, p99, max, onTime } = step?.schedule ?? { p50: 0, p99: 0, max: 0, onTime: 0 };
  const lags = run.lines.map((line) => Number(line.lag)).sort((a, b) => a - b);
  expect(max).toBe(lags.at(-1));
  expect(p50).toBeCloseTo(((lags[99] as number) + (lags[100] as number)) / 2, 9);
  expect(p99).toBeGreaterThanOrEqual(p50);
  expect(onTime).toBe(lags.filter((lag) => lag <= 10).length / 200);
  expect(run.results?.audit.map((c) => c.check)).toContain('schedule.step_40');
});

test('four execution segments share the same plan out, and together are the whole run', async () => {
  const mock = await mockFor();
  const ends = ['0', '1/4', '1/2', '3/4', '1'];
  const started = ends
    .slice(1)
    .map((end, k) =>
      startScenario('constant', { BASE_URL: mock.url, RATE: 40, DURATION: '2s', ...POISSON }, [
        '--execution-segment',
        `${ends[k]}:${end}`,
        '--execution-segment-sequence',
        ends.join(','),
      ]),
    );
  const runs = await Promise.all(started.map(({ ended }) => ended));
  for (const run of runs) {
    expect(run.code, run.output).toBe(0);
    expect(run.results?.steps[0]).toMatchObject({ requests: 20, dropped: 0, achieved: 10, asked: 10 });
  }
  expect(plansOf(runs.flatMap((run) => run.lines))).toEqual(planOf(80, 'step_40', 2000));
  const report = await runCommand(['report', ...started.map((s) => s.recordsFile), '--json', '-']);
  expect((JSON.parse(report.stdout) as Results).steps[0]).toMatchObject({ requests: 80, dropped: 0, asked: 40 });
});

test('with too few VUs starts come late, and what never started is counted', async () => {
  const mock = await mockFor({ ttftMs: 300 });
  const run = await runScenario('constant', {
    BASE_URL: mock.url,
    RATE: 20,
    DURATION: '3s',
    VUS: 2,
    SLO: 'ttft.p99<10s,in_slo>99%',
    ...POISSON,
  });
  expect(run.code, run.output).toBe(99);
  const sent = run.lines.length;
  const dropped = 60 - sent;
  // Two VUs can send 20 in 3 s; they take the requests in their order.
  expect(sent).toBeLessThanOrEqual(22);
  expect(plansOf(run.lines)).toEqual(planOf(60, 'step_20', 3000).slice(0, sent));
  expect(mock.truth()).toHaveLength(sent);
  expect(run.records?.end?.dropped).toEqual({ step_20: dropped });
  const [step] = run.results?.steps ?? [];
  expect(step).toMatchObject({ requests: sent, ok: sent, dropped, errorRate: dropped / 60 });
  expect(step?.late).toBe(run.lines.filter((line) => Number(line.lag) > 100).length);
  expect(step?.late).toBeGreaterThan(0);
  expect(step?.schedule?.onTime).toBeLessThanOrEqual(sent / 60);
  expect(step?.inSlo).toBeLessThanOrEqual(sent / 60);
});
