// `llmload bench --quick` against the simulated engine, whose capacity is known by formula: does the range hold the truth?
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { product, root } from './lib/build.mjs';
import { number, printTable } from './lib/figures.mjs';
import { warnIfBusy } from './lib/proc.mjs';
import { fail, start, until } from './lib/processes.mjs';

const LLMLOAD = join(root, 'scripts/llmload.mjs');
const ENGINE = '8b-h100';
/** Tokens of every prompt and answer. */
const [PROMPT, ANSWER] = [500, 200];
/** req/s: docs/engine.md, "capacity"; test/sim/engine.test.ts holds the engine against it. */
const CAPACITY = 30.4;
const WITHIN = 0.1;
/** A range that is wider says nothing, whatever it holds. */
const WIDEST = 2;

/** One bench in a folder that goes with it. */
async function quick(url, flags) {
  const cwd = mkdtempSync(join(tmpdir(), 'llmload-quick-'));
  try {
    const json = join(cwd, 'results.json');
    const lengths = ['--input-tokens', PROMPT, '--output-tokens', ANSWER, '--ignore-eos'].map(String);
    const args = [LLMLOAD, 'bench', '--quick', '--url', url, ...lengths, ...flags, '--json', json];
    const from = performance.now();
    const { code, stderr } = await start(process.execPath, args, { cwd, limit: 600 }).ended;
    // 99: the SLO did not hold, which is not what is asked here.
    if (code !== 0 && code !== 99) throw new Error(`llmload bench ended with ${code}: ${stderr.slice(-500)}`);
    return { ...JSON.parse(readFileSync(json, 'utf8')), seconds: (performance.now() - from) / 1000 };
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

/** By how much the range misses the truth, as a share; 0 where it holds it. */
const missOf = ([held, broken]) =>
  held > CAPACITY ? held / CAPACITY - 1 : broken === null || broken >= CAPACITY ? 0 : 1 - broken / CAPACITY;

function cellsOf({ limit, bench, seconds, steps }, round) {
  const [held, broken] = limit.range;
  const miss = missOf(limit.range);
  return [
    `round ${round}`,
    `${held} – ${broken ?? '…'}`,
    `${number((broken ?? Number.NaN) / held, 2)}`,
    number(CAPACITY, 1),
    miss === 0 ? 'holds it' : `${number(100 * miss, 1)} %`,
    limit.rule ?? '–',
    limit.recommended,
    bench.verdict,
    steps.length,
    number(seconds),
  ];
}

async function main() {
  const { values, positionals } = parseArgs({
    options: { rounds: { type: 'string', default: '3' } },
    allowPositionals: true, // flags of bench, after --
  });
  product('constant');
  warnIfBusy();
  const mock = start(process.execPath, [LLMLOAD, 'mock', '--engine', ENGINE], { limit: 1800 });
  const [url] = await until(() => /http:\/\/[\d.:]+/.exec(mock.output.stdout), 'mock', 60);
  const found = [];
  for (let round = 1; round <= Number(values.rounds); round++) {
    process.stderr.write(`round ${round} of ${values.rounds} (two minutes) …\n`);
    found.push(await quick(url, positionals));
    process.stderr.write(`  ${found.at(-1).bench.sentence}\n`);
  }
  await mock.stop();
  console.log(`\n${ENGINE}, prompts of ${PROMPT} and answers of ${ANSWER} tokens: ${CAPACITY} req/s by formula.\n`);
  printTable(
    ['', 'held – broke', 'ratio', 'truth', 'range misses it by', 'rule', 'recommended', 'chat', 'k6 runs', 'seconds'],
    found.map((results, k) => cellsOf(results, k + 1)),
  );
  const within = found.filter(({ limit: { range } }) => missOf(range) <= WITHIN && range[1] / range[0] <= WIDEST);
  const goal = `hold the truth or miss it by less than ${100 * WITHIN} %, with ends at most ${WIDEST} × apart`;
  console.log(`${within.length} of ${found.length} ${goal}`);
  process.exitCode = within.length === found.length ? 0 : 1;
}

await main().catch(fail);
