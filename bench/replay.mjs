// A trace of ten minutes, bursty, ten requests a second, replayed ten times as fast: how true the starts are to their plan, and
// whether order and spacing are kept, by the client's records and by the server's own times. Server on core 0, client on core 1.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { azureCode } from '../data/traces/generate.mjs';
import { product } from './lib/build.mjs';
import { number, printTable, quantile } from './lib/figures.mjs';
import { warnIfBusy } from './lib/proc.mjs';
import { fail, run } from './lib/processes.mjs';
import { startServer } from './lib/server.mjs';
import { pinned } from './lib/window.mjs';

/** ms from its plan within which a start is on time. */
const ON_TIME = 10;

const { values: given } = parseArgs({
  options: {
    /** Of the trace, and requests per second in it. */
    seconds: { type: 'string', default: '600' },
    rate: { type: 'string', default: '10' },
    speed: { type: 'string', default: '10' },
  },
});

/** Plays it, and gives each request's planned start, lateness and receipt, ms, in the order of the trace. */
async function replayed(folder) {
  const [trace, records] = [join(folder, 'trace.csv'), join(folder, 'records.jsonl')];
  writeFileSync(trace, azureCode({ seed: 1, seconds: Number(given.seconds), rate: Number(given.rate) }));
  const server = await startServer(['--ttft', '50ms', '--token', '2ms', '--tokens', '50', '--truth'], {
    core: pinned(0),
    limit: 1800,
  });
  const { k6, bundle } = product('replay');
  const env = { BASE_URL: server.url, MODEL: 'bench', TRACE: trace, SPEED: given.speed, SEED: '1', RECORDS: records };
  await run(k6, ['run', '--quiet', '--no-usage-report', '--address', '', bundle], {
    core: pinned(1),
    env,
    limit: 1200,
  });
  const truth = await server.get('/truth');
  await server.stop();
  return readFileSync(records, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{"t"'))
    .map((line) => JSON.parse(line))
    .filter(({ warm }) => !warm)
    .sort((a, b) => a.i - b.i)
    .map(({ t, connect, lag, id }) => ({ planned: t - connect - lag, lag, received: truth[id].received }));
}

const share = (part, all) => `${number((100 * part) / all, 2)} %`;

function figures(late) {
  const onTime = late.filter((ms) => Math.abs(ms) <= ON_TIME).length;
  return [share(onTime, late.length), ...[0.5, 0.99, 1].map((q) => number(quantile(late, q), 2))];
}

async function main() {
  warnIfBusy();
  const folder = mkdtempSync(join(tmpdir(), 'llmload-replay-'));
  try {
    const rows = await replayed(folder);
    const pairs = rows.slice(1).map((row, i) => [rows[i], row]);
    const gap = ([a, b], key) => b[key] - a[key];
    const apart = pairs.filter((pair) => gap(pair, 'planned') > ON_TIME);
    const swapped = (list) => list.filter((pair) => gap(pair, 'received') < 0).length;
    console.log(`\n${rows.length} requests of ${given.seconds} s, ${given.speed} times as fast\n`);
    printTable(
      ['ms late', `within ${ON_TIME} ms`, 'p50', 'p99', 'max'],
      [
        ['start, by the client', ...figures(rows.map(({ lag }) => lag))],
        ['receipt, by the server', ...figures(rows.map(({ planned, received }) => received - planned))],
        [
          'gap to the next receipt',
          ...figures(pairs.map((pair) => Math.abs(gap(pair, 'received') - gap(pair, 'planned')))),
        ],
      ],
    );
    console.log(
      `\nneighbours received in the wrong order: ${swapped(pairs)} of ${pairs.length}; of those planned more than ` +
        `${ON_TIME} ms apart ${swapped(apart)} of ${apart.length}`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main().catch(fail);
