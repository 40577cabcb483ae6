// A vitest project, counted.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../build/root.mjs';
import { command, StageError } from './stage.mjs';

/** @param {string} project */
export async function vitest(project) {
  const folder = mkdtempSync(join(tmpdir(), 'llmload-vitest-'));
  const file = join(folder, 'report.json');
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', project, '--reporter=default'];
  try {
    const options = { cwd: root, env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined } };
    const said = await command(process.execPath, [...args, '--reporter=json', `--outputFile.json=${file}`], options);
    // Why something is skipped is worth a line even when all is well.
    for (const line of said.split('\n')) if (/skipped: |skipping /i.test(line)) console.log(`     ${line.trim()}`);
    return counts(file);
  } catch (error) {
    throw new StageError(failures(error.message), counts(file));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function counts(file) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + (report.numTodoTests ?? 0),
    };
  } catch {
    return undefined; // it never came to a report
  }
}

/** What failed and why: vitest's text begins with what passed, and a log may be cut. */
function failures(text) {
  const from = text.search(/^⎯+ (Failed|Unhandled)/m);
  return from === -1 ? text : text.slice(from);
}
