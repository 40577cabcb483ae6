// What a large run costs: ten million inter-token gaps through bin/k6, with and without ITL_SAMPLE, and the analysis at its
// end; then what writing RECORDS takes of the throughput. Server on core 0, client on core 1.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { product } from './lib/build.mjs';
import { median, number, printTable } from './lib/figures.mjs';
import { cpuSeconds, peakMiB, warnIfBusy } from './lib/proc.mjs';
import { fail, start } from './lib/processes.mjs';
import { startServer } from './lib/server.mjs';
import { pinned, readWindow } from './lib/window.mjs';

const STREAMS = 64;
/** Tokens of an answer: long ones for many gaps; 100 as in bench:client for the price of a record. */
const LONG = 1000;
const SHORT = 100;

const { values: given } = parseArgs({
  options: {
    /** Gaps of one run. */
    gaps: { type: 'string', default: '10000000' },
    /** Pairs of runs with and without RECORDS. */
    rounds: { type: 'string', default: '5' },
    /** Seconds of load before the window, and of the window. */
    settle: { type: 'string', default: '2' },
    window: { type: 'string', default: '8' },
  },
});
const settle = Number(given.settle);
const window = Number(given.window);
const requests = Math.ceil(Number(given.gaps) / (LONG - 1));

/** What readWindow and start() want to know of a blast against this server. */
function blast(url, env) {
  const { k6, bundle } = product('blast');
  return {
    command: k6,
    // --verbose: k6 then says when the load ends
    args: ['run', '--quiet', '--verbose', '--no-usage-report', '--address', '', bundle],
    env: { BASE_URL: url, MODEL: 'bench', CONCURRENCY: `${STREAMS}`, WARMUP: '0s', SEED: '1', RECORDS: '', ...env },
  };
}

/** One run of all gaps: time, CPU seconds and peak memory of the load and of what comes after it. */
async function large(env) {
  const server = await startServer(['--tokens', `${LONG}`], { core: pinned(0), limit: 900 });
  const settings = { OUTPUT_TOKENS: `${LONG}`, TOTAL_REQUESTS: `${requests}`, ...env };
  const { command, args, env: all } = blast(server.url, settings);
  const client = start(command, args, { core: pinned(1), env: all, limit: 600 });
  const marks = { began: 'Starting executor run', loaded: 'Executor finished' };
  const seen = {};
  let exit;
  client.ended.then((how) => {
    exit = { ...how, at: performance.now() };
  });
  let last;
  while (!exit) {
    const reading = { at: performance.now(), cpu: cpuSeconds(client.pid), peak: peakMiB(client.pid) };
    if (Number.isFinite(reading.peak)) last = reading; // a process that has ended has no memory
    for (const [name, words] of Object.entries(marks)) {
      if (!seen[name] && client.output.stderr.includes(words)) seen[name] = reading;
    }
    await sleep(10);
  }
  await server.stop();
  if (exit.code !== 0 || !seen.loaded) {
    throw new Error(`${command}: exit code ${exit.code}\n${(exit.stdout + exit.stderr).slice(-2000)}`);
  }
  const { began, loaded } = seen;
  const seconds = (loaded.at - began.at) / 1000;
  return {
    seconds,
    rate: (requests * LONG) / seconds,
    cpu: loaded.cpu - began.cpu,
    peak: loaded.peak,
    after: (exit.at - loaded.at) / 1000,
    afterCpu: (last?.cpu ?? Number.NaN) - loaded.cpu,
    afterPeak: last?.peak ?? Number.NaN,
  };
}

