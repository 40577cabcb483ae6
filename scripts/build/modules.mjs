// node_modules: is what package-lock.json asks for there? Node built-ins only, this runs before npm ci.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './npm.mjs';
import { withProgress } from './progress.mjs';
import { root } from './root.mjs';

const packagesIn = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    return undefined;
  }
};

/** True if every package of the lock file is installed in its version; optional ones belong to other platforms. */
export function modulesAreCurrent() {
  const wanted = packagesIn(join(root, 'package-lock.json')) ?? {};
  const there = packagesIn(join(root, 'node_modules/.package-lock.json'));
  if (!there) return false;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || optional || there[path]?.version === version,
  );
}

/** Runs npm ci where node_modules is missing or outdated. @throws Error with npm's last lines. */
export async function ensureModules() {
  if (modulesAreCurrent()) return;
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel', 'error'];
  const { code, output } = await withProgress('installing node_modules (npm ci)', npm(args, root));
  if (code === 0) return;
  const errors = output.split('\n').filter((line) => /^npm error \S/.test(line)); // the first ones say why
  throw new Error(`npm ci failed (exit ${code}): ${errors.length ? errors.slice(0, 5).join('; ') : output.trim()}`);
}
