// Verdicts on real routers: our own, honest under each policy, and broken in each way. Caught and cleared, n of 3.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { product, root } from './lib/build.mjs';
import { printTable } from './lib/figures.mjs';
import { warnIfBusy } from './lib/proc.mjs';
import { fail, start } from './lib/processes.mjs';

const LLMLOAD = join(root, 'scripts/llmload.mjs');
/** By count, so that a busy machine asks as much. */
const LOAD = ['--requests', '1000', '--concurrency', '32', '--warmup', '1s', '--mock-tokens', '48'];
/** To hold to weights takes more than to have a share at all. */
const WEIGHTS = ['--mock-weights', '3,1', '--policy', 'round-robin', '--requests', '1600'];

/** What each run is told, and what it must find. */
const CASES = {
  'honest, least-busy': { flags: ['--policy', 'least-busy'] },
  'honest, round-robin': { flags: ['--policy', 'round-robin'] },
  'honest, round-robin 3:1': { flags: WEIGHTS },
  'honest, session': { flags: ['--policy', 'session', '--affinity'] },
  'wrong-model': { flags: ['--broken', 'wrong-model'], caught: /^routing/ },
  'wrong-model@0.01': { flags: ['--broken', 'wrong-model@0.01'], caught: /^routing/ },
  'wrong-backend': { flags: ['--broken', 'wrong-backend', '--mock-models', 'small,large;large'], caught: /^backend/ },
  'swapped-answers': { flags: ['--broken', 'swapped-answers'], caught: /^echo/ },
  // Both of a pair must be struck, and at the same time: a fifth of the requests is few pairs.
  'swapped-answers@0.2': { flags: ['--broken', 'swapped-answers@0.2'], caught: /^echo/ },
  buffered: { flags: ['--broken', 'buffered'], caught: /^buffering/ },
  sticky: { flags: ['--broken', 'sticky'], caught: /^fairness/ },
  'ignores-weights': { flags: [...WEIGHTS, '--broken', 'ignores-weights'], caught: /^split/ },
};

/** Exit code and the verdicts that failed. */
async function once({ flags }) {
  const cwd = mkdtempSync(join(tmpdir(), 'llmload-router-'));
  try {
    const { code, stdout, stderr } = await start(process.execPath, [LLMLOAD, 'router-test', ...LOAD, ...flags], {
      cwd,
      limit: 300,
    }).ended;
    const [folder] = readdirSync(join(cwd, 'runs')).map((name) => join(cwd, 'runs', name));
    const files = readdirSync(folder).filter((name) => name === 'results.json' || name === 'affinity');
    if (!files.includes('results.json')) throw new Error(`nothing was measured: ${(stdout + stderr).slice(-500)}`);
    const failed = files.flatMap((name) =>
      failedIn(join(folder, name === 'affinity' ? 'affinity/results.json' : name)),
    );
    return { code, failed };
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

function failedIn(file) {
  const { router, routing } = JSON.parse(readFileSync(file, 'utf8'));
  const all = [...router.verdicts, ...(routing ? [{ check: 'routing', ...routing }] : [])];
  return all
    .filter((v) => v.verdict === 'FAIL')
    .map((v) => ({ name: v.model ? `${v.check} ${v.model}` : v.check, why: v.why }));
}

async function main() {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' }, only: { type: 'string' } } });
  const names = values.only?.split(';') ?? Object.keys(CASES);
  const unknown = names.find((name) => !Object.hasOwn(CASES, name));
  if (unknown) throw new Error(`--only '${unknown}': there are ${Object.keys(CASES).join('; ')}`);
  const rounds = Number(values.rounds);
  product('router');
  warnIfBusy();
  const rows = [];
  for (const name of names) {
    const { caught } = CASES[name];
    const runs = [];
    for (let k = 1; k <= rounds; k++) {
      process.stderr.write(`${name}, ${k} of ${rounds} …\n`);
      runs.push(await once(CASES[name]));
    }
    const right = runs.filter((r) =>
      caught ? r.code === 99 && r.failed.some((v) => caught.test(v.name)) : r.code === 0,
    );
    const found = [...new Set(runs.flatMap((r) => r.failed.map((v) => v.name)))].join(', ') || '–';
    for (const { name: verdict, why } of caught ? [] : runs.flatMap((r) => r.failed))
      console.log(`${name}: ${verdict}: ${why}`);
    const codes = runs.map((r) => r.code).join(' ');
    rows.push({
      right: right.length,
      cells: [name, caught ? 'caught' : 'cleared', `${right.length} of ${rounds}`, codes, found],
    });
  }
  printTable(
    ['router', 'shall be', 'was', 'exit codes', 'verdicts that failed'],
    rows.map((r) => r.cells),
  );
  process.exitCode = rows.every((r) => r.right === rounds) ? 0 : 1;
}

await main().catch(fail);
