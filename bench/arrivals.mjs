// When requests reach the server: the spread of their gaps and their number against the plan, and how late bin/k6 is.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { product } from './lib/build.mjs';
import { number, printTable } from './lib/figures.mjs';
import { warnIfBusy } from './lib/proc.mjs';
import { fail, run } from './lib/processes.mjs';
import { startServer } from './lib/server.mjs';

/** Arrival → the coefficient of variation of its gaps. */
const ARRIVALS = { poisson: 1, 'gamma:0.5': Math.SQRT2, constant: 0 };
/** The CV may be off by this from the plan's own; of 12,000 exponential gaps that is off the process's by 0.01, of burstier ones by more. */
const WITHIN = 0.05;
/** ms, of random arrivals, with a core to spare. */
const MOST_P99 = 5;

/** Standard deviation of the gaps over their mean. */
function cv(times) {
  const sorted = Float64Array.from(times).sort();
  const gaps = sorted.slice(1).map((t, i) => t - sorted[i]);
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  return Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length) / mean;
}

/** One run of `constant`: its results, and the moments at which the server had its measured requests. */
async function measured(arrival, rate, seconds) {
  const folder = mkdtempSync(join(tmpdir(), 'llmload-arrivals-'));
  const server = await startServer(['--truth', '--ttft', '50ms', '--token', '5ms', '--tokens', '20'], {
    limit: seconds + 240,
  });
  try {
    const { k6, bundle } = product('constant');
    const [json, jsonl] = [join(folder, 'results.json'), join(folder, 'records.jsonl')];
    // A second an answer, where it takes 0.15.
    const load = { RATE: `${rate}`, DURATION: `${seconds}s`, VUS: `${Math.max(10, rate)}`, SEED: '1' };
    await run(k6, ['run', '--quiet', '--no-usage-report', '--address', '', bundle], {
      env: { BASE_URL: server.url, MODEL: 'bench', ...load, ARRIVAL: arrival, SUMMARY_JSON: json, RECORDS: jsonl },
      limit: seconds + 240,
    });
    const truth = await server.get('/truth');
    const records = readFileSync(jsonl, 'utf8')
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line))
      .filter(({ id, warm }) => id !== undefined && !warm);
    const { steps } = JSON.parse(readFileSync(json, 'utf8'));
    const planned = records.flatMap(({ due }) => due ?? []);
    return { step: steps[0], planned, received: records.flatMap(({ id }) => truth[id]?.received ?? []) };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function rowOf(arrival, count, { step: { requests, dropped, schedule }, planned, received }) {
  const spread = cv(received);
  const plan = planned.length > 0 ? cv(planned) : ARRIVALS[arrival];
  const exact = requests === count && received.length === count && dropped === 0;
  const met = exact && Math.abs(spread - plan) <= WITHIN && schedule?.p99 <= MOST_P99;
  const ms = (value) => number(value, 1);
  return [
    arrival,
    count,
    received.length,
    dropped,
    number(ARRIVALS[arrival], 3),
    number(plan, 3),
    number(spread, 3),
    ms(schedule?.p50),
    ms(schedule?.p99),
    ms(schedule?.max),
    schedule ? `${number(100 * schedule.onTime, 2)} %` : '–',
    // Evenly spaced starts are k6's own, for comparison.
    arrival === 'constant' ? '–' : met ? 'met' : 'MISSED',
  ];
}

async function main() {
  const { values } = parseArgs({
    options: {
      rate: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '60' },
      only: { type: 'string' },
    },
  });
  const [rate, seconds] = [Number(values.rate), Number(values.seconds)];
  const arrivals = values.only?.split(';') ?? Object.keys(ARRIVALS);
  const unknown = arrivals.find((arrival) => !Object.hasOwn(ARRIVALS, arrival));
  if (unknown) throw new Error(`--only ${unknown}: there are ${Object.keys(ARRIVALS).join('; ')}`);
  warnIfBusy();
  const rows = [];
  for (const arrival of arrivals) {
    process.stderr.write(`${arrival}, ${rate}/s for ${seconds} s …\n`);
    rows.push(rowOf(arrival, Math.round(rate * seconds), await measured(arrival, rate, seconds)));
  }
  console.log(`\n${rate} requests a second for ${seconds} s\n`);
  const lag = ['late p50 ms', 'p99', 'max'];
  printTable(
    ['', 'planned', 'at the server', 'dropped', 'CV', 'of the plan', 'at the server', ...lag, 'within 10 ms', 'goal'],
    rows,
  );
  process.exitCode = rows.some((row) => row.at(-1) === 'MISSED') ? 1 : 0;
}

await main().catch(fail);
