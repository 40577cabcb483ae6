import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { Rows } from '../../lib/analysis/columns/columns.ts';
import type { Search } from '../../lib/analysis/limit/search-types.ts';
import { parseSettings } from '../../lib/settings/settings.ts';
import { ensureK6 } from '../build/k6.mjs';
import { root } from '../build/root.mjs';
import { inspectK6 } from '../commands/k6.ts';
import { outputOf } from '../commands/output.ts';
import { remoteWrite } from '../commands/remote-write.ts';
import { probeFirst, settingsSet } from '../commands/run.ts';
import { freshFolder } from '../commands/saved.ts';
import type { Given } from '../commands/settings.ts';
import { createStatus } from '../live/status.ts';
import { environmentOf } from '../report/environment.ts';
import { START } from './search.ts';
import type { Session } from './session.ts';
import { OWN, READS } from './settings.ts';

/**
 * Asks the server for one answer, and makes the folder in which everything is kept.
 * @param name of the folder
 * @param wanted settings by flag
 * @param metricsTo --remote-write
 * @throws CommandError
 */
export async function openSession(
  name: string,
  search: Search,
  wanted: Given,
  metricsTo: string | undefined,
): Promise<Session> {
  const set: NodeJS.ProcessEnv = { ...process.env, ...wanted };
  const SEED = set.SEED || String(randomInt(2 ** 32));
  const ARRIVAL = search.by === 'rate' ? set.ARRIVAL || READS.ARRIVAL : '';
  const env: NodeJS.ProcessEnv = { ...set, ...Object.fromEntries(OWN.map((own) => [own, ''])), SEED, ARRIVAL };

  const k6 = await ensureK6();
  const script = join(root, 'dist', 'constant.js');
  await inspectK6(k6, script, { ...env, RATE: '1', DURATION: '1s' });
  const status = createStatus(process.stderr);
  const writing = await remoteWrite(metricsTo, env, status);
  const [first] = await probeFirst(k6, env, status);
  const { warmup, warnings } = parseSettings(set, READS);
  for (const warning of warnings()) status.say(warning.replace('this scenario', 'a search'));
  const passed = Object.entries({ ...settingsSet(set, wanted), SEED, ARRIVAL }).filter(
    ([setting, value]) => value && !(OWN as string[]).includes(setting),
  );
  const environment = await environmentOf(k6, script, env);
  const folder = freshFolder(name);
  const { testid, used } = outputOf(folder, { ...env, ...writing });
  if (used) status.say(`testid: ${testid}`);
  return {
    search: { ...search, alone: (first?.e2e ?? 1000) / 1000, overhead: START + warmup / 1000 },
    k6,
    environment: { ...environment, testid },
    folder,
    env: { ...env, ...writing, MODEL: first?.model },
    given: Object.fromEntries(passed),
    warmup,
    status,
    rows: new Rows(),
    live: [],
    parts: [],
    steps: [],
    endedAt: Date.now(),
    tried: [],
  };
}
