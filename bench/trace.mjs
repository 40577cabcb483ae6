// A trace of a gigabyte: `llmload plan` makes it ready, bin/k6 replays a part of it; the most memory that either took.
import { createWriteStream, mkdtempSync, rmSync, statfsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { product, root } from './lib/build.mjs';
import { number, printTable } from './lib/figures.mjs';
import { measured } from './lib/measured.mjs';
import { warnIfBusy } from './lib/proc.mjs';
import { fail } from './lib/processes.mjs';
import { startServer } from './lib/server.mjs';

/** Arrivals a second, as in Azure's columns; Poisson. */
const RATE = 200;
/** Bytes of a row. */
const ROW = 35;
/** MB that plan and run may take each. */
const GOAL = 300;

const { values: given } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '1000' },
    /** Requests of the part that is replayed, and how many times as fast. */
    requests: { type: 'string', default: '20000' },
    speed: { type: 'string', default: '2' },
  },
});
const bytes = Number(given.megabytes) * 1e6;

/** The generator of Park and Miller: the same trace every time. */
function* rows(bytes) {
  let state = 1;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  let at = Date.parse('2024-05-10T00:00:00Z');
  let written = 0;
  for (let text = 'TIMESTAMP,ContextTokens,GeneratedTokens\n'; written < bytes; text = '') {
    for (let i = 0; i < 20_000; i++) {
      at -= (Math.log(random()) * 1000) / RATE;
      const time = new Date(at).toISOString().replace('T', ' ').replace('Z', '000');
      text += `${time},${1 + Math.floor(random() * 1000)},${1 + Math.floor(random() * 500)}\n`;
    }
    written += text.length;
    yield text;
  }
}

/** bin/k6 over a part of a trace, against a server that answers at once. */
async function replay(trace, window) {
  const { k6, bundle } = product('replay');
  const server = await startServer(['--tokens', '10'], { limit: 1800 });
  const env = {
    BASE_URL: server.url,
    MODEL: 'bench',
    TRACE: trace,
    WINDOW: window,
    SPEED: given.speed,
    VUS: '20', // more would be memory of VUs
    WARMUP: '0s',
    SEED: '1',
    RECORDS: '',
  };
  const run = await measured(k6, ['run', '--quiet', '--no-usage-report', '--address', '', bundle], env);
  const { requests } = await server.get('/count');
  await server.stop();
  return { ...run, requests };
}

async function main() {
  product('replay');
  warnIfBusy();
  const free = statfsSync(tmpdir());
  if (free.bavail * free.bsize < 2.5 * bytes)
    throw new Error(`${tmpdir()} has too little room for a trace of ${given.megabytes} MB and its plan`);
  const folder = mkdtempSync(join(tmpdir(), 'llmload-trace-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const [trace, plan] = [join(folder, 'trace.csv'), join(folder, 'trace.plan')];
  console.log(`writing a trace of ${given.megabytes} MB …`);
  await pipeline(Readable.from(rows(bytes)), createWriteStream(trace));
  const small = join(folder, 'small.csv');
  await pipeline(Readable.from(rows(Number(given.requests) * ROW)), createWriteStream(small));

  const made = await measured(process.execPath, [join(root, 'scripts/llmload.mjs'), 'plan', trace]);
  console.log(made.said.trimEnd());
  const [read, wrote] = [statSync(trace).size / 1e6, statSync(plan).size / 1e6];

  const seconds = Number(given.requests) / RATE;
  const from = Math.floor((0.5 * bytes) / ROW / RATE); // in the middle
  const replayed = await replay(plan, `${from}s..${from + seconds}s`);
  const whole = await replay(small, `..${seconds}s`);

  console.log('');
  printTable(
    ['', 'seconds', 'peak MB', ''],
    [
      ['llmload plan', number(made.seconds, 1), number(made.peak), `${number(read)} MB → ${number(wrote)} MB`],
      ['bin/k6, part of the plan', number(replayed.seconds, 1), number(replayed.peak), `${replayed.requests} requests`],
      ['bin/k6, a CSV of so many rows', number(whole.seconds, 1), number(whole.peak), `${whole.requests} requests`],
    ],
  );
  const most = Math.max(made.peak, replayed.peak);
  console.log(`\npeak memory (target: below ${GOAL} MB each): ${most < GOAL ? 'met' : 'MISSED'}`);
}

await main().catch(fail);
