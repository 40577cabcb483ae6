// One k6 against four with a share of the load each, as k6-operator starts them: are their records together what one would have found?
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { product, root } from './lib/build.mjs';
import { number, printTable, quantile } from './lib/figures.mjs';
import { warnIfBusy } from './lib/proc.mjs';
import { fail, run, start, until } from './lib/processes.mjs';

const LLMLOAD = join(root, 'scripts/llmload.mjs');
const RUNNERS = 4;
/** Standard errors of a rank to either side: 99 %. */
const Z = 2.576;

const { values: given } = parseArgs({
  options: { rate: { type: 'string', default: '40' }, seconds: { type: 'string', default: '30' } },
});

const cut = (k) => (k === 0 ? '0' : k === RUNNERS ? '1' : `${k}/${RUNNERS}`);
const sequence = Array.from({ length: RUNNERS + 1 }, (_, k) => cut(k)).join(',');
const SHARES = Array.from({ length: RUNNERS }, (_, k) => [
  `--execution-segment=${cut(k)}:${cut(k + 1)}`,
  `--execution-segment-sequence=${sequence}`,
]);

/** A load by as many k6 as there are lists of flags, and what report makes of their records. */
async function load(url, shares, folder) {
  const { k6, bundle } = product('constant');
  const files = shares.map((_, k) => join(folder, `${shares.length}-${k}.jsonl`));
  const settings = { BASE_URL: url, MODEL: 'mock', RATE: given.rate, DURATION: `${given.seconds}s`, WARMUP: '2s' };
  const same = { ARRIVAL: 'poisson', WORKLOAD: 'chat', OUTPUT_TOKENS: '20', SEED: '7', RUN_ID: 'fixed' };
  await Promise.all(
    shares.map((flags, k) =>
      run(k6, ['run', '--quiet', '--no-usage-report', '--address', '', ...flags, bundle], {
        env: { ...settings, ...same, RECORDS: files[k] },
        limit: 600,
      }),
    ),
  );
  const json = join(folder, `${shares.length}.json`);
  await run(process.execPath, [LLMLOAD, 'report', ...files, '--json', json]);
  const times = files
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    .filter((line) => line.includes('"warm":false'))
    .map((line) => JSON.parse(line).ttft);
  return { step: JSON.parse(readFileSync(json, 'utf8')).steps[0], times };
}

/** Where one sample says that a percentile of the server lies (Conover, Practical Nonparametric Statistics, §3.2). */
function interval(times, q) {
  const reach = Z * Math.sqrt((q * (1 - q)) / times.length);
  return [quantile(times, Math.max(0, q - reach)), quantile(times, Math.min(1, q + reach))];
}

async function main() {
  warnIfBusy();
  // The time to the first token is that of the prompt: a latency of each request's own.
  const flags = ['mock', '--ttft-ms', '20', '--prompt-token-ms', '1', '--token-ms', '2'];
  const mock = start(process.execPath, [LLMLOAD, ...flags], { limit: 1200 });
  const [url] = await until(() => /http:\/\/[\d.:]+/.exec(mock.output.stdout), 'mock', 60);
  const folder = mkdtempSync(join(tmpdir(), 'llmload-segments-'));
  try {
    const one = await load(url, [[]], folder);
    const four = await load(url, SHARES, folder);
    let good = one.step.requests === four.step.requests && one.step.ok === four.step.ok;
    const rows = [
      ['requests', one.step.requests, '', four.step.requests],
      ['ok', one.step.ok, '', four.step.ok],
    ];
    for (const [name, q] of [
      ['p50', 0.5],
      ['p90', 0.9],
      ['p99', 0.99],
    ]) {
      const [low, high] = interval(one.times, q);
      const merged = four.step.metrics.ttft[name];
      good &&= merged >= low && merged <= high;
      const range = `${number(low, 1)} – ${number(high, 1)}`;
      rows.push([`TTFT ${name}, ms`, number(one.step.metrics.ttft[name], 1), range, number(merged, 1)]);
    }
    console.log(`constant at ${given.rate} req/s for ${given.seconds} s\n`);
    printTable(['', 'one k6', '99 % interval', `${RUNNERS} k6, merged`], rows);
    process.exitCode = good ? 0 : 1;
  } finally {
    await mock.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main().catch(fail);
