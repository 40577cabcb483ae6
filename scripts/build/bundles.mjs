// dist/: built again when a source has changed. Only a clone has sources; an installed package came with its dist/.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { modulesAreCurrent } from './modules.mjs';
import { root } from './root.mjs';
import { filesUnder, hashOfTimes, readStamp, writeStamp } from './stamp.mjs';

const STAMP = join(root, 'dist', '.stamp');
const COMMAND = join(root, 'dist/node/llmload.js');
const SOURCES = ['lib', 'thresholds', 'scenarios', 'mock', 'report', 'scripts', 'build.mjs', 'package.json'];

const isClone = () => existsSync(join(root, 'build.mjs')) && existsSync(join(root, 'scenarios'));

const wantedStamp = () => hashOfTimes(filesUnder(SOURCES.map((name) => join(root, name))));

/** The bundled command, up to date. A few ms where there is nothing to do. @throws Error with one line. */
export async function ensureBundles() {
  if (!isClone()) {
    if (!existsSync(COMMAND)) throw new Error('this install of llmload is not complete: dist/ is missing');
    return COMMAND;
  }
  const stamp = wantedStamp();
  if (existsSync(COMMAND) && readStamp(STAMP) === stamp) return COMMAND;
  if (!modulesAreCurrent()) throw new Error('node_modules is missing or outdated: run npm ci first');
  const { bundleScenarios, bundleCommand, bundleReport } = await import('../../build.mjs');
  await Promise.all([bundleScenarios(), bundleCommand(), bundleReport()]);
  writeStamp(STAMP, stamp);
  return COMMAND;
}
