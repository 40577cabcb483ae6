import { onceForAll } from '../shared.ts';
import { parseSettings, type Reads, type SettingsOf, strayNames } from './settings.ts';
import type { SettingName } from './table.ts';

let readBefore = 0;

/**
 * Reads the settings a scenario names from the environment, once for all VUs. An empty variable counts as not set. Call it in
 * the init context.
 * @throws SettingsError that names the first bad value and what is allowed.
 */
export function readSettings<const R extends Reads>(
  env: Readonly<Record<string, string | undefined>>,
  reads: R,
): SettingsOf<R> {
  const kept = onceForAll<Record<string, unknown> & { given: SettingName[] }>(`settings ${readBefore++}`, () => {
    const parsed = parseSettings(env, reads);
    return { ...parsed, given: [...parsed.given] };
  });
  const given = { has: (name: SettingName) => kept.given.includes(name) };
  const values = { ...kept, given, warnings: () => strayNames(env, reads) };
  return Object.freeze<Record<string, unknown>>(values) as SettingsOf<R>;
}
