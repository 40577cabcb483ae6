// A Python virtual environment in .cache/, made once for each set of packages.
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = fileURLToPath(new URL('../../.cache/', import.meta.url));

/** The oldest Python that the packages in use here have wheels for. */
const OLDEST = [3, 10];

/** There is no Python that could make an environment; the message says what to install. */
export class PythonMissing extends Error {
  name = 'PythonMissing';
}

/**
 * The command of a Python that is new enough and can make environments with pip.
 * @throws {PythonMissing}
 */
export async function findPython(candidates = [process.env.PYTHON, 'python3', 'python'].filter(Boolean)) {
  const seen = [];
  for (const command of candidates) {
    const version = await ask(command, 'import sys; print("%d.%d" % sys.version_info[:2])');
    if (version === undefined) continue;
    const [major, minor] = version.split('.').map(Number);
    const old = major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
    if (old) seen.push(`${command} is ${version}`);
    else if ((await ask(command, 'import venv, ensurepip')) === undefined)
      seen.push(`${command} ${version} lacks venv or pip (Debian: apt install python3-venv)`);
    else return command;
  }
  const why = seen.length > 0 ? seen.join('; ') : `no ${candidates.join(' or ')} on the path`;
  throw new PythonMissing(`Python ${OLDEST.join('.')} or newer with venv and pip is needed: ${why}`);
}

/**
 * Path of the Python of `.cache/NAME`, in which `packages` (pinned) are installed; made on the first call.
 * @throws {PythonMissing} or an Error with the last line of pip.
 */
export async function ensureVenv(name, packages, log = console.error) {
  const folder = join(cache, name);
  const python = join(folder, 'bin', 'python');
  const marker = join(folder, 'packages');
  const wanted = packages.join('\n');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return python;
  const base = await findPython();
  mkdirSync(cache, { recursive: true });
  rmSync(folder, { recursive: true, force: true }); // half made, or other packages
  log(`creating .cache/${name} (once)`);
  await run(base, ['-m', 'venv', folder]);
  log(`installing ${packages.join(', ')}`);
  await pip(python, packages, log);
  writeFileSync(marker, wanted); // last: an environment without it is begun again
  log(`installed in .cache/${name}`);
  return python;
}

function pip(python, packages, log) {
  const options = ['--disable-pip-version-check', '--no-input', '--progress-bar', 'off', '--prefer-binary'];
  const child = spawn(python, ['-m', 'pip', 'install', ...options, ...packages], { stdio: ['ignore', 'pipe', 'pipe'] });
  let last = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    for (const [, found] of text.matchAll(/^\s*Downloading (.+ MB\))$/gm)) log(`  ${found}`);
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    last =
      text
        .trim()
        .split('\n')
        .findLast((line) => line.startsWith('ERROR')) ?? last;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`pip install failed: ${last || code}`))));
  });
}

/** What `code` prints; undefined when it fails. */
async function ask(command, code) {
  try {
    return (await run(command, ['-c', code])).stdout.trim();
  } catch {
    return undefined;
  }
}
