/** Hooks that a test answers itself. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Mock } from '../../mock/index.ts';

/** Stands in the hooks' addresses, which nobody may see. */
export const CANARY = 'canary5d1f93aa7e';

interface Hooks {
  CHAOS_INJECT_URL: string;
  CHAOS_RESTORE_URL: string;
}

/** What a hook does, and says. */
type Does = () => Promise<object | undefined> | object | undefined;

/** Hooks at an address that nobody may see. `asked` are their names, in the order in which they were asked. */
export async function hooksFor(does: { inject?: Does; restore?: Does } = {}) {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const name = /inject/.test(request.url ?? '') ? 'inject' : 'restore';
    asked.push(`${request.method} ${name}`);
    try {
      const said = await does[name]?.();
      response.end(said && JSON.stringify(said));
    } catch (e) {
      response.writeHead(503, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ error: { message: `${(e as Error).message} (${request.url})` } }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings: Hooks = {
    CHAOS_INJECT_URL: `${url}/${CANARY}/inject?key=${CANARY}`,
    CHAOS_RESTORE_URL: `${url}/restore/${CANARY}`,
  };
  return { asked, settings };
}

/** Kills a mock, and brings it back. */
export const killing = (mock: Mock) => ({
  inject: async () => ({ at: await mock.inject({ fault: 'dead' }), name: 'it is dead' }),
  restore: async () => ({ at: await mock.restore() }),
});
