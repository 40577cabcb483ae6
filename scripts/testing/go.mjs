// Go's tests, counted.
import { join } from 'node:path';
import { goEnvironment } from '../build/k6.mjs';
import { root } from '../build/root.mjs';
import { command, StageError } from './stage.mjs';

const cwd = join(root, 'extension');

/** -trimpath as the build of bin/k6 has it, so that both share one build cache: k6 is compiled once. */
export const goVet = async () =>
  void (await command('go', ['vet', '-trimpath', './...'], { cwd, env: await goEnvironment() }));

export async function goTest() {
  const env = await goEnvironment();
  try {
    return read(await command('go', ['test', '-trimpath', '-json', './...'], { cwd, env })).counts;
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
