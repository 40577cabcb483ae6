import { COMMON } from '../../lib/settings/settings.ts';
import { SETTING_NAMES, type SettingName } from '../../lib/settings/table.ts';

const OWN: readonly SettingName[] = [
  'RATE',
  'VUS',
  'MODEL_A',
  'MODEL_B',
  'WEIGHT_A',
  'WEIGHT_B',
  'MIX',
  'FAULT',
  'CHAOS_INJECT_URL',
  'CHAOS_RESTORE_URL',
  'SPIKE',
  'INJECT_AT',
  'RESTORE_AT',
  'WATCH',
  'SLO_DURING',
];

/** Flags of `llmload chaos` that are settings: what scenarios/chaos.ts reads. */
export const FLAGS: readonly SettingName[] = SETTING_NAMES.filter((name) => name in COMMON || OWN.includes(name));
