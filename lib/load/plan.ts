import type { Scenario } from 'k6/options';

export type Phase = 'ramp_up' | 'steady' | 'ramp_down' | 'pre' | 'during' | 'post';

/** A request that starts more than so many ms after its planned moment is late. */
export const LATE_MS = 100;

export type Load =
  | { kind: 'open'; rate: number }
  | {
      kind: 'closed';
      concurrency: number;
      /** Of conversations: the mean pause between an answer and the next question, ms. */
      thinkTime?: number;
    };

/** As one says it: `8 req/s`, `16 in flight`. */
export const loadText = (load: Load): string =>
  load.kind === 'open'
    ? `${Number(load.rate.toPrecision(4))} req/s`
    : `${Number(load.concurrency.toPrecision(4))} in flight`;

/** The requests of this load are questions of conversations. */
export const talks = (load: Load): boolean => load.kind === 'closed' && load.thinkTime !== undefined;

/** One row of the results: a part of a k6 scenario with one load. All times are ms. */
export interface Step {
  /** What the row is called: the scenario's name, or the phase's. */
  name: string;
  /** The k6 scenario, named after its load: `step_40`. */
  scenario: string;
  load: Load;
  phase: Phase;
  /** From the scenario's start to the first measured request. */
  offset: number;
  /** From the scenario's start to the first request at all; absent: the same moment. */
  lead?: number;
  /** Measured time; undefined: until `requests` are done. */
  duration?: number;
  /** Stop after so many requests; in an open loop with a schedule of our own, all that it holds. */
  requests?: number;
  /** Name of the server that it goes to, where several are compared. */
  target?: string;
  /** Prompts share their beginnings on purpose, as those of a trace with block ids do. */
  sharing?: true;
  /** The SLO is judged on it. */
  judged: boolean;
  /** Judged by this in place of the run's SLO. */
  slo?: string;
  /** The scenario has steps of other phases too, so that its name alone does not select this one. */
  shared?: boolean;
}

/** A load shape: what k6 is to run, and what the results' rows will be. */
export interface Plan {
  scenarios: Record<string, Scenario>;
  steps: Step[];
  /** By scenario, where the schedule is our own: the planned start of each request by index, ms from the scenario's start, rising. */
  due?: Readonly<Record<string, Due>>;
}

/** The planned start of request `index`, ms from its scenario's start. */
export type Due = (index: number) => number;

/** Requests that the plan has for a step; undefined where time ends a closed loop. */
export const plannedRequests = ({ load, duration, requests }: Step): number | undefined =>
  requests ?? (load.kind === 'open' ? Math.round((load.rate * (duration ?? 0)) / 1000) : undefined);

/** The tags that select a step's samples, as k6 writes them in a sub-metric's name. */
export const selector = (step: Step): string => `scenario:${step.scenario}${step.shared ? `,phase:${step.phase}` : ''}`;

/** Milliseconds as k6 wants them. */
export const ms = (t: number): string => `${Math.round(t)}ms`;

/** `step_40`, `step_2_5`: k6 takes letters, digits, `_` and `-` in the name of a scenario. */
export const stepName = (value: number): string => `step_${String(value).replace('.', '_')}`;

/** The step under way `elapsed` ms after its scenario's start. */
export function stepAt(steps: readonly Step[], elapsed: number): Step | undefined {
  let current = steps[0];
  for (const step of steps) if (elapsed >= step.offset) current = step;
  return current;
}
