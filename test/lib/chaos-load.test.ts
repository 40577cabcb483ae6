import '../fakes/k6-globals.ts';
import { describe, expect, it } from 'vitest';
import { type ChaosSettings, chaosLoad } from '../../lib/load/chaos.ts';
import { stepAt } from '../../lib/load/plan.ts';
import { parseSlo } from '../../thresholds/slo.ts';
import { sloThresholds } from '../../thresholds/thresholds.ts';

const HOOKS = { chaosInjectUrl: 'http://h/inject', chaosRestoreUrl: 'http://h/restore' };
const load = (more: Partial<ChaosSettings> = HOOKS) =>
  chaosLoad({
    rate: 5,
    vus: undefined,
    injectAt: 30_000,
    restoreAt: 90_000,
    watch: 120_000,
    spike: undefined,
    chaosInjectUrl: undefined,
    chaosRestoreUrl: undefined,
    sloDuring: undefined,
    firstTokenTimeout: 10_000,
    timeout: 120_000,
    warmup: 2000,
    ...more,
  });

/** ms after the scenario's start at which k6 sends: whenever the area under its rates grows by one. */
function startsOf({ scenarios }: ReturnType<typeof load>, name: string): number[] {
  const scenario = scenarios[name];
  if (scenario?.executor !== 'ramping-arrival-rate') throw new Error(scenario?.executor);
  const perMs = (target: number) => target / (1000 * Number.parseFloat(String(scenario.timeUnit)));
  const starts: number[] = [];
  let [at, area] = [0, 0];
  for (const { duration, target } of scenario.stages) {
    const ms = Number.parseFloat(duration);
    const end = area + ms * perMs(target);
    for (let k = starts.length + 1; k <= end + 1e-9; k++) starts.push(at + (k - area) / perMs(target));
    at += ms;
    area = end;
  }
  return starts;
}

describe('the load of chaos', () => {
  it.each([
    [5, undefined, [150, 300, 600]],
    [0.5, undefined, [15, 30, 60]],
    [2.5, undefined, [75, 150, 300]],
    [5, 2, [150, 600, 600]],
    [2.5, 1.5, [75, 225, 300]],
    [200, 3, [6000, 36_000, 24_000]],
  ])('at %s/s, × %s, sends as many in each phase as planned, and none on a line between two', (rate, spike, counts) => {
    const plan = load({ rate, spike, ...(spike === undefined && HOOKS) });
    const [scenario = ''] = new Set(plan.steps.map((step) => step.scenario));
    const starts = startsOf(plan, scenario);
    const phases = starts.map((at) => stepAt(plan.steps, at)?.phase);
    expect(plan.steps.map(({ phase }) => phases.filter((p) => p === phase).length)).toEqual(counts);
    expect(plan.steps.map((s) => (s.load.kind === 'open' ? (s.load.rate * (s.duration ?? 0)) / 1000 : 0))).toEqual(
      counts,
    );
    expect(plan.steps.map((step) => step.lead)).toEqual(Array(3).fill(starts[0]));
    const spacings = plan.steps.map((step) => 1000 / (step.load as { rate: number }).rate);
    plan.steps.slice(1).forEach(({ offset }, k) => {
      const before = starts.filter((at) => at < offset).at(-1) ?? 0;
      const after = starts.find((at) => at >= offset) ?? 0;
      expect(offset - before).toBeCloseTo((spacings[k] ?? 0) / 2, 3);
      expect(after - offset).toBeCloseTo((spacings[k + 1] ?? 0) / 2, 3);
    });
  });

  it('makes the fault where the second phase begins, after the warm-up', () => {
    const { scenarios, steps } = load();
    expect(scenarios.fault).toMatchObject({ executor: 'per-vu-iterations', exec: 'fault', vus: 1, iterations: 1 });
    expect(scenarios.fault?.startTime).toBe(`${2000 + (steps[1]?.offset ?? 0)}ms`);
    expect(scenarios.step_5?.startTime).toBe('2000ms');
    expect(load({ ...HOOKS, warmup: 0 }).scenarios).not.toHaveProperty('warmup');
  });

  it('has VUs for all that wait for a first token that never comes', () => {
    expect(load().scenarios.step_5).toMatchObject({ preAllocatedVUs: 100, maxVUs: 100 });
    expect(load({ spike: 2 }).scenarios.step_5).toMatchObject({ preAllocatedVUs: 200 });
    expect(load({ ...HOOKS, vus: 7 }).scenarios.step_5).toMatchObject({ preAllocatedVUs: 7, maxVUs: 7 });
  });

  it('judges what was before and after; what was while it lasted by its own SLO only', () => {
    expect(load().steps.map((s) => [s.judged, s.slo])).toEqual([
      [true, undefined],
      [false, undefined],
      [true, undefined],
    ]);
    expect(load({ ...HOOKS, sloDuring: 'errors<50%' }).steps[1]).toMatchObject({ judged: true, slo: 'errors<50%' });
  });

  it('leaves the phases to the records: k6 cannot tell which requests the fault hit', () =>
    expect(sloThresholds(parseSlo('chat'), load().steps)).toEqual({
      llm_slo_failed: ['count<1'],
      llm_verdicts: ['count>=1'],
    }));

  it.each([
    [{}, /^CHAOS_INJECT_URL="": not set/],
    [{ chaosRestoreUrl: 'http://h/' }, /^CHAOS_INJECT_URL="": not set/],
    [{ ...HOOKS, spike: 2 }, /^SPIKE="2": CHAOS_INJECT_URL is set too/],
    [{ ...HOOKS, chaosInjectUrl: undefined, spike: 2 }, /^SPIKE="2": CHAOS_RESTORE_URL is set too/],
    [{ ...HOOKS, restoreAt: 30_000 }, /^RESTORE_AT="30s": not after INJECT_AT, 30 s/],
    [{ chaosInjectUrl: 'canary.example/x' }, /^CHAOS_INJECT_URL="…": not an address/],
    [{ ...HOOKS, chaosRestoreUrl: 'ftp://canary/x' }, /^CHAOS_RESTORE_URL="…": not an address/],
    [{ ...HOOKS, chaosRestoreUrl: 'http://canary/a b' }, /^CHAOS_RESTORE_URL="…": not an address/],
    [{ ...HOOKS, sloDuring: 'errors<200%' }, /^SLO_DURING="errors<200%": a share above 1/],
  ])('refuses %j, and repeats no address', (settings, message) => {
    expect(() => load(settings)).toThrow(message);
    expect(() => load(settings)).not.toThrow(/canary/);
  });
});
