// What `llmload router` itself costs: TTFT with and without it under the same paced load, and how many chunks a second one
// process passes, token by token and as fast as they come. The router has core 1; server and client share core 0.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildGoClient, root } from './lib/build.mjs';
import { number, printTable, quantile } from './lib/figures.mjs';
import { cpuSeconds, warnIfBusy } from './lib/proc.mjs';
import { fail, run, start, until } from './lib/processes.mjs';
import { startServer } from './lib/server.mjs';
import { pinned } from './lib/window.mjs';

const { values: given } = parseArgs({ options: { seconds: { type: 'string', default: '10' } } });
const TOKENS = 100;
const PACED = ['--ttft', '200ms', '--token', '20ms', '--jitter', '0.1'];

const LOADS = [
  { name: '64 streams, a token every 20 ms', streams: 64, flags: PACED },
  { name: '400 streams, a token every 20 ms', streams: 400, flags: PACED },
  { name: '64 streams as fast as they go', streams: 64, flags: [] },
];

async function startRouter(backend) {
  const llmload = join(root, 'dist/node/llmload.js');
  const router = start(process.execPath, [llmload, 'router', '--backends', backend], { core: pinned(1) });
  const [, url] = await until(() => /router at (http:\S+),/.exec(router.output.stdout), 'router', 10);
  return { url, pid: router.pid, stop: router.stop };
}

/** One load: its tokens a second, and by how much each TTFT differs from the server's own time of the first token. */
async function load(client, server, url, { streams }, folder) {
  const records = join(folder, 'records.jsonl');
  const args = ['--streams', `${streams}`, '--tokens', `${TOKENS}`, '--duration', `${given.seconds}s`];
  const out = await run(client, ['--url', url, '--records', records, ...args], { core: pinned(0) });
  const truth = await server.get('/truth');
  const lines = readFileSync(records, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'));
  const off = lines
    .map((line) => JSON.parse(line))
    .filter(({ id, warm, ttft }) => !warm && ttft !== undefined && truth[id])
    .map(({ id, ttft }) => ttft - truth[id].tokens[0]);
  const { tokens, seconds, failed } = JSON.parse(out);
  return { tokens, rate: tokens / seconds, failed, off };
}

async function main() {
  warnIfBusy();
  const client = await buildGoClient();
  const folder = mkdtempSync(join(tmpdir(), 'llmload-router-'));
  const rows = [];
  try {
    for (const each of LOADS) {
      console.log(`${each.name} …`);
      const server = await startServer(['--truth', '--tokens', `${TOKENS}`, ...each.flags], { core: pinned(0) });
      const router = await startRouter(server.url);
      const direct = await load(client, server, server.url, each, folder);
      const before = cpuSeconds(router.pid);
      const routed = await load(client, server, router.url, each, folder);
      const perCpu = routed.tokens / (cpuSeconds(router.pid) - before);
      const added = await addedMs(router.url);
      await router.stop();
      await server.stop();
      const later = (q) => number(quantile(routed.off, q) - quantile(direct.off, q), 2);
      const figures = [direct.rate, routed.rate, perCpu].map((figure) => number(figure));
      rows.push([each.name, ...figures, later(0.5), later(0.99), number(added, 2), direct.failed + routed.failed]);
    }
    console.log('\nchunks a second; ms\n');
    printTable(['', 'direct', 'routed', 'per CPU s', 'TTFT p50 +', 'p99 +', 'said', 'failed'], rows);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Mean of what the router says it added, ms. */
async function addedMs(url) {
  const text = await (await fetch(`${url}/metrics`)).text();
  const of = (what) => Number(new RegExp(`^router_added_latency_seconds_${what} (.*)$`, 'm').exec(text)?.[1]);
  return (1000 * of('sum')) / of('count');
}

await main().catch(fail);
