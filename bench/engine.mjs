// How fast the mock's simulated engine streams: the mock on core 0, the lean Go client on core 1, tokens counted by the mock.
// First an engine whose steps ask for somewhat more than 30,000 tokens/s, then one that asks for more than any mock can
// do; then a light load, where the client's times are held against the engine's own schedule.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBundles } from '../scripts/build/bundles.mjs';
import { buildGoClient } from './lib/build.mjs';
import { number, printTable, quantile } from './lib/figures.mjs';
import { warnIfBusy } from './lib/proc.mjs';
import { fail, run, start, until } from './lib/processes.mjs';
import { pinned, readWindow } from './lib/window.mjs';

const STREAMS = 256;
const TOKENS = 200;
/** Tokens per second on one core. */
const TARGET = 30_000;

const FAST = {
  'asks for 36,600/s': '8b-h100,base-ms=5,sequence-ms=0.0078125,prefill-token-ms=0,context-token-ms=0',
  'asks for 128,000/s': '8b-h100,base-ms=1,sequence-ms=0.00390625,prefill-token-ms=0,context-token-ms=0',
};

const { values: given } = parseArgs({
  options: { settle: { type: 'string', default: '2' }, window: { type: 'string', default: '8' } },
});
const settle = Number(given.settle);
const window = Number(given.window);
const duration = settle + window + 3;

/** The mock with an engine, on core 0. */
async function startMock(engine) {
  const args = [await ensureBundles(), 'mock', '--models', 'bench', '--tokens', '100000', '--engine', engine];
  const mock = start(process.execPath, args, { core: pinned(0), limit: 600 });
  const [, url] = await until(() => /mock at (\S+),/.exec(mock.output.stdout), 'answer of llmload mock', 30);
  const text = async (path) => (await fetch(url + path)).text();
  const metrics = async () => {
    const lines = (await text('/metrics')).split('\n').filter((line) => line.includes('model_name="bench"'));
    return (name) =>
      Number(
        lines
          .find((line) => line.startsWith(`${name}{`))
          ?.split(' ')
          .at(-1),
      );
  };
  const get = async () => ({ tokens: (await metrics())('vllm:generation_tokens_total'), up_ms: performance.now() });
  return { url, pid: mock.pid, get, metrics, truth: async () => JSON.parse(await text('/truth')), stop: mock.stop };
}

async function throughput(client, engine) {
  const mock = await startMock(engine);
  const args = ['--url', mock.url, '--streams', STREAMS, '--tokens', TOKENS, '--duration', `${duration}s`];
  const reading = { settle, window, limit: duration + 60, flowing: STREAMS * TOKENS };
  const result = await readWindow(mock, { command: client, args }, reading);
  const starved = (await mock.metrics())('llmload_mock_starved_total');
  await mock.stop();
  return { ...result, perMockCpu: result.rate / (result.serverCore / 100), starved };
}

/** Few streams on an engine of 10 ms a step: everybody has time, so what differs from the schedule is the error of real time. */
async function light(client, folder) {
  const streams = 8;
  const mock = await startMock('tiny,base-ms=10,sequence-ms=0.05');
  const file = join(folder, 'light.jsonl');
  const load = ['--streams', `${streams}`, '--tokens', '100', '--duration', '8s'];
  await run(client, ['--url', mock.url, '--records', file, ...load]);
  const [metrics, truth] = [await mock.metrics(), await mock.truth()];
  await mock.stop();
  const records = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const mean = (name) => (1000 * metrics(`${name}_sum`)) / metrics(`${name}_count`);
  const gaps = (frames) => frames.slice(1).map((at, k) => at - frames[k]);
  return {
    ttft: {
      engine: mean('vllm:time_to_first_token_seconds'),
      mock: truth.map(({ frames }) => frames[0]),
      client: records.map(({ ttft }) => ttft),
    },
    itl: {
      engine: mean('vllm:inter_token_latency_seconds'),
      mock: truth.flatMap(({ frames }) => gaps(frames)),
      client: records.flatMap((record) => record.gaps),
    },
  };
}

const meanOf = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

async function main() {
  const client = await buildGoClient();
  warnIfBusy();
  const rows = [];
  for (const [name, engine] of Object.entries(FAST)) {
    const { rate, serverCore, clientCore, perMockCpu, starved } = await throughput(client, engine);
    const verdict = rate >= TARGET ? 'met' : perMockCpu >= TARGET ? 'met by CPU s' : 'MISSED';
    rows.push([
      name,
      number(rate),
      `${number(serverCore)} %`,
      number(perMockCpu),
      `${number(clientCore)} %`,
      starved,
      `≥ ${TARGET}`,
      verdict,
    ]);
  }
  console.log(`\n${STREAMS} streams of ${TOKENS} tokens, one frame a token, window of ${window} s\n`);
  printTable(['engine', 'tokens/s', 'mock core', 'per mock CPU s', 'client core', 'starved', 'target', ''], rows);

  const folder = mkdtempSync(join(tmpdir(), 'llmload-engine-'));
  try {
    const figures = await light(client, folder);
    console.log(
      '\n8 streams, a step of 10.4 ms; ms; the engine’s own schedule, what the mock did, what the client saw\n',
    );
    printTable(
      ['', 'schedule mean', 'mock mean', 'p50', 'p99', 'client mean', 'p50', 'p99'],
      Object.entries(figures).map(([name, { engine, mock, client: seen }]) => [
        name.toUpperCase(),
        number(engine, 2),
        ...[mock, seen].flatMap((v) => [meanOf(v), quantile(v, 0.5), quantile(v, 0.99)].map((x) => number(x, 2))),
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main().catch(fail);
