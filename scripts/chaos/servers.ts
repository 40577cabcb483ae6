import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Mock, startMock } from '../../mock/index.ts';
import { startRouter } from '../../mock/router/index.ts';
import { root } from '../build/root.mjs';
import { startGuarded, waitFor } from '../router-test/guarded.ts';
import { BACKENDS, MOCK } from './suite.ts';

/** ms between checks of a backend: partitions are found by them. */
const HEALTH_INTERVAL = 500;
const START = 30_000;

/** The servers of a suite: as many of our mocks, and a router before them. */
export interface Servers {
  url: string;
  /** Admin APIs, a backend each. */
  admins: readonly string[];
}

/** In a process of their own: what looks at the records meanwhile would make their answers late. @throws CommandError */
export async function startServers(folder: string): Promise<Servers & { stop(): Promise<void> }> {
  const log = join(folder, 'servers.log');
  const child = startGuarded('servers', [process.execPath, join(root, 'scripts/llmload.mjs'), 'chaos', '--serve'], log);
  try {
    const said = () => (existsSync(log) ? /^{"url":.*}$/m.exec(readFileSync(log, 'utf8'))?.[0] : undefined);
    // A second or so: Ctrl-C is obeyed then.
    const { signal: interrupted } = new AbortController();
    const bounds = { until: Date.now() + START, interrupted, waiting: () => 'did not start within 30 s' };
    const text = await waitFor(child, said, bounds);
    return { ...(JSON.parse(text) as Servers), stop: child.stop };
  } catch (e) {
    await child.stop();
    throw e;
  }
}

/** Serves them until a signal; says where they are in one line of JSON. */
export async function serveServers(): Promise<void> {
  const mocks: Mock[] = [];
  for (let k = 0; k < BACKENDS; k++) mocks.push(await startMock({ ...MOCK, seed: k + 1, adminPort: 0 }));
  const backends = mocks.map(({ url, options: { models } }, k) => ({
    name: `b${k + 1}`,
    url: new URL(url),
    models,
    weight: 1,
  }));
  const router = await startRouter({ backends, healthIntervalMs: HEALTH_INTERVAL });
  const admins = mocks.map(({ admin }) => admin?.url as string);
  console.log(JSON.stringify({ url: router.url, admins } satisfies Servers));
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await router.close();
  await Promise.all(mocks.map((mock) => mock.close()));
}
