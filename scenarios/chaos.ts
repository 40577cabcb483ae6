/** Open loop at RATE while a fault is made and undone: was it seen, how soon, what suffered, and how soon was it over? */
import type { Options } from 'k6/options';
import { faultsBy } from '../lib/chaos.ts';
import { chaosLoad } from '../lib/load/chaos.ts';
import { loadTest } from '../lib/load-test.ts';
import { judgesChaos } from '../lib/report/chaos.ts';
import type { SetupData } from '../lib/run.ts';
import { namedMix } from '../lib/settings/mix.ts';
import { readSettings } from '../lib/settings/read.ts';
import { COMMON } from '../lib/settings/settings.ts';
import type { Soon } from '../lib/soon.ts';

const settings = readSettings(__ENV, {
  ...COMMON,
  // A reader leaves; and requests that a dead server holds pile up, a VU each.
  FIRST_TOKEN_TIMEOUT: '10s',
  MODEL_A: true,
  MODEL_B: true,
  WEIGHT_A: '0.7',
  WEIGHT_B: '0.3',
  MIX: true,
  RATE: '5',
  VUS: true,
  FAULT: true,
  CHAOS_INJECT_URL: true,
  CHAOS_RESTORE_URL: true,
  SPIKE: true,
  INJECT_AT: '30s',
  RESTORE_AT: '90s',
  WATCH: '120s',
  SLO_DURING: true,
});

const mix = namedMix(settings);
const plan = chaosLoad(settings);
const test = loadTest({ name: 'chaos', settings, plan, ...(mix && { mix }), extras: [judgesChaos] });
const faults = faultsBy(settings);

export const options = {
  ...test.options,
  // Without its fault the rest of a run says nothing.
  thresholds: { ...test.options.thresholds, llm_slo_failed: [{ threshold: 'count<1', abortOnFail: true }] },
} satisfies Options;
export const { request, warmup, handleSummary } = test;
export const { fault } = faults;

export function setup(): Soon<SetupData> {
  for (const warning of faults.warnings()) console.warn(warning);
  return test.setup();
}

/** k6 runs it whatever ended the load: a run that was stopped leaves no fault behind. */
export function teardown(data: SetupData): void {
  faults.undo();
  test.teardown(data);
}
