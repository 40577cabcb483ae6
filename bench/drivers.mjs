// What each driver makes of the same answers, how far its times are from what the server did, and what one core carries.
// sse and tcp need a k6 that has k6/x/sse and k6/x/tcp; k6 ≥ 1.2 fetches them by itself where it has the network: --k6 k6
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { product, root } from './lib/build.mjs';
import { median, number, printTable, quantile } from './lib/figures.mjs';
import { warnIfBusy } from './lib/proc.mjs';
import { fail, run, start } from './lib/processes.mjs';
import { startServer } from './lib/server.mjs';
import { pinned, readWindow } from './lib/window.mjs';

const { values: given } = parseArgs({
  options: {
    /** A k6 with both extensions. */
    k6: { type: 'string' },
    /** Its k6/x/tcp outlives a reset: see docs/drivers.md. */
    mended: { type: 'boolean', default: false },
    only: { type: 'string', default: 'table,times,load' },
    streams: { type: 'string', default: '8,64' },
    rounds: { type: 'string', default: '3' },
    window: { type: 'string', default: '6' },
  },
});

const { k6: bin } = product('blast');
const DRIVERS = [
  { name: 'native', k6: bin, bundle: 'dist/blast.js' },
  { name: 'http', k6: bin, bundle: 'dist/blast.js' },
  ...(given.k6
    ? [
        { name: 'sse', k6: given.k6, bundle: 'dist/sse/blast.js' },
        { name: 'tcp', k6: given.k6, bundle: 'dist/cloud/blast.js' },
      ]
    : []),
];
const TIMED = DRIVERS.filter(({ name }) => name !== 'http');

/** test/conformance/k6.test.ts as a table: driver × case. */
async function table() {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const args = ['run', '--project', 'k6', 'test/conformance/k6.test.ts', '--reporter=json'];
  const env = {
    ...(given.k6 && { K6_EXTENSIONS: given.k6 }),
    K6_TCP_MENDED: `${given.mended}`,
  };
  const { stdout, stderr } = await start(process.execPath, [vitest, ...args], { cwd: root, env, limit: 600 }).ended;
  const json = stdout.slice(stdout.indexOf('{"'));
  if (!json) throw new Error(`vitest said no results:\n${stderr}`);
  const cells = new Map();
  for (const { ancestorTitles, title, status } of JSON.parse(json).testResults[0].assertionResults) {
    const [, driver, what] = /driver '?(\w+)'?: (.*)/.exec(ancestorTitles[0] ?? '') ?? [];
    if (!driver) continue;
    const [, one, dies] = /^(.*?)(: k6 dies)?$/.exec(title);
    const name = `${what.replace(/faults of the mock in '?([\w-]+)'?/, '$1').replace(/ answers$/, '')}: ${one}`;
    // A test that is skipped for another reason could not be run: WRONG.
    const cell = dies ? 'k6 dies' : status === 'passed' ? 'as told' : 'WRONG';
    cells.set(name, { ...cells.get(name), [driver]: cell });
  }
  printTable(
    ['case', ...DRIVERS.map(({ name }) => name)],
    [...cells].map(([name, by]) => [name, ...DRIVERS.map((driver) => by[driver.name])]),
  );
  console.log(
    'as told: the outcome, tokens and first token of test/conformance/cases.ts, limits of drivers included; k6 dies: as told there, too, and not run\n',
  );
}

const TOKENS = 50;
const ROUNDS = 8;
const k6Flags = ['run', '--quiet', '--no-usage-report', '--address', ''];

