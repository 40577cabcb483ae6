import { buildServer } from './build.mjs';
import { start, until } from './processes.mjs';

/**
 * Starts bench/server on a free port of the loopback interface.
 * @param {string[]} flags see bench/server/main.go
 * @param {{ core?: number, limit?: number }} options see start()
 */
export async function startServer(flags, options) {
  const server = start(await buildServer(), flags, options);
  const [, address] = await until(() => /listening on (\S+)/.exec(server.output.stdout), 'answer of bench/server', 10);
  const url = `http://${address}`;
  const get = async (path) => (await fetch(url + path)).json();
  return { url, pid: server.pid, get, stop: server.stop };
}
