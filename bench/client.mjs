// How many tokens per second one core can read: bin/k6 against a lean Go client, aiohttp, and k6 with a JavaScript callback
// per frame. The server runs on core 0, the client on core 1; the server counts the tokens, so all are measured alike and
// start-up and ramp-down are outside the window.
import { parseArgs } from 'node:util';
import { buildCallbackK6, buildGoClient, product, pythonWithAiohttp, root } from './lib/build.mjs';
import { median, number, printTable } from './lib/figures.mjs';
import { warnIfBusy } from './lib/proc.mjs';
import { fail } from './lib/processes.mjs';
import { startServer } from './lib/server.mjs';
import { pinned, readWindow } from './lib/window.mjs';

const STREAMS = 64;
const TOKENS = 100;

const { values: given } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    /** Seconds of load before the window, and of the window. */
    settle: { type: 'string', default: '2' },
    window: { type: 'string', default: '8' },
    /** Names of clients to run, comma-separated; default all. */
    only: { type: 'string' },
  },
});
const settle = Number(given.settle);
const window = Number(given.window);
// Long enough to cover start-up, settling and the window; every client stops by itself.
const duration = settle + window + 3;
const reading = { settle, window, limit: duration + 60, flowing: STREAMS * TOKENS };

async function clients() {
  const goClient = await buildGoClient();
  const callback = await buildCallbackK6();
  const python = await pythonWithAiohttp();
  const { k6, bundle } = product('blast');
  const plain = (url) => ['--url', url, '--streams', STREAMS, '--tokens', TOKENS, '--duration'];
  const go = (decode) => (url) => ({
    command: goClient,
    args: [...plain(url), `${duration}s`, '--decode', decode],
  });
  const settings = (url) => ({ BASE_URL: url, STREAMS: `${STREAMS}`, TOKENS: `${TOKENS}`, DURATION: `${duration}s` });
  const k6Flags = ['run', '--quiet', '--no-usage-report', '--address', ''];
  const all = {
    'bin/k6': (url) => ({
      command: k6,
      args: [...k6Flags, bundle],
      env: {
        BASE_URL: url,
        MODEL: 'bench',
        CONCURRENCY: `${STREAMS}`,
        OUTPUT_TOKENS: `${TOKENS}`,
        DURATION: `${duration}s`,
        WARMUP: '0s',
        SEED: '1',
      },
    }),
    'lean Go client': go('std'),
    'Go, own decoder': go('walk'),
    aiohttp:
      python && ((url) => ({ command: python, args: [`${root}/bench/aiohttp_client.py`, ...plain(url), duration] })),
    'k6 + callback': (url) => ({
      command: callback,
      args: [...k6Flags, `${root}/bench/k6-callback/callback.js`],
      env: settings(url),
    }),
  };
  const wanted = given.only?.split(',') ?? Object.keys(all);
  const unknown = wanted.filter((name) => !(name in all));
  if (unknown.length > 0) throw new Error(`--only: no client ${unknown}; there are ${Object.keys(all).join(', ')}`);
  return Object.entries(all).filter(([name, client]) => client && wanted.includes(name));
}

async function main() {
  const contenders = await clients();
  warnIfBusy();
  const server = await startServer(['--tokens', `${TOKENS}`], { core: pinned(0), limit: 3600 });
  const results = new Map(contenders.map(([name]) => [name, []]));
  for (let round = 0; round < Number(given.rounds); round++) {
    // Each round begins with another client, so that a slow phase of the machine does not always hit the same one.
    for (let i = 0; i < contenders.length; i++) {
      const [name, makeClient] = contenders[(i + round) % contenders.length];
      const result = await readWindow(server, makeClient(server.url), reading);
      results.get(name).push(result);
      console.log(`round ${round + 1}: ${name.padEnd(16)} ${number(result.rate / 1000, 1).padStart(6)} k tokens/s`);
    }
  }
  await server.stop();
  report(results);
}

/** What bin/k6 has to reach, as a ratio of the client's tokens/s. */
const TARGETS = { 'lean Go client': 1.0, aiohttp: 2.3, 'k6 + callback': 6 };

function report(results) {
  const middle = (name, key) => median(results.get(name).map((r) => r[key]));
  const ratio = (name, key) =>
    results.has('bin/k6') && name !== 'bin/k6' ? middle('bin/k6', key) / middle(name, key) : Number.NaN;
  console.log(
    `\n${STREAMS} streams of ${TOKENS} tokens as fast as they go, one write a token; medians of ${given.rounds} rounds of ${window} s\n`,
  );
  printTable(
    [
      'client',
      'tokens/s',
      'min',
      'max',
      'per CPU s',
      'client core',
      'server core',
      'bin/k6 ÷ it',
      'target',
      'by CPU s',
    ],
    [...results].map(([name, rounds]) => [
      name,
      number(middle(name, 'rate')),
      number(Math.min(...rounds.map((r) => r.rate))),
      number(Math.max(...rounds.map((r) => r.rate))),
      number(middle(name, 'perCpu')),
      `${number(middle(name, 'clientCore'))} %`,
      `${number(middle(name, 'serverCore'))} %`,
      number(ratio(name, 'rate'), 2),
      TARGETS[name] === undefined ? '' : `≥ ${TARGETS[name].toFixed(1)}`,
      number(ratio(name, 'perCpu'), 2),
    ]),
  );
  for (const [name] of results) {
    if (middle(name, 'clientCore') < 90) {
      const why = middle(name, 'serverCore') > 90 ? 'the server was the limit' : 'something else used the machine';
      console.log(`note: ${name} did not fill its core (${why}); its ratio by CPU seconds is the better one.`);
    }
  }
}

await main().catch(fail);
