/** A fault under several execution segments: one of them makes and undoes it, and all records together judge it. */
import { expect, test } from 'vitest';
import type { FaultNote } from '../../lib/analysis/chaos/result.ts';
import type { Results } from '../../lib/results.ts';
import { hooksFor, killing } from './hooks.ts';
import { mockFor, runCommand, startScenario } from './run.ts';

const SETTINGS = { MODEL: 'mock', SEED: 7, RATE: 20, VUS: 40, INJECT_AT: '2s', RESTORE_AT: '4s', WATCH: '3s' };

test('one makes the fault, none of the others undoes or judges it, and report knows of all', async () => {
  const mock = await mockFor();
  const hooks = await hooksFor(killing(mock));
  const started = ['0:1/2', '1/2:1'].map((segment) =>
    startScenario('chaos', { BASE_URL: mock.url, ...SETTINGS, ...hooks.settings }, [
      `--execution-segment=${segment}`,
      '--execution-segment-sequence=0,1/2,1',
    ]),
  );
  const runs = await Promise.all(started.map(({ ended }) => ended));
  expect(hooks.asked).toEqual(['POST inject', 'POST restore']);
  const noted = runs.map((run) => (run.records?.faults ?? []) as unknown as FaultNote[]);
  const [maker] = noted.filter((notes) => notes.length > 0);
  expect(noted.map((notes) => notes.length).sort()).toEqual([0, 2]);
  const other = runs[noted.findIndex((notes) => notes.length === 0)];
  expect(other?.code, other?.output).toBe(0);
  expect(other?.results?.chaos).toBeUndefined();
  expect(other?.stdout).toContain('fault not judged: that takes the records of bin/k6, by all execution segments');

  const report = await runCommand(['report', ...started.map(({ recordsFile }) => recordsFile), '--json', '-']);
  const { chaos, steps } = JSON.parse(report.stdout) as Results;
  expect(chaos, report.output).toMatchObject([{ shown: true, injectedAt: maker?.[0]?.at, restoredAt: maker?.[1]?.at }]);
  expect(steps.map((step) => step.asked)).toEqual([20, 20, 20]);
  const planned = steps.reduce((total, step) => total + step.requests + step.dropped, 0);
  expect([140, 141, 142]).toContain(planned); // k6 may start one more at the end, in each
  const died = runs.flatMap((run) => run.lines).filter((line) => line.outcome === 'connection');
  expect(steps[1]?.outcomes.connection).toBeGreaterThan(0);
  expect(steps.reduce((total, step) => total + (step.outcomes.connection ?? 0), 0)).toBe(died.length);
});
