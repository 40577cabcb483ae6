// Builds bin/k6: k6 with the native driver in it; and bin/k6-v2, the same for k6 2.x.
// As a script: node scripts/build/k6.mjs [v2]
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative, resolve } from 'node:path';
import { BuildError } from './build-error.mjs';
import { exec } from './exec.mjs';
import { withV2 } from './k6-v2.mjs';
import { prebuiltK6 } from './prebuilt.mjs';
import { withProgress } from './progress.mjs';
import { root, version } from './root.mjs';
import { filesUnder, hashOfContents, readStamp, writeStamp } from './stamp.mjs';

const SOURCES = join(root, 'extension');
const EXE = process.platform === 'win32' ? '.exe' : '';
export const K6 = join(root, `bin/k6${EXE}`);
export const K6_V2 = join(root, `bin/k6-v2${EXE}`);

/** From this one on, go fetches the toolchain that go.mod asks for by itself. */
const OLDEST_GO = [1, 21];
const WANTED_GO = [1, 25];

export { BuildError };

const sources = () =>
  filesUnder([SOURCES], (path) => path.includes('testdata')).filter(
    (file) => (file.endsWith('.go') && !file.endsWith('_test.go')) || /\.(mod|sum)$/.test(file),
  );

/** What both must have been built from to be up to date. */
const wantedStamp = () => {
  const files = sources();
  const names = files.map((file) => relative(root, file));
  return hashOfContents(files, names, version, process.platform, process.arch);
};

const stampOf = (k6) => (k6 === K6 ? join(root, 'bin/.stamp') : join(root, 'bin/.stamp-v2'));
const isCurrent = (k6) => existsSync(k6) && readStamp(stampOf(k6)) === wantedStamp();

let found;

/**
 * The path of k6: LLMLOAD_K6, else the one that npm brought, else bin/k6, built first where it is missing or its sources
 * have changed. @throws {BuildError}
 */
export const ensureK6 = () => {
  found ??= findK6();
  return found;
};

async function findK6() {
  const own = process.env.LLMLOAD_K6;
  if (own && !existsSync(own)) throw new BuildError(`LLMLOAD_K6="${own}": there is no such file`);
  if (own) return resolve(own);
  const { k6, missing } = prebuiltK6();
  if (k6) return k6;
  return builtK6(K6).catch((error) => {
    throw missing && error instanceof BuildError ? new BuildError(`${missing}; or else: ${error.message}`) : error;
  });
}

/** @param {string} k6 K6 or K6_V2: built where it is missing or its sources have changed. @throws {BuildError} */
export async function builtK6(k6) {
  if (isCurrent(k6)) return k6;
  const env = await goEnvironment();
  const stamp = wantedStamp();
  const first = existsSync(k6) ? '' : ' (k6 itself is compiled: the first time takes 2 to 4 minutes)';
  await withProgress(`building bin/${basename(k6)}${first}`, build(k6, env));
  writeStamp(stampOf(k6), stamp);
  return k6;
}

async function build(k6, env) {
  mkdirSync(join(root, 'bin'), { recursive: true });
  const made = `${k6}.${process.pid}`; // renamed when whole, so that nobody runs half a binary
  try {
    if (k6 === K6_V2) await withV2(SOURCES, (flags) => goBuild(made, env, flags));
    else await goBuild(made, env);
  } catch (error) {
    rmSync(made, { force: true });
    throw error;
  }
  renameSync(made, k6);
}

/** Compiles k6 into `file`, for the platform that `env` names in GOOS and GOARCH. @throws {BuildError} */
export async function goBuild(file, env, flags = []) {
  // -trimpath: the same binary wherever it is built, and the same build cache as the tests'
  const args = ['build', ...flags, '-trimpath', '-ldflags', `-s -w -X main.version=${version}`, '-o', file, '.'];
  const { code, output } = await exec('go', args, { cwd: SOURCES, env });
  if (code !== 0) throw new BuildError(`k6 cannot be built (go build: exit ${code}): ${causeOf(output)}`);
}

/** Compilers need all their lines; of modules that cannot be had, one says what all of them say. */
function causeOf(output) {
  const lines = output.split('\n').filter((line) => line.trim() && !line.startsWith('go: downloading '));
  return lines.some((line) => line.startsWith('#')) ? lines.join('\n') : lines[0]?.replace(/^\S+\.go:[\d:]+ /, '');
}

/** Go's environment for the build. @throws {BuildError} where Go is missing or too old. */
export async function goEnvironment() {
  // Outside the module and with GOTOOLCHAIN=local it tells its own version, and fetches nothing.
  const { code, output } = await exec('go', ['env', 'GOVERSION'], {
    cwd: tmpdir(),
    env: { ...process.env, GOTOOLCHAIN: 'local' },
  });
  if (code === 127) throw new BuildError(`Go is not installed, and bin/k6 is built with it: ${ADVICE}`);
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(output) ?? [];
  const own = [Number(major), Number(minor)];
  if (major === undefined || older(own, OLDEST_GO))
    throw new BuildError(`Go ${own.join('.')} is too old to build bin/k6: ${ADVICE}`);
  // Without cgo the binary needs no C library, and is what a release has. Some distributions ship with GOTOOLCHAIN=local.
  // A user's own wish still counts.
  return { CGO_ENABLED: '0', ...(older(own, WANTED_GO) && { GOTOOLCHAIN: 'auto' }), ...process.env };
}

const ADVICE = `install Go ${WANTED_GO.join('.')} or newer (${OLDEST_GO.join('.')} and newer fetch it by themselves) from https://go.dev/dl`;

const older = (a, b) => a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);

if (process.argv[1]?.endsWith('k6.mjs') && import.meta.url.endsWith('/scripts/build/k6.mjs')) {
  const [major = 'v1', ...more] = process.argv.slice(2);
  const k6 = { v1: K6, v2: K6_V2 }[major];
  try {
    if (!k6 || more.length > 0) throw new BuildError(`"${[major, ...more].join(' ')}" is no k6; there are: v1, v2`);
    const current = isCurrent(k6);
    await builtK6(k6);
    if (current) console.log(`bin/${basename(k6)} is up to date`);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(`llmload: ${error.message}`);
    process.exitCode = 1;
  }
}