async function largeRuns() {
  const rows = [];
  for (const [name, env] of [
    ['ITL_SAMPLE=1', { ITL_SAMPLE: '1' }],
    ['ITL_SAMPLE=0.01', { ITL_SAMPLE: '0.01' }],
    ['ITL_SAMPLE=1, SLO=itl.p99<1000', { ITL_SAMPLE: '1', SLO: 'itl.p99<1000' }],
    ['ITL_SAMPLE=0.01, SLO=itl.p99<1000', { ITL_SAMPLE: '0.01', SLO: 'itl.p99<1000' }],
  ]) {
    console.log(`${requests} requests of ${LONG} tokens, ${name} …`);
    const r = await large(env);
    rows.push([
      name,
      number(r.seconds, 1),
      number(r.rate / 1000),
      number(r.cpu, 1),
      number(r.peak),
      number(r.after, 2),
      number(r.afterCpu, 2),
      number(r.afterPeak),
    ]);
  }
  console.log(
    `\n${((requests * (LONG - 1)) / 1e6).toFixed(1)} million gaps, ${STREAMS} streams as fast as they go; "after" is from the end` +
      ' of the load to the exit of k6: thresholds, verdict, analysis, report\n',
  );
  printTable(['', 'load s', 'k tokens/s', 'CPU s', 'peak MiB', 'after s', 'after CPU s', 'peak MiB at exit'], rows);
}

/** Throughput with and without a records file, in turns, so that a slow phase of the machine hits both. */
async function recordsPrice(folder) {
  const duration = settle + window + 3;
  const server = await startServer(['--tokens', `${SHORT}`], { core: pinned(0), limit: 1800 });
  const file = join(folder, 'records.jsonl');
  const kinds = { 'no file': '', RECORDS: file };
  const results = { 'no file': [], RECORDS: [] };
  const reading = { settle, window, limit: duration + 60, flowing: STREAMS * SHORT };
  let perToken = Number.NaN;
  for (let round = 0; round < Number(given.rounds); round++) {
    const order = Object.keys(kinds);
    if (round % 2 === 1) order.reverse();
    for (const kind of order) {
      const before = await server.get('/count');
      const settings = { OUTPUT_TOKENS: `${SHORT}`, DURATION: `${duration}s`, RECORDS: kinds[kind] };
      const result = await readWindow(server, blast(server.url, settings), reading);
      results[kind].push(result);
      if (kinds[kind]) perToken = statSync(file).size / ((await server.get('/count')).tokens - before.tokens);
      console.log(`round ${round + 1}: ${kind.padEnd(8)} ${number(result.rate / 1000, 1).padStart(6)} k tokens/s`);
    }
  }
  await server.stop();
  const middle = (kind, key) => median(results[kind].map((r) => r[key]));
  // Neighbours in time are compared, then the middle of the comparisons taken.
  const price = (key) => median(results.RECORDS.map((r, round) => 100 * (1 - r[key] / results['no file'][round][key])));
  console.log(
    `\n${STREAMS} streams of ${SHORT} tokens as fast as they go; medians of ${given.rounds} rounds of ${window} s; ` +
      `${number(perToken, 1)} bytes of file a token\n`,
  );
  printTable(
    ['', 'tokens/s', 'per CPU s', 'client core', 'server core'],
    Object.keys(kinds).map((kind) => [
      kind,
      number(middle(kind, 'rate')),
      number(middle(kind, 'perCpu')),
      `${number(middle(kind, 'clientCore'))} %`,
      `${number(middle(kind, 'serverCore'))} %`,
    ]),
  );
  const [byTime, byCpu] = [price('rate'), price('perCpu')];
  console.log(
    `\nwriting costs ${number(byTime, 1)} % of the tokens per second and ${number(byCpu, 1)} % of those per CPU second` +
      ` (target: below 5 %): ${byCpu < 5 ? 'met' : 'MISSED'}`,
  );
  if (Math.min(middle('no file', 'clientCore'), middle('RECORDS', 'clientCore')) < 90) {
    console.log('note: bin/k6 did not fill its core: the figure per CPU second is the better one, and a rough one.');
  }
}

async function main() {
  warnIfBusy();
  const folder = mkdtempSync(join(tmpdir(), 'llmload-scale-'));
  try {
    await recordsPrice(folder);
    await largeRuns();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main().catch(fail);
