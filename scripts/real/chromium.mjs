// A Chromium that opens report.html in tests and for its pictures.
import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

const run = promisify(execFile);
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** There is none; the message says how to get one. */
export class ChromiumMissing extends Error {
  name = 'ChromiumMissing';
}

/**
 * Path of a Chromium: CHROMIUM, else one on the PATH; in CI, as root on Debian, it is installed.
 * @throws {ChromiumMissing}
 */
export async function findChromium(log = console.error) {
  const found = process.env.CHROMIUM || onPath();
  if (found) return found;
  if (process.env.CI === 'true' && process.getuid?.() === 0) await install(log);
  const installed = onPath();
  if (installed) return installed;
  throw new ChromiumMissing(
    `a Chromium is needed: CHROMIUM=/path/to/it, or one of ${NAMES.join(', ')} on the path (Debian: apt install chromium)`,
  );
}

/** A browser without a window; whoever asked for it closes it. @throws {ChromiumMissing} */
export async function startChromium(log) {
  // As root it has no sandbox; what it opens here is our own file.
  return chromium.launch({ executablePath: await findChromium(log), args: ['--no-sandbox'] });
}

function onPath() {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function install(log) {
  log('installing chromium (once, a minute)');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await run('apt-get', ['update', '-q'], { env });
    await run('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'], {
      env,
      maxBuffer: 2 ** 26,
    });
  } catch (error) {
    throw new ChromiumMissing(
      `a Chromium is needed, and apt-get could not install it: ${error.message.split('\n')[0]}`,
    );
  }
}
