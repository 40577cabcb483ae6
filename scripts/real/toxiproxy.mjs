// A real toxiproxy for tests and trials: `node scripts/real/toxiproxy.mjs NAME=HOST:PORT…` puts a proxy before each of those and
// prints where they are.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { goEnvironment } from '../build/k6.mjs';
import { freePort, startChild, untilStopped } from './child.mjs';

const run = promisify(execFile);
const guard = fileURLToPath(new URL('../guard.mjs', import.meta.url));
const MODULE = 'github.com/Shopify/toxiproxy/v2/cmd/server@v2.5.0';
const built = fileURLToPath(new URL('../../.cache/toxiproxy/toxiproxy-server-2.5.0', import.meta.url));

/** There is no toxiproxy; the message says what to install. */
export class ToxiproxyMissing extends Error {
  name = 'ToxiproxyMissing';
}

/**
 * The command of a toxiproxy: TOXIPROXY_BIN, the one in PATH, or what was built before. In CI, and where `build` is set, it is built
 * with Go into .cache/toxiproxy where there is none.
 * @throws {ToxiproxyMissing}
 */
export async function findToxiproxy({ log = console.error, build = Boolean(process.env.CI) } = {}) {
  const candidates = [process.env.TOXIPROXY_BIN, 'toxiproxy-server', built].filter(Boolean);
  for (const command of candidates) if (await works(command)) return command;
  if (!build)
    throw new ToxiproxyMissing(
      'no toxiproxy-server on the path (node scripts/real/toxiproxy.mjs --build makes one with Go; else TOXIPROXY_BIN)',
    );
  log('building toxiproxy into .cache/toxiproxy (once)');
  try {
    await install();
  } catch (error) {
    throw new ToxiproxyMissing(`no toxiproxy-server on the path, and it cannot be built: ${lastLine(error)}`);
  }
  return built;
}

const works = (command) =>
  run(command, ['-version']).then(
    () => true,
    () => false,
  );

async function install() {
  const folder = dirname(built);
  mkdirSync(folder, { recursive: true });
  const part = mkdtempSync(join(folder, 'part-'));
  try {
    // Outside any module: its go.mod is none of ours.
    await run('go', ['install', MODULE], { cwd: tmpdir(), env: { ...(await goEnvironment()), GOBIN: part } });
    renameSync(join(part, 'server'), built);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

const lastLine = ({ stderr, message }) => (stderr || message).trim().split('\n').at(-1);

/**
 * Starts one on free ports of 127.0.0.1, with a proxy by name before each address.
 * @param {Record<string, string>} upstreams as in { vllm: '127.0.0.1:8000' }
 * @throws {ToxiproxyMissing}
 */
export async function startToxiproxy(upstreams, options) {
  const command = await findToxiproxy(options);
  const port = await freePort();
  const server = await startChild({
    name: 'toxiproxy',
    // Whose stdin is its lifeline: it goes with this process.
    command: process.execPath,
    args: [guard, command, '-host', '127.0.0.1', '-port', `${port}`],
    url: `http://127.0.0.1:${port}`,
    health: '/version',
  });
  try {
    const proxies = {};
    for (const [name, upstream] of Object.entries(upstreams))
      proxies[name] = await addProxy(server.url, name, upstream);
    return { ...server, proxies };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Where the proxy listens. */
async function addProxy(url, name, upstream) {
  const response = await fetch(`${url}/proxies`, {
    method: 'POST',
    body: JSON.stringify({ name, upstream, listen: '127.0.0.1:0', enabled: true }),
  });
  const said = await response.json();
  if (!response.ok) throw new Error(`toxiproxy makes no proxy ${name}: ${said.error}`);
  return `http://${said.listen}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const words = process.argv.slice(2);
    const build = words[0] === '--build';
    const upstreams = Object.fromEntries(words.slice(build ? 1 : 0).map((word) => word.split('=')));
    if (build) console.log(`toxiproxy: ${await findToxiproxy({ build })}`);
    if (!build || Object.keys(upstreams).length > 0) {
      const server = await startToxiproxy(upstreams, { build });
      console.log(`toxiproxy at ${server.url} (Ctrl-C stops it)`);
      for (const [name, at] of Object.entries(server.proxies)) console.log(`  ${name}: ${at} → ${upstreams[name]}`);
      await untilStopped([server]);
    }
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
