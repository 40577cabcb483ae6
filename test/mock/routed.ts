import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type Mock, type MockOptions, startMock } from '../../mock/index.ts';
import { type RouterOptions, readConfig, startRouter } from '../../mock/router/index.ts';
import { ask } from './client.ts';

/** Health checks that do not come during a test. */
const NEVER = 3_600_000;

/** A mock behind the router; `models` are those that it serves. */
export type Behind = Partial<MockOptions> & { weight?: number };

/** Mocks named a, b, c, … behind a router; all are closed when the test is over. */
export async function routed(behind: Behind[], options: Partial<RouterOptions> = {}) {
  const mocks = await Promise.all(
    behind.map(({ weight, ...each }) => startMock({ ttftMs: 1, tokenMs: 0, tokens: 3, ...each })),
  );
  const backends = mocks.map(({ url, options: { models } }, i) => ({
    name: 'abc'[i],
    url,
    models,
    weight: behind[i]?.weight ?? 1,
  }));
  const router = await route(backends, options);
  onTestFinished(async () => {
    await Promise.all(mocks.map((mock) => mock.close()));
  });
  return { ...router, mocks, counts: () => mocks.map((mock: Mock) => mock.truth().length) };
}

/** A router in front of these backends. */
export async function route(backends: object[], options: Partial<RouterOptions> = {}) {
  const given = { healthIntervalMs: NEVER, ...options };
  const router = await startRouter({ backends: readConfig(JSON.stringify({ backends }), 'test'), ...given });
  onTestFinished(() => router.close());
  return { router, metrics: () => metricsOf(router) };
}

/** A backend that does what a test wants. */
export async function backend(handle: RequestListener): Promise<string> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** `name{label="value"}` → value; those that are 0 are left out. */
async function metricsOf(router: { port: number }): Promise<Record<string, number>> {
  const { body } = await ask(router, { method: 'GET', path: '/metrics' });
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const values = lines.map((line): [string, number] => [
    line.slice(0, line.lastIndexOf(' ')),
    Number(line.slice(line.lastIndexOf(' '))),
  ]);
  return Object.fromEntries(
    values.filter(([name, value]) => value !== 0 && !name.startsWith('router_added_latency_seconds_bucket')),
  );
}
