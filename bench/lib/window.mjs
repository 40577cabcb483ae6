import { platform } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds } from './proc.mjs';
import { start, until } from './processes.mjs';

/** A core of its own, where programs can be pinned. */
export const pinned = (core) => (platform() === 'linux' ? core : undefined);

/**
 * Starts a client on core 1 and reads a window inside its load, by the tokens that the server counts: start-up and the end
 * are not in it. The client stops by itself.
 * @param {{ url: string, pid: number, get: (path: string) => Promise<any> }} server
 * @param {{ command: string, args: unknown[], env?: Record<string, string> }} client
 * @param {{ settle: number, window: number, limit: number, flowing: number }} options seconds; `flowing`: so many tokens are the load
 * @returns tokens per second and per CPU second of the client; how full the two cores were, in %
 */
export async function readWindow(server, { command, args, env }, { settle, window, limit, flowing }) {
  const before = await server.get('/count');
  const client = start(command, args.map(String), { core: pinned(1), env, limit });
  const tokensFlow = async () => (await server.get('/count')).tokens > before.tokens + flowing;
  await Promise.race([
    until(tokensFlow, 'tokens'),
    client.ended.then(({ code, stdout, stderr }) => {
      throw new Error(`${command} ended at once, exit code ${code}:\n${stdout}${stderr}`);
    }),
  ]);
  await sleep(settle * 1000);
  const read = async () => ({
    ...(await server.get('/count')),
    client: cpuSeconds(client.pid),
    server: cpuSeconds(server.pid),
  });
  const from = await read();
  await sleep(window * 1000);
  const to = await read();
  const { code, stderr, stdout } = await client.ended;
  if (code !== 0) throw new Error(`${command}: exit code ${code}\n${(stdout + stderr).slice(-2000)}`);
  const seconds = (to.up_ms - from.up_ms) / 1000;
  const tokens = to.tokens - from.tokens;
  return {
    rate: tokens / seconds,
    perCpu: tokens / (to.client - from.client),
    clientCore: (100 * (to.client - from.client)) / seconds,
    serverCore: (100 * (to.server - from.server)) / seconds,
  };
}
