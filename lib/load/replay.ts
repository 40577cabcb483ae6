import type { TraceSource } from '../workload/trace/source.ts';
import { constantRate } from './open.ts';
import { LATE_MS, ms, type Plan } from './plan.ts';

interface ReplaySettings {
  source: Pick<TraceSource, 'length' | 'duration' | 'peak' | 'row'>;
  warmup: number;
  timeout: number;
  /** Most in flight; undefined: the most that ten seconds of the schedule hold. */
  vus: number | undefined;
}

/**
 * Every request of a trace at its time: VUs take the rows in turn, and each waits for its row's start. When all VUs wait for
 * answers a request starts late, and says so; none is dropped while the schedule lasts, and the last has LATE_MS.
 */
export function replay({ source, warmup, timeout, vus }: ReplaySettings): Plan {
  const { length, peak } = source;
  const rate = fourDigits((1000 * length) / source.duration);
  const duration = (1000 * length) / rate;
  const load = { kind: 'open', rate } as const;
  // Warm-up is a plain arrival rate: what counts is that the server is warm, and its prompts are no trace's.
  const warm = warmup > 0 ? constantRate({ rate, duration, warmup, timeout, vus }).scenarios.warmup : undefined;
  const start = warm ? Math.max(1000, warmup) : 0;
  return {
    scenarios: {
      ...(warm && { warmup: warm }),
      replay: {
        executor: 'shared-iterations',
        exec: 'request',
        startTime: ms(start),
        vus: Math.min(length, vus ?? Math.max(10, peak)), // k6 wants no fewer iterations than VUs
        iterations: length,
        maxDuration: ms(Math.ceil(duration) + LATE_MS),
        gracefulStop: ms(timeout),
      },
    },
    steps: [
      {
        name: 'replay',
        scenario: 'replay',
        load,
        phase: 'steady',
        offset: 0,
        duration,
        requests: length,
        ...(source.row(0).blocks && { sharing: true }),
        judged: true,
      },
    ],
    due: { replay: (index) => source.row(index).due },
  };
}

/** Rounded down: a tag and a row of the table, and the time that it takes holds every start. */
function fourDigits(rate: number): number {
  const unit = 10 ** (3 - Math.floor(Math.log10(rate)));
  return Math.floor(rate * unit) / unit;
}
