// Go's tests, counted, against either k6.
import { join } from 'node:path';
import { goEnvironment } from '../build/k6.mjs';
import { withV2 } from '../build/k6-v2.mjs';
import { root } from '../build/root.mjs';
import { command, StageError } from './stage.mjs';

const cwd = join(root, 'extension');

/** `go vet` and `go test`, with k6 v1 or with k6 v2. -trimpath as the build has it, so that both share one build cache. */
const go = async (args, version) => {
  const env = await goEnvironment();
  const run = (flags) => command('go', [...args, ...flags, '-trimpath', './...'], { cwd, env });
  return version === 'v2' ? withV2(cwd, run) : run([]);
};

/** @param {'v1' | 'v2'} version of k6 */
export const goVet = async (version) => void (await go(['vet'], version));

/** @param {'v1' | 'v2'} version of k6 */
export async function goTest(version) {
  try {
    return read(await go(['test', '-json'], version)).counts;
  } catch (error) {
    const { counts, output } = read(error.stdout ?? '');
    throw new StageError(output || error.message, counts);
  }
}

/** `go test -json`: one event a line. Tests and their sub-tests count; the output of those that failed is kept. */
function read(text) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const outputs = new Map();
  let failed = '';
  for (const line of text.split('\n')) {
    const event = parse(line);
    if (event === undefined) {
      if (line.trim()) failed += `${line}\n`; // a compiler's message
      continue;
    }
    const key = `${event.Package} ${event.Test ?? ''}`;
    if (event.Action === 'output' || event.Action === 'build-output') {
      outputs.set(key, (outputs.get(key) ?? '') + event.Output);
      if (event.Action === 'build-output') failed += event.Output;
    }
    if (event.Action === 'fail') failed += outputs.get(key) ?? '';
    if (event.Test === undefined) continue;
    if (event.Action === 'pass') counts.passed++;
    if (event.Action === 'fail') counts.failed++;
    if (event.Action === 'skip') counts.skipped++;
  }
  return { counts, output: failed };
}

function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
