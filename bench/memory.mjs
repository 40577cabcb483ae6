// What a virtual user costs in memory, and how long k6 takes to start, next to k6 without our module and scripts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildBareK6, product } from './lib/build.mjs';
import { median, number, printTable } from './lib/figures.mjs';
import { rssMiB, warnIfBusy } from './lib/proc.mjs';
import { fail, run, start, until } from './lib/processes.mjs';
import { startServer } from './lib/server.mjs';

const MANY = 500;
const K6_FLAGS = ['--quiet', '--no-usage-report', '--address', ''];
const STARTS = 7;

/** The least a script can do to hold a stream open: one request a VU, the whole body at its end. */
const BARE_SCRIPT = `
import http from 'k6/http';
export const options = { scenarios: { load: { executor: 'constant-vus', vus: Number(__ENV.CONCURRENCY), duration: __ENV.DURATION } } };
export default () => http.post(__ENV.BASE_URL + '/v1/chat/completions', '{"stream":true}', { headers: { 'Content-Type': 'application/json' } });
`;
const EMPTY_SCRIPT = 'export default () => {};\n';

/** Resident memory once all VUs stream: the median of readings over 3 s. Each answer sends a token every 100 ms. */
async function memory(k6, script, vus) {
  const server = await startServer(['--ttft', '100ms', '--token', '100ms', '--tokens', '40']);
  const settings = {
    BASE_URL: server.url,
    MODEL: 'bench',
    CONCURRENCY: `${vus}`,
    DURATION: '12s',
    WARMUP: '0s',
    SEED: '1',
  };
  const child = start(k6, ['run', ...K6_FLAGS, script], { env: settings });
  const all = async () => (await server.get('/count')).requests >= vus;
  await until(all, `first answers of ${vus} VUs`, 60);
  const readings = [];
  for (let i = 0; i < 15; i++) {
    readings.push(rssMiB(child.pid));
    await sleep(200);
  }
  await child.stop();
  await server.stop();
  return median(readings);
}

/** Seconds that a command takes; the median of several. */
async function seconds(command, args, env) {
  const times = [];
  for (let i = 0; i < STARTS; i++) {
    const from = performance.now();
    await run(command, args, { env });
    times.push((performance.now() - from) / 1000);
  }
  return median(times);
}

async function main() {
  const bare = await buildBareK6();
  const { k6, bundle } = product('blast');
  warnIfBusy();
  const folder = mkdtempSync(join(tmpdir(), 'llmload-memory-'));
  try {
    const empty = join(folder, 'empty.js');
    const bareScript = join(folder, 'bare.js');
    writeFileSync(empty, EMPTY_SCRIPT);
    writeFileSync(bareScript, BARE_SCRIPT);
    const rows = [];
    for (const [name, binary, script] of [
      ['bin/k6, dist/blast.js (native)', k6, bundle],
      ['stock k6, dist/blast.js (http)', bare, bundle],
      ['stock k6, one http.post', bare, bareScript],
    ]) {
      const one = await memory(binary, script, 1);
      const many = await memory(binary, script, MANY);
      rows.push([name, number(one), number(many), number((1024 * (many - one)) / (MANY - 1))]);
    }
    console.log(`\nresident memory while every VU reads a stream\n`);
    printTable(['', '1 VU, MiB', `${MANY} VUs, MiB`, 'KiB a VU'], rows);

    const server = await startServer(['--tokens', '1']);
    const oneRequest = {
      BASE_URL: server.url,
      MODEL: 'bench',
      CONCURRENCY: '1',
      TOTAL_REQUESTS: '1',
      WARMUP: '0s',
      SEED: '1',
    };
    const runs = [];
    for (const [name, binary, script, env] of [
      ['bin/k6, dist/blast.js', k6, bundle, oneRequest],
      ['bin/k6, empty script', k6, empty, {}],
      ['stock k6, empty script', bare, empty, {}],
    ]) {
      runs.push([
        name,
        number(await seconds(binary, ['version']), 3),
        number(await seconds(binary, ['inspect', script], env), 3),
        number(await seconds(binary, ['run', ...K6_FLAGS, script], env), 3),
      ]);
    }
    await server.stop();
    console.log(
      `\nstart-up, seconds, median of ${STARTS}; a run is one iteration, with one request of one token on the loopback\n`,
    );
    printTable(['', 'version', 'inspect', 'run'], runs);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main().catch(fail);
