import { type Mock, startMock } from '../../mock/index.ts';
import { startRouter } from '../../mock/router/index.ts';
import { BACKENDS, MOCK } from './suite.ts';

/** ms between checks of a backend: partitions are found by them. */
const HEALTH_INTERVAL = 500;

/** The servers of a suite: as many of our mocks, and a router before them. */
export interface Servers {
  url: string;
  /** Admin APIs, a backend each. */
  admins: readonly string[];
  close(): Promise<void>;
}

/** All in this process: the load is light, and there is nothing to be left behind. */
export async function startServers(): Promise<Servers> {
  const mocks: Mock[] = [];
  const close = async () => void (await Promise.all(mocks.map((mock) => mock.close())));
  try {
    for (let k = 0; k < BACKENDS; k++) mocks.push(await startMock({ ...MOCK, seed: k + 1, adminPort: 0 }));
    const backends = mocks.map(({ url, options }, k) => ({
      name: `b${k + 1}`,
      url: new URL(url),
      models: options.models,
      weight: 1,
    }));
    const router = await startRouter({ backends, healthIntervalMs: HEALTH_INTERVAL });
    return {
      url: router.url,
      admins: mocks.map(({ admin }) => (admin as { url: string }).url),
      close: async () => {
        await router.close();
        await close();
      },
    };
  } catch (e) {
    await close();
    throw e;
  }
}
