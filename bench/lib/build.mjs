// Builds what a bench runs, into .cache/bench. Go's own cache makes a second build instant.
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './processes.mjs';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const cache = join(root, '.cache/bench');

async function goBuild(name, cwd, pkg) {
  mkdirSync(cache, { recursive: true });
  const binary = join(cache, name);
  process.stderr.write(`building ${name} …\n`);
  try {
    await run('go', ['build', '-trimpath', '-ldflags=-s -w', '-o', binary, pkg], { cwd: join(root, cwd), limit: 900 });
  } catch (error) {
    if (String(error).includes('ENOENT')) throw new Error('Go ≥ 1.25 is needed: https://go.dev/dl/');
    throw error;
  }
  return binary;
}

export const buildServer = () => goBuild('server', 'bench', './server');
export const buildGoClient = () => goBuild('client-go', 'bench', './client-go');
export const buildCallbackK6 = () => goBuild('k6-callback', 'bench/k6-callback', '.');
/** k6 without any extension, of the version that bin/k6 is built on. */
export const buildBareK6 = () => goBuild('k6', 'extension', 'go.k6.io/k6');

/** bin/k6 and a scenario's bundle; throws with the command that makes what is missing. */
export function product(scenario) {
  const k6 = join(root, 'bin/k6');
  const bundle = join(root, `dist/${scenario}.js`);
  if (!existsSync(k6)) throw new Error('bin/k6 is missing: npm run build:k6');
  if (!existsSync(bundle)) throw new Error(`dist/${scenario}.js is missing: npm run build`);
  return { k6, bundle };
}

/** Python with aiohttp in a virtual environment of its own, or undefined with a line that says why. */
export async function pythonWithAiohttp() {
  const venv = join(root, '.cache/bench-venv');
  const python = join(venv, 'bin/python');
  try {
    if (!existsSync(python)) await run('python3', ['-m', 'venv', venv]);
    const installed = await run(python, ['-c', 'import aiohttp; print(aiohttp.__version__)']).catch(() => undefined);
    if (!installed) {
      process.stderr.write('installing aiohttp …\n');
      await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'aiohttp']);
    }
    return python;
  } catch (error) {
    console.log(`aiohttp is left out, python3 or pip does not work: ${String(error).split('\n')[0]}`);
    return undefined;
  }
}
