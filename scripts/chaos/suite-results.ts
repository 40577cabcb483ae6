import { randomUUID } from 'node:crypto';
import type { Results } from '../../lib/results.ts';

/** One fault of a suite. */
export interface SuiteRun {
  /** Of the suite's table: goes before the names of its steps. */
  name: string;
  results: Results;
  /** Path of its records, beside the suite's results. */
  records: string;
  command: string;
}

/** The results of all faults as those of one run. */
export function suiteResults(runs: readonly [SuiteRun, ...SuiteRun[]]): Results {
  const [first] = runs;
  const last = runs.at(-1) as SuiteRun;
  const { schema, run, target } = first.results;
  const { FAULT, SPIKE, RUN_ID, RECORDS, SUMMARY_JSON, CHAOS_INJECT_URL, CHAOS_RESTORE_URL, ...settings } =
    run.settings;
  const { command, ...shared } = run;
  return {
    schema,
    run: {
      ...shared,
      id: randomUUID(),
      endedAt: last.results.run.endedAt,
      settings,
      warmupRequests: sum(runs.map(({ results }) => results.run.warmupRequests)),
    },
    target,
    steps: runs.flatMap(({ name, results }) =>
      results.steps.map((step) => ({ ...step, name: `${name} ${step.name}`, scenario: `${name} ${step.scenario}` })),
    ),
    slo: runs.flatMap(({ name, results }) => results.slo.map((v) => ({ ...v, step: `${name} ${v.step}` }))),
    // What is well of each is in its own results.
    audit: runs.flatMap(({ name, results }) =>
      results.audit
        .filter((c) => !c.ok)
        .map((c) => ({ ...c, check: `${name}.${c.check}`, sentence: `${name}: ${c.sentence}` })),
    ),
    failures: byOutcome(runs.flatMap(({ results }) => results.failures)),
    chaos: runs.flatMap(({ name, results }) =>
      (results.chaos ?? []).map((c) => ({
        ...c,
        steps: { pre: `${name} ${c.steps.pre}`, during: `${name} ${c.steps.during}`, post: `${name} ${c.steps.post}` },
      })),
    ),
    parts: runs.map(({ name, records, command }) => ({ records, step: name, command })),
  };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** One example of each. */
function byOutcome(failures: Results['failures']): Results['failures'] {
  const found = new Map<string, Results['failures'][number]>();
  for (const failure of failures) {
    const { count = 0, inWarmup = 0, ...example } = found.get(failure.outcome) ?? failure;
    const known = found.has(failure.outcome);
    found.set(failure.outcome, {
      ...example,
      count: known ? count + failure.count : count,
      inWarmup: known ? inWarmup + failure.inWarmup : inWarmup,
    });
  }
  return [...found.values()];
}
