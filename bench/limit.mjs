// The limit that is found against the limit that is known: a mock with slots, a staircase with random and with even arrivals,
// the adaptive search, the knee of a concurrency sweep. Then a client that is itself the limit, and what is said of it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { product, root } from './lib/build.mjs';
import { number, printTable } from './lib/figures.mjs';
import { warnIfBusy } from './lib/proc.mjs';
import { fail, run, start, until } from './lib/processes.mjs';
import { limitOfSlots } from './lib/queue.mjs';
import { startServer } from './lib/server.mjs';

const LLMLOAD = join(root, 'scripts/llmload.mjs');
const SLOTS = 40;
const SERVICE = 0.5;
/** Even arrivals find it busy, never full, up to here. */
const CAPACITY = SLOTS / SERVICE;
/** Random ones wait before: TTFT P99 has doubled. 40 gaps of ± 10 % vary by 2 % together. */
const RANDOM = limitOfSlots({ slots: SLOTS, ttft: 0.1, ttftSpread: 0.1, rest: 0.4, restSpread: 0.02 }, 1);
/** 100 ms to the first of 41 tokens, 10 ms to each other. */
const MOCK = ['--slots', `${SLOTS}`, '--ttft-ms', '100', '--token-ms', '10', '--tokens', '41', '--jitter', '0.1'];
/** Found within 10 % of the truth. */
const WITHIN = 0.1;

async function startMock() {
  const mock = start(process.execPath, [LLMLOAD, 'mock', ...MOCK], { limit: 1800 });
  const [url] = await until(() => /http:\/\/[\d.:]+/.exec(mock.output.stdout), 'mock', 60);
  return { url, stop: mock.stop };
}

/** Results of one run, its folder gone with it. */
async function results(work) {
  const folder = mkdtempSync(join(tmpdir(), 'llmload-limit-'));
  try {
    const json = join(folder, 'results.json');
    const from = performance.now();
    await work(json, folder);
    return { ...JSON.parse(readFileSync(json, 'utf8')), seconds: (performance.now() - from) / 1000 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const scenario = (name, settings, options) =>
  results((json) => {
    const { k6, bundle } = product(name);
    const flags = ['--quiet', '--no-usage-report', '--address', ''];
    return run(k6, ['run', ...flags, bundle], { env: { ...settings, SUMMARY_JSON: json }, limit: 600, ...options });
  });

const saturate = (url) =>
  results((json, cwd) =>
    run(process.execPath, [LLMLOAD, 'saturate', '--url', url, '--model', 'mock', '--json', json], { cwd, limit: 1200 }),
  );

const requests = ({ steps }) => steps.reduce((sum, s) => sum + s.requests, 0);

/** A row of the table; the middle of the range is what is compared. */
function row(way, found, [held, broken], rule, truth) {
  const off = (held + (broken ?? held)) / 2 / truth - 1;
  const range = broken === null ? `${held}` : `${held} – ${broken}`;
  const within = Math.abs(off) <= WITHIN;
  return {
    within,
    cells: [
      way,
      range,
      number(truth, 1),
      `${number(100 * off, 1)} %`,
      rule,
      requests(found),
      number(found.seconds),
      within ? 'yes' : 'NO',
    ],
  };
}

/** Each finds the limit its own way. The steps are an eighth of the capacity apart, so that a range can be right. */
const WAYS = {
  async saturation(target) {
    const rates = '46..86:10';
    const found = await scenario('saturation', { ...target, RATES: rates, DURATION: '20s', VUS: '400' });
    return [row(`saturation, RATES=${rates}`, found, found.limit.range, found.limit.rules.join(' '), RANDOM)];
  },
  async even(target) {
    const how = { RATES: '50..110:10', DURATION: '10s', BASELINE: '2', VUS: '400', ARRIVAL: 'constant' };
    const found = await scenario('saturation', { ...target, ...how });
    return [
      row('  evenly spaced, RATES=50..110:10', found, found.limit.range, found.limit.rules.join(' '), CAPACITY),
      row('  its knee, req/s', found, [found.knee?.load ?? Number.NaN, null], 'Kneedle', CAPACITY),
    ];
  },
  async saturate({ BASE_URL }) {
    const found = await saturate(BASE_URL);
    return [row('llmload saturate', found, found.limit.range, found.limit.rules.join(' '), RANDOM)];
  },
  async blast(target) {
    const found = await scenario('blast', { ...target, LEVELS: '5,10,20,40,80,160', DURATION: '10s', WARMUP: '1s' });
    return [row('blast, knee in flight', found, [found.knee?.load ?? Number.NaN, null], 'Kneedle', SLOTS)];
  },
};

/** One core, and a server that answers at once: what bin/k6 can start in a second is the limit. */
async function clientAsLimit() {
  const server = await startServer(['--tokens', '10', '--token', '1ms'], { core: 1 });
  const found = await scenario(
    'saturation',
    { BASE_URL: server.url, MODEL: 'bench', RATES: '500..3500:500', DURATION: '6s', BASELINE: '50', VUS: '150' },
    { core: 0 },
  );
  await server.stop();
  return found.limit;
}

async function main() {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '1' }, only: { type: 'string' } } });
  const ways = values.only?.split(',') ?? Object.keys(WAYS);
  const unknown = ways.find((way) => !Object.hasOwn(WAYS, way));
  if (unknown) throw new Error(`--only ${unknown}: there are ${Object.keys(WAYS).join(', ')}`);
  product('saturation');
  warnIfBusy();
  const mock = await startMock();
  const target = { BASE_URL: mock.url, MODEL: 'mock' };
  const rows = [];
  for (let k = 1; k <= Number(values.rounds); k++) {
    for (const way of ways) {
      process.stderr.write(`round ${k} of ${values.rounds}: ${way} (3, 2, 8 and 1 minutes) …\n`);
      rows.push(...(await WAYS[way](target)));
    }
  }
  await mock.stop();
  console.log(`\n${SLOTS} slots, ${SERVICE} s an answer: ${CAPACITY} req/s if evenly spaced, ${SLOTS} in flight.`);
  console.log(`Random arrivals double the TTFT P99 at ${number(RANDOM, 1)} req/s (simulated).\n`);
  printTable(
    ['', 'held – broke', 'truth', 'off by', 'rules', 'requests', 'seconds', `within ${100 * WITHIN} %`],
    rows.map((r) => r.cells),
  );
  console.log(`${rows.filter((r) => r.within).length} of ${rows.length} within ${100 * WITHIN} %`);

  process.stderr.write('the client as the limit …\n');
  const { client, sentence } = await clientAsLimit();
  console.log(
    `\na client on one core against a server that answers at once: ${client ? 'the client is blamed' : 'THE CLIENT IS NOT BLAMED'}\n  ${sentence}`,
  );
  process.exitCode = rows.every((r) => r.within) && client ? 0 : 1;
}

await main().catch(fail);
