import { describe, expect, it } from 'vitest';
import { plannedRequests } from '../../lib/load/plan.ts';
import { replay } from '../../lib/load/replay.ts';

const source = (length: number, duration: number, peak: number) => ({
  length,
  duration,
  peak,
  row: (i: number) => ({
    due: 10 * i,
    model: undefined,
    prompt: undefined,
    inputTokens: 1,
    outputTokens: 1,
    blocks: undefined,
  }),
});
const planOf = (of: ReturnType<typeof source>, { warmup = 0, vus }: { warmup?: number; vus?: number } = {}) =>
  replay({ source: of, warmup, timeout: 5000, vus });

describe('the load shape of a replay', () => {
  it('an iteration a row, each due when its row is, as many VUs as ten seconds hold', () => {
    const plan = planOf(source(656, 600_000, 35));
    expect(plan.scenarios).toEqual({
      replay: {
        executor: 'shared-iterations',
        exec: 'request',
        startTime: '0ms',
        vus: 35,
        iterations: 656,
        maxDuration: '600283ms',
        gracefulStop: '5000ms',
      },
    });
    expect(plan.due?.replay?.(3)).toBe(30);
  });

  it('its rate has four digits, its time holds every row, and both give the number of rows', () => {
    for (const [rows, duration] of [
      [656, 600_000],
      [7, 3_600_000],
      [20_000, 61_234],
      [28_000_000, 604_800_000],
      [1, 1000],
    ] as const) {
      const [step] = planOf(source(rows, duration, 1)).steps;
      if (step?.load.kind !== 'open') throw new Error('no open step');
      expect(String(step.load.rate).replace(/^0\.0*|\./g, '').length).toBeLessThanOrEqual(4);
      expect(step.duration).toBeGreaterThanOrEqual(duration * (1 - 1e-12));
      expect(step.duration).toBeLessThan(1.002 * duration);
      expect(Math.round((step.load.rate * (step.duration ?? 0)) / 1000)).toBe(rows);
      expect(plannedRequests(step)).toBe(rows);
    }
  });

  it('VUs: ten at least, as many as VUS says, never more than rows', () => {
    const vus = (rows: number, peak: number, given?: number) => {
      const of = source(rows, 60_000, peak);
      return (planOf(of, given === undefined ? {} : { vus: given }).scenarios.replay as { vus: number }).vus;
    };
    expect([vus(100, 3), vus(100, 60), vus(100, 60, 20), vus(7, 3), vus(7, 3, 20)]).toEqual([10, 60, 20, 7, 7]);
  });

  it('warm-up comes before it, at its mean rate', () => {
    const { scenarios } = planOf(source(600, 60_000, 20), { warmup: 2000 });
    expect(scenarios.warmup).toMatchObject({ exec: 'warmup', rate: 10, timeUnit: '1s', duration: '2000ms' });
    expect(scenarios.replay).toMatchObject({ startTime: '2000ms' });
  });
});