/** TTFT and ITL of a blast by each driver, from its own results, beside what the server wrote down. */
async function times(folder, streams) {
  const rows = [];
  for (const { name, k6, bundle } of TIMED) {
    const server = await startServer([
      '--truth',
      '--ttft',
      '200ms',
      '--token',
      '20ms',
      '--tokens',
      `${TOKENS}`,
      '--jitter',
      '0.1',
    ]);
    const file = join(folder, `${name}-${streams}.json`);
    const env = {
      BASE_URL: server.url,
      MODEL: 'bench',
      OUTPUT_TOKENS: `${TOKENS}`,
      CONCURRENCY: `${streams}`,
      TOTAL_REQUESTS: `${streams * ROUNDS}`,
      WARMUP: '2s',
      SEED: '1',
      SLO: 'ttft.p99<1h,itl.p99<1h,ttft.p50<1h'.replaceAll('1h', '3600s'),
      SUMMARY_JSON: file,
      DRIVER: name,
    };
    await run(k6, [...k6Flags, join(root, bundle)], { env, limit: 240 });
    const truth = Object.values(await server.get('/truth'));
    await server.stop();
    const [{ requests, ok, metrics }] = JSON.parse(readFileSync(file, 'utf8')).steps;
    const real = {
      ttft: truth.map(({ tokens }) => tokens[0]),
      itl: truth.flatMap(({ tokens }) => tokens.slice(1).map((at, i) => at - tokens[i])),
    };
    for (const metric of ['ttft', 'itl']) {
      const error = (p, q) => {
        const off = (metrics[metric]?.[p] ?? Number.NaN) - quantile(real[metric], q);
        return `${off < 0 ? '' : '+'}${number(off, 2)}`;
      };
      rows.push([
        name,
        `${streams}`,
        `${ok} of ${requests}`,
        metric.toUpperCase(),
        error('p50', 0.5),
        error('p99', 0.99),
      ]);
    }
  }
  return rows;
}

const FAST = { streams: 64, tokens: 100 };

/** Tokens per second that one core reads, as fast as they come. */
async function load() {
  const window = Number(given.window);
  const duration = window + 6;
  const reading = { settle: 2, window, limit: duration + 60, flowing: FAST.streams * FAST.tokens };
  const server = await startServer(['--tokens', `${FAST.tokens}`], { core: pinned(0), limit: 3600 });
  const results = new Map(TIMED.map(({ name }) => [name, []]));
  for (let round = 0; round < Number(given.rounds); round++) {
    for (let i = 0; i < TIMED.length; i++) {
      const { name, k6, bundle } = TIMED[(i + round) % TIMED.length];
      const env = {
        BASE_URL: server.url,
        MODEL: 'bench',
        CONCURRENCY: `${FAST.streams}`,
        OUTPUT_TOKENS: `${FAST.tokens}`,
        DURATION: `${duration}s`,
        WARMUP: '0s',
        SEED: '1',
        DRIVER: name,
      };
      results
        .get(name)
        .push(await readWindow(server, { command: k6, args: [...k6Flags, join(root, bundle)], env }, reading));
    }
  }
  await server.stop();
  const middle = (name, key) => median(results.get(name).map((r) => r[key]));
  printTable(
    ['driver', 'tokens/s', 'per CPU s', 'streams of 50 tok/s', 'client core', 'server core', 'of native'],
    TIMED.map(({ name }) => [
      name,
      number(middle(name, 'rate')),
      number(middle(name, 'perCpu')),
      number(middle(name, 'perCpu') / 50),
      `${number(middle(name, 'clientCore'))} %`,
      `${number(middle(name, 'serverCore'))} %`,
      `${number((100 * middle(name, 'perCpu')) / middle('native', 'perCpu'))} %`,
    ]),
  );
}

async function main() {
  if (given.k6) {
    const version = await run(given.k6, ['version']);
    for (const name of ['k6/x/sse', 'k6/x/tcp'])
      if (!version.includes(name)) throw new Error(`--k6 ${given.k6}: it has no ${name}`);
  } else console.log('without --k6 (a k6 that has k6/x/sse and k6/x/tcp) only native and http are shown\n');
  warnIfBusy();
  const parts = given.only.split(',');
  const folder = mkdtempSync(join(tmpdir(), 'llmload-drivers-'));
  try {
    if (parts.includes('table')) await table();
    if (parts.includes('times')) {
      const rows = [];
      for (const streams of given.streams.split(',')) rows.push(...(await times(folder, Number(streams))));
      printTable(['driver', 'streams', 'ok', 'error, ms', 'p50', 'p99'], rows);
      console.log('TTFT 200, a token every 20 ms, both ± 10 %; measured − true percentile\n');
    }
    if (parts.includes('load')) await load();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main().catch(fail);
