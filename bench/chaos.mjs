// `llmload chaos --suite`: when faults were seen, and seen to be over, against what their injectors say they did.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { product, root } from './lib/build.mjs';
import { printTable } from './lib/figures.mjs';
import { warnIfBusy } from './lib/proc.mjs';
import { fail, start } from './lib/processes.mjs';

const LLMLOAD = join(root, 'scripts/llmload.mjs');

/** The lines of a file, those of faults alone. */
const notes = (file) =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line.includes('"kind":"fault"'))
        .map((line) => JSON.parse(line))
    : [];

/** Where the load is the fault, the scenario's own notes are all there is. */
function truthOf(folder) {
  const journal = notes(join(folder, 'chaos.jsonl'));
  const done = journal.length > 0 ? journal : notes(join(folder, 'records.jsonl'));
  const at = (did) => {
    const note = done.find((each) => each.did === did);
    return note?.at ?? note?.asked;
  };
  return { made: at('inject'), undone: at('restore') };
}

/** By how much a moment misses the truth, ms; and whether that is within 1 s, or two intervals. */
function rowOf(folder) {
  const { chaos: [found] = [] } = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8'));
  const { made, undone } = truthOf(folder);
  const { detection, recovery, interval, fault, verdict } = found;
  const errors = [
    detection ? detection.at - made : undefined,
    recovery ? recovery.at - (recovery.unaided ? made : undone) : undefined,
  ];
  const within = errors.every((each) => each !== undefined && Math.abs(each) <= Math.max(1000, 2 * interval));
  const text = (error) => (error === undefined ? '–' : error.toFixed(0));
  const unaided = recovery?.unaided ? '*' : '';
  return [fault, text(errors[0]), `${text(errors[1])}${unaided}`, interval.toFixed(0), within ? 'yes' : 'NO', verdict];
}

/** Runs the suite in a folder that goes with it. */
async function suite(flags, use) {
  const cwd = mkdtempSync(join(tmpdir(), 'llmload-bench-chaos-'));
  try {
    product('chaos');
    warnIfBusy();
    const args = [LLMLOAD, 'chaos', '--suite', ...flags];
    const { code, stderr } = await start(process.execPath, args, { cwd, limit: 900 }).ended;
    const [name] = existsSync(join(cwd, 'runs')) ? readdirSync(join(cwd, 'runs')) : [];
    if (name === undefined) throw new Error(`llmload chaos ended with ${code}: ${stderr.slice(-500)}`);
    use(join(cwd, 'runs', name));
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

function tell(folder) {
  const faults = readdirSync(folder, { withFileTypes: true }).filter((each) => each.isDirectory());
  const head = ['fault', 'seen, ms late', 'over, ms late', 'interval, ms', 'within 1 s or 2 intervals', 'verdict'];
  printTable(
    head,
    faults.map(({ name }) => rowOf(join(folder, name))),
  );
  console.log('* over by itself: counted from the injection');
}

/** `node bench/chaos.mjs runs/…-chaos-suite` tells of a suite that was run. */
async function main([first = '', ...more]) {
  if (existsSync(first)) tell(first);
  else await suite([first, ...more].filter(Boolean), tell);
}

await main(process.argv.slice(2)).catch(fail);
