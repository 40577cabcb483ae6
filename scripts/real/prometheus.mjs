// A real Prometheus for tests and trials: `node scripts/real/prometheus.mjs HOST:PORT…` scrapes those, takes remote writes, and prints its URL.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort, startChild, untilStopped } from './child.mjs';

const run = promisify(execFile);
const guard = fileURLToPath(new URL('../guard.mjs', import.meta.url));
const folder = fileURLToPath(new URL('../../.cache/prometheus/', import.meta.url));

/** There is no Prometheus; the message says what to install. */
export class PrometheusMissing extends Error {
  name = 'PrometheusMissing';
}

/**
 * The command of a Prometheus: PROMETHEUS_BIN, the one in PATH, or what CI unpacked before. In CI Debian's package is fetched
 * where there is none, and unpacked into .cache/prometheus: nothing is installed and no service starts.
 * @throws {PrometheusMissing}
 */
export async function findPrometheus(log = console.error) {
  const unpacked = join(folder, 'usr/bin/prometheus');
  const candidates = [process.env.PROMETHEUS_BIN, 'prometheus', unpacked].filter(Boolean);
  for (const command of candidates) if (await works(command)) return command;
  if (!process.env.CI)
    throw new PrometheusMissing('no prometheus on the path (Debian: apt install prometheus; else PROMETHEUS_BIN)');
  log('fetching Debian’s prometheus into .cache/prometheus (once)');
  try {
    await unpack();
  } catch (error) {
    throw new PrometheusMissing(`no prometheus on the path, and Debian's cannot be had: ${lastLine(error)}`);
  }
  if (await works(unpacked)) return unpacked;
  throw new PrometheusMissing('no prometheus on the path, and what Debian has does not start here');
}

async function works(command) {
  return run(command, ['--version']).then(
    () => true,
    () => false,
  );
}

async function unpack() {
  const part = mkdtempSync(join(tmpdir(), 'llmload-prometheus-'));
  try {
    const fetch = () => run('apt-get', ['download', 'prometheus'], { cwd: part });
    await fetch().catch(() => run('apt-get', ['update']).then(fetch));
    const deb = readdirSync(part).find((name) => name.endsWith('.deb'));
    mkdirSync(folder, { recursive: true });
    await run('dpkg', ['-x', join(part, deb), folder]);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

const lastLine = ({ stderr, message }) => (stderr || message).trim().split('\n').at(-1);

/**
 * Starts one on a free port of 127.0.0.1 that scrapes `targets`, by job name, once a second. Its data goes with it.
 * @param {Record<string, string[]>} targets addresses, as in { vllm: ['127.0.0.1:8000'] }
 * @param receives takes remote writes, and native histograms
 * @throws {PrometheusMissing}
 */
export async function startPrometheus(targets, { log, receives = false } = {}) {
  const command = await findPrometheus(log);
  const data = mkdtempSync(join(tmpdir(), 'llmload-prometheus-'));
  const config = join(data, 'prometheus.yml');
  const jobs = Object.entries(targets).map(([job_name, addresses]) => ({
    job_name,
    static_configs: [{ targets: addresses }],
  }));
  // JSON is YAML.
  writeFileSync(
    config,
    JSON.stringify({ global: { scrape_interval: '1s', scrape_timeout: '1s' }, scrape_configs: jobs }),
  );
  const at = `127.0.0.1:${await freePort()}`;
  const remove = () => rmSync(data, { recursive: true, force: true });
  try {
    const server = await startChild({
      name: 'Prometheus',
      // Whose stdin is its lifeline: it goes with this process.
      command: process.execPath,
      args: [
        guard,
        command,
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(data, 'tsdb')}`,
        `--web.listen-address=${at}`,
        ...(receives ? ['--web.enable-remote-write-receiver', '--enable-feature=native-histograms'] : []),
      ],
      url: `http://${at}`,
      health: '/-/ready',
    });
    return { ...server, stop: () => server.stop().then(remove) };
  } catch (error) {
    remove();
    throw error;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const server = await startPrometheus({ server: process.argv.slice(2) }, { receives: true });
    console.log(
      `Prometheus at ${server.url} (Ctrl-C stops it); scrapes ${process.argv.slice(2).join(', ') || 'nothing'}`,
    );
    await untilStopped([server]);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
