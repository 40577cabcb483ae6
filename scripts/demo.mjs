// npm run demo: from a bare clone to two load tests against a mock backend. Only Node's own modules until npm ci has run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ensureBundles } from './build/bundles.mjs';
import { ensureK6 } from './build/k6.mjs';
import { ensureModules } from './build/modules.mjs';
import { withProgress } from './build/progress.mjs';
import { root } from './build/root.mjs';

const LAUNCHER = join(root, 'scripts/llmload.mjs');

/** Two models, one slower; ten slots, so that twelve requests in flight have to queue. */
const MOCK = ['--models', 'small', '--slots', '10', '--jitter', '0.1', '--ttft-ms', '80', '--token-ms', '12'];
const LARGE = ['--model', 'large:ttft-ms=200,token-ms=20'];

const RAMP =
  '--model small --concurrency 12 --ramp-up 4s --hold 8s --ramp-down 2s --warmup 1s --slo ttft.p99<5s,errors<1%';
const MIX = '--mix small:0.7,large:0.3 --requests 200 --concurrency 12 --warmup 1s';

/** Settings of the shell are for the user's own server. */
const SYSTEM = /^(PATH|HOME|USER|SHELL|TERM|LANG|LC_.*|TMPDIR|TEMP|TMP|NO_COLOR|COLUMNS|SYSTEMROOT)$/i;
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => SYSTEM.test(name)));

async function demo() {
  await ensureModules();
  await ensureK6();
  await withProgress('bundling', ensureBundles());
  const before = pages();
  const mock = await startMock();
  try {
    say(`A mock LLM server is up at ${mock.url}: two models, 10 slots, the rest queues.`);
    say('1. A ramp: 12 requests in flight at its height, two more than there are slots.');
    await llmload(['run', 'ramp', '--url', mock.url, ...RAMP.split(' ')]);
    say('2. A mix: 70 % of the requests to the small model, 30 % to the large one.');
    await llmload(['run', 'mix', '--url', mock.url, ...MIX.split(' ')]);
  } finally {
    await mock.stop();
  }
  say('Each run is a page of its own, with charts:');
  for (const page of pages().filter((each) => !before.includes(each))) console.log(`  open ${page}`);
  say('Now your own server: npx llmload probe HOST:PORT');
}

/** What the user would have typed, and what comes of it. @throws Error when it fails */
async function llmload(args) {
  console.log(`$ npx llmload ${args.map((arg) => (/[<>]/.test(arg) ? `'${arg}'` : arg)).join(' ')}\n`);
  const child = spawn(process.execPath, [LAUNCHER, ...args], { stdio: 'inherit', env, cwd: root });
  const forward = () => {}; // a terminal tells the child itself; it ends, and then so do we
  process.on('SIGINT', forward);
  const [code] = await once(child, 'exit');
  process.off('SIGINT', forward);
  if (code !== 0) throw Object.assign(new Error(`llmload ${args[1]} ended with exit code ${code}`), { code });
}

/** The reports of all runs that were kept. */
function pages() {
  const runs = join(root, 'runs');
  const folders = existsSync(runs) ? readdirSync(runs) : [];
  return folders.map((run) => `runs/${run}/report.html`).filter((page) => existsSync(join(root, page)));
}

async function startMock() {
  const child = spawn(process.execPath, [LAUNCHER, 'mock', ...MOCK, ...LARGE], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
    detached: true, // Ctrl-C is for the load test; the mock goes when that has ended
  });
  const gone = once(child, 'exit');
  process.on('exit', () => child.kill());
  for await (const line of createInterface({ input: child.stdout })) {
    const [, url] = /(http:\/\/[^\s,]+)/.exec(line) ?? [];
    if (url)
      return {
        url,
        stop: () => {
          child.kill();
          return gone;
        },
      };
  }
  throw new Error('the mock did not start');
}

const say = (text) => console.log(`\n${text}`);

try {
  await demo();
} catch (error) {
  console.error(`demo: ${error instanceof Error ? error.message : error}`);
  process.exitCode = error.code ?? 1;
}
