// What `llmload compare` says of real pairs of runs: one server twice, and one whose times are all 20 % longer. As they come, one
// after the other, and with --repeat, in turns. Mocks have core 0, k6 has core 1.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { product, root } from './lib/build.mjs';
import { printTable } from './lib/figures.mjs';
import { warnIfBusy } from './lib/proc.mjs';
import { fail, run, start, until } from './lib/processes.mjs';
import { pinned } from './lib/window.mjs';

const LLMLOAD = join(root, 'scripts/llmload.mjs');
const GATE = ['--fail-on', 'regression=e2e.p50:10%'];

/** A mock whose times are all so much longer. */
async function startMock(by) {
  const times = ['--ttft-ms', `${100 * by}`, '--token-ms', `${10 * by}`, '--jitter', '0.3'];
  const flags = [LLMLOAD, 'mock', '--port', '0', '--tokens', '40', ...times];
  const mock = start(process.execPath, flags, { core: pinned(0), limit: 3600 });
  const [url] = await until(() => /http:\/\/[\d.:]+/.exec(mock.output.stdout), 'mock', 60);
  return { url, stop: mock.stop };
}

/** Runs a load; the name of its folder. */
async function load(url, seconds, cwd) {
  const flags = ['--url', url, '--rate', '10', '--duration', `${seconds}s`, '--arrival', 'poisson', '--warmup', '2s'];
  await run(process.execPath, [LLMLOAD, 'run', 'constant', ...flags], { core: pinned(1), cwd });
  return join('runs', readdirSync(join(cwd, 'runs')).sort().at(-1));
}

/** The comparison of two runs, and what the gate said. */
async function compare(a, b, cwd, more = []) {
  const json = join(cwd, 'found.json');
  const args = [LLMLOAD, 'compare', a, b, ...GATE, ...more, '--json', json];
  const { code, stderr } = await start(process.execPath, args, { core: pinned(1), cwd, limit: 900 }).ended;
  if (![0, 3, 99].includes(code)) throw new Error(`compare ended with ${code}: ${stderr.trim().split('\n').at(-1)}`);
  const [comparison] = JSON.parse(readFileSync(json, 'utf8')).comparisons;
  rmSync(json);
  return { rows: comparison.rows, code };
}

const percent = (change) => `${(100 * change).toFixed(1)}`;

/** What was said of a pair, and whether it is right. */
function told(name, isSlower, { rows, code }) {
  const said = (word) => rows.filter(({ verdict }) => verdict === word);
  const [worse, better, alike] = ['worse', 'better', 'no difference shown'].map(said);
  const figure = (wanted) => {
    const row = rows.find(({ figure }) => figure === wanted);
    return row?.low == null ? '–' : `${percent(row.change)} (${percent(row.low)} to ${percent(row.high)})`;
  };
  const right = better.length === 0 && (isSlower ? worse.length > 0 : worse.length === 0);
  const words = [worse.length && `${worse.length} worse`, better.length && `${better.length} better`].filter(Boolean);
  const cells = [words.join(', ') || 'no difference shown', alike.length, figure('ttft.p50'), figure('itl.mean'), code];
  return { name, right, cells: [name, right ? 'yes' : 'no', ...cells] };
}

async function main() {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '30' },
      repeat: { type: 'string', default: '3' },
    },
  });
  product('constant');
  warnIfBusy();
  const cwd = mkdtempSync(join(tmpdir(), 'llmload-compare-'));
  const mocks = [await startMock(1), await startMock(1.2)];
  const found = [];
  try {
    let last = [];
    for (let k = 1; k <= Number(values.rounds); k++) {
      process.stderr.write(`round ${k} of ${values.rounds} …\n`);
      last = [];
      for (const { url } of [mocks[0], mocks[0], mocks[1]]) last.push(await load(url, values.seconds, cwd));
      const [first, again, slower] = last;
      found.push(told('the same server', false, await compare(first, again, cwd)));
      found.push(told('20 % slower', true, await compare(again, slower, cwd)));
    }
    const [first, again, slower] = last;
    const inTurns = ['--repeat', values.repeat];
    process.stderr.write(`--repeat ${values.repeat}, twice …\n`);
    found.push(told(`the same, ${inTurns.join(' ')}`, false, await compare(first, again, cwd, inTurns)));
    found.push(told(`20 % slower, ${inTurns.join(' ')}`, true, await compare(first, slower, cwd, inTurns)));
  } finally {
    await Promise.all(mocks.map(({ stop }) => stop()));
    rmSync(cwd, { recursive: true, force: true });
  }
  printTable(
    ['pair', 'right', 'said', 'alike', 'TTFT p50 % (99 %)', 'ITL mean % (99 %)', 'gate'],
    found.map(({ cells }) => cells),
  );
  for (const name of new Set(found.map((pair) => pair.name))) {
    const own = found.filter((pair) => pair.name === name);
    console.log(`${name}: ${own.filter(({ right }) => right).length} of ${own.length} right`);
  }
  process.exitCode = found.every(({ right }) => right) ? 0 : 1;
}

await main().catch(fail);
