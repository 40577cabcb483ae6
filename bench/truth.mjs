// How far bin/k6's figures are from what the server really did: one run at 64 and one at 256 streams against bench/server,
// which notes the time of each write; beside it what a lean Go client sees of the same load, which is what the machine itself
// adds. Then the same blast over stock k6's own HTTP client, which cannot see inside a stream.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBareK6, buildGoClient, product } from './lib/build.mjs';
import { number, printTable, quantile } from './lib/figures.mjs';
import { warnIfBusy } from './lib/proc.mjs';
import { fail, run } from './lib/processes.mjs';
import { startServer } from './lib/server.mjs';

const TOKENS = 50;
/** Requests of each stream: 12 × 1.2 s. */
const ROUNDS = 12;
const FLAGS = ['--truth', '--ttft', '200ms', '--token', '20ms', '--tokens', `${TOKENS}`, '--jitter', '0.1'];

/** Largest error allowed, in ms, by streams. */
const TARGETS = {
  64: { ttft: { p50: 1, p99: 2 }, itl: { p50: 0.5, p99: 1 } },
  256: { ttft: { p50: 1, p99: 8 }, itl: { p50: 0.5, p99: 3 } },
};

/** Runs blast and returns what k6 printed. */
function blast(k6, bundle, url, env, flags = []) {
  const settings = { BASE_URL: url, MODEL: 'bench', OUTPUT_TOKENS: `${TOKENS}`, WARMUP: '2s', SEED: '1', ...env };
  // --address '': two k6 at once would fight for the port of the REST API.
  return run(k6, ['run', '--quiet', '--no-usage-report', '--address', '', ...flags, bundle], {
    env: settings,
    limit: 180,
  });
}

/** Lines of a records file, the cut last one of an aborted run left out. */
const readLines = (file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line));

async function measured(folder, streams) {
  const { k6, bundle } = product('blast');
  const server = await startServer(FLAGS);
  const file = join(folder, `${streams}.jsonl`);
  await blast(k6, bundle, server.url, {
    CONCURRENCY: `${streams}`,
    TOTAL_REQUESTS: `${streams * ROUNDS}`,
    RECORDS: file,
    DRIVER: 'native',
  });
  const truth = await server.get('/truth');
  await server.stop();
  const records = readLines(file).filter((line) => line.id !== undefined && line.warm === false);
  return compare(records, truth);
}

/** The same load by bench/client-go: an error that it has too is the machine's. */
async function control(folder, streams) {
  const client = await buildGoClient();
  const server = await startServer(FLAGS);
  const file = join(folder, `${streams}-control.jsonl`);
  const load = ['--streams', `${streams}`, '--tokens', `${TOKENS}`, '--duration', `${ROUNDS * 1.2}s`];
  await run(client, ['--url', server.url, '--records', file, ...load]);
  const truth = await server.get('/truth');
  await server.stop();
  return compare(
    readLines(file).filter((line) => !line.warm),
    truth,
  );
}

/** Joins records and truth by request id. Truth's times count from the request's arrival, the client's from t(send). */
function compare(records, truth) {
  const result = {
    requests: records.length,
    unknown: 0,
    failed: 0,
    inexact: 0,
    off: [],
    ttft: [[], []],
    itl: [[], []],
  };
  for (const record of records) {
    const real = truth[record.id];
    if (record.outcome !== 'ok') result.failed++;
    if (!real) result.unknown++;
    if (record.outcome !== 'ok' || !real) continue;
    if (record.out !== real.tokens.length || record.gaps.length !== real.tokens.length - 1) result.inexact++;
    result.ttft[0].push(record.ttft);
    result.ttft[1].push(real.tokens[0]);
    result.off.push(Math.abs(record.ttft - real.tokens[0]));
    for (const gap of record.gaps) result.itl[0].push(gap);
    for (let i = 1; i < real.tokens.length; i++) result.itl[1].push(real.tokens[i] - real.tokens[i - 1]);
  }
  return result;
}

const signed = (error) => (error >= 0 ? '+' : '') + number(error, 2);

function rowsOf(streams, result, lean) {
  return ['ttft', 'itl'].flatMap((metric) =>
    ['p50', 'p99'].map((name) => {
      const of = (run) => run[metric].map((values) => quantile(values, name === 'p50' ? 0.5 : 0.99));
      const [seen, real] = of(result);
      const [leanSeen, leanReal] = of(lean);
      const limit = TARGETS[streams][metric][name];
      const error = seen - real;
      return [
        `${streams} streams`,
        `${metric.toUpperCase()} ${name}`,
        number(seen, 2),
        number(real, 2),
        signed(error),
        `± ${limit}`,
        Math.abs(error) <= limit ? 'met' : 'MISSED',
        signed(leanSeen - leanReal),
      ];
    }),
  );
}

/** The metrics that a run emitted samples of, from k6's JSON output, and the lines in which its summary speaks of TTFT. */
async function overHttp(folder, k6, env) {
  const { bundle } = product('blast');
  const server = await startServer(FLAGS);
  const file = join(folder, 'samples.json');
  const printed = await blast(k6, bundle, server.url, { CONCURRENCY: '16', TOTAL_REQUESTS: '64', ...env }, [
    '--out',
    `json=${file}`,
  ]);
  await server.stop();
  const points = readLines(file).filter((line) => line.type === 'Point');
  const count = (name) => points.filter((point) => point.metric === name).length;
  return {
    requests: count('llm_requests'),
    ttft: count('llm_ttft') + count('llm_ttft_samples'),
    itl: count('llm_itl'),
    said: printed.split('\n').filter((line) => /not measured/i.test(line)),
  };
}

async function main() {
  warnIfBusy();
  const folder = mkdtempSync(join(tmpdir(), 'llmload-truth-'));
  try {
    const results = new Map();
    const controls = new Map();
    for (const streams of Object.keys(TARGETS)) {
      console.log(`${streams} streams, ${ROUNDS * streams} requests of ${TOKENS} tokens …`);
      results.set(streams, await measured(folder, Number(streams)));
      controls.set(streams, await control(folder, Number(streams)));
    }
    console.log('\nms; TTFT 200, a token every 20, both ± 10 %; headers and role frame sent at once\n');
    printTable(
      ['', 'figure', 'measured', 'true', 'error', 'target', '', 'lean Go error'],
      [...results].flatMap(([streams, result]) => rowsOf(streams, result, controls.get(streams))),
    );
    for (const [streams, r] of results) {
      const exact = r.requests - r.failed - r.unknown - r.inexact;
      console.log(
        `${streams} streams: ${exact} of ${r.requests} requests ok and exact in tokens and frames` +
          ` (${r.failed} failed, ${r.unknown} without a truth, ${r.inexact} inexact);` +
          ` |TTFT − truth| of each request: p50 ${number(quantile(r.off, 0.5), 2)}, p99 ${number(quantile(r.off, 0.99), 2)} ms`,
      );
    }
    console.log('The client counts TTFT from t(send), the truth from the moment the request reached the server.\n');
    for (const [name, k6, env] of [
      ['bin/k6 with DRIVER=http', product('blast').k6, { DRIVER: 'http' }],
      ['stock k6', await buildBareK6(), {}],
    ]) {
      const http = await overHttp(folder, k6, env);
      console.log(
        `${name}: ${http.requests} requests, ${http.ttft} TTFT samples, ${http.itl} ITL samples (both must be 0); it says:`,
      );
      for (const line of http.said.length > 0 ? http.said : ['(nothing: MISSED)']) console.log(`  ${line.trim()}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main().catch(fail);
