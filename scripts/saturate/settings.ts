import { COMMON } from '../../lib/settings/settings.ts';
import { SETTING_NAMES, type SettingName } from '../../lib/settings/table.ts';

/** What a search reads. */
export const READS = { ...COMMON, ARRIVAL: 'poisson', BASELINE: '1', CONFIDENCE: true, VUS: true } as const;

/** Read by the search, or set by it: not for its probes, which are judged here and together. */
const NOT_PASSED: readonly SettingName[] = ['BASELINE', 'CONFIDENCE', 'SLO', 'RUN_ID', 'RECORDS', 'SUMMARY_JSON'];

/** What no probe takes from the environment. */
export const OWN: readonly SettingName[] = SETTING_NAMES.filter(
  (name) => !(name in READS) || NOT_PASSED.includes(name),
);

/** Known flags that mean nothing here, since the load is what is searched for. */
export const LOADS: readonly SettingName[] = [
  'RATE',
  'RATES',
  'DURATION',
  'CONCURRENCY',
  'TOTAL_REQUESTS',
  'LEVELS',
  'RAMP_UP',
  'HOLD',
  'RAMP_DOWN',
  'TRACE',
  'SPEED',
  'WINDOW',
  'LOOP',
  'MODEL_MAP',
  'BAD_ROWS',
  'TURNS',
  'THINK_TIME',
  'CONVERSATIONS',
  'SESSION_HEADER',
];

/** Flags of the search that are settings. */
export const FLAGS: readonly SettingName[] = SETTING_NAMES.filter(
  (name) => name in READS && !['RECORDS', 'RUN_ID', 'EXPECT_MODEL', 'ITL_SAMPLE'].includes(name),
);
