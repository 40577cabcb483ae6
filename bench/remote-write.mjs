// What it costs k6 to write to Prometheus while it runs: CPU and memory at 200 streams of 50 tokens a second each, without it,
// with native histograms, and with percentiles, for which k6 keeps and sorts every gap again at each push.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startPrometheus } from '../scripts/real/prometheus.mjs';
import { product } from './lib/build.mjs';
import { number, printTable } from './lib/figures.mjs';
import { cpuSeconds, peakMiB, warnIfBusy } from './lib/proc.mjs';
import { fail, start } from './lib/processes.mjs';
import { startServer } from './lib/server.mjs';
import { pinned } from './lib/window.mjs';

const STREAMS = 200;
const { values: given } = parseArgs({
  options: {
    /** Seconds of load. */
    seconds: { type: 'string', default: '60' },
  },
});
const seconds = Number(given.seconds);

const writing = (prometheus, native) => ({
  K6_OUT: 'experimental-prometheus-rw',
  K6_PROMETHEUS_RW_SERVER_URL: `${prometheus.url}/api/v1/write`,
  K6_PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM: `${native}`,
  K6_PROMETHEUS_RW_TREND_STATS: 'p(50),p(90),p(95),p(99),avg,min,max',
});

/** CPU seconds of k6 in the last third of the load, and the most memory it had. */
async function measure(server, env) {
  const { k6, bundle } = product('blast');
  const client = start(k6, ['run', '--quiet', '--no-usage-report', '--address', '', bundle], {
    core: pinned(1),
    limit: seconds + 60,
    env: {
      BASE_URL: server.url,
      MODEL: 'bench',
      CONCURRENCY: `${STREAMS}`,
      OUTPUT_TOKENS: '100',
      DURATION: `${seconds}s`,
      WARMUP: '0s',
      SEED: '1',
      RECORDS: '',
      ...env,
    },
  });
  await sleep((seconds * 2000) / 3);
  const [before, from] = [await server.get('/count'), cpuSeconds(client.pid)];
  await sleep((seconds * 1000) / 3 - 2000);
  const [after, cpu] = [await server.get('/count'), cpuSeconds(client.pid) - from];
  const peak = peakMiB(client.pid);
  const { code, stdout, stderr } = await client.ended;
  if (code !== 0) throw new Error(`exit code ${code}\n${(stdout + stderr).slice(-2000)}`);
  const window = (after.up_ms - before.up_ms) / 1000;
  return { rate: (after.tokens - before.tokens) / window, core: (100 * cpu) / window, peak };
}

async function main() {
  warnIfBusy();
  const prometheus = await startPrometheus({}, { receives: true });
  const server = await startServer(['--tokens', '100', '--ttft', '100ms', '--token', '20ms', '--jitter', '0.2'], {
    core: pinned(0),
    limit: 3600,
  });
  const rows = [];
  for (const [name, env] of Object.entries({
    nothing: {},
    'native histograms': writing(prometheus, true),
    percentiles: writing(prometheus, false),
  })) {
    const { rate, core, peak } = await measure(server, env);
    rows.push([name, number(rate), number(core, 1), number(peak)]);
  }
  await server.stop();
  await prometheus.stop();
  console.log(`\n${STREAMS} streams, ${seconds} s; read in the last third\n`);
  printTable(['k6 writes', 'tokens/s', 'its core, %', 'peak MiB'], rows);
}

await main().catch(fail);
