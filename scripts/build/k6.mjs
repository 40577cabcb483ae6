// Builds bin/k6: k6 with the native driver in it. As a script: node scripts/build/k6.mjs
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { BuildError } from './build-error.mjs';
import { exec } from './exec.mjs';
import { prebuiltK6 } from './prebuilt.mjs';
import { withProgress } from './progress.mjs';
import { root, version } from './root.mjs';
import { filesUnder, hashOfContents, readStamp, writeStamp } from './stamp.mjs';

const WINDOWS = process.platform === 'win32';
export const K6 = join(root, 'bin', WINDOWS ? 'k6.exe' : 'k6');
const STAMP = join(root, 'bin', '.stamp');
const SOURCES = join(root, 'extension');

/** From this one on, go fetches the toolchain that go.mod asks for by itself. */
const OLDEST_GO = [1, 21];
const WANTED_GO = [1, 25];

export { BuildError };

const sources = () =>
  filesUnder([SOURCES], (path) => path.includes('testdata')).filter(
    (file) => (file.endsWith('.go') && !file.endsWith('_test.go')) || /go\.(mod|sum)$/.test(file),
  );

/** What bin/k6 must have been built from to be up to date. */
export const wantedStamp = () => {
  const files = sources();
  const names = files.map((file) => relative(root, file));
  return hashOfContents(files, names, version, process.platform, process.arch);
};

export const k6IsCurrent = () => existsSync(K6) && readStamp(STAMP) === wantedStamp();

let found;

/** The path of k6: the one that npm brought, else bin/k6, built first where it is missing or its sources have changed. @throws {BuildError} */
export const ensureK6 = () => {
  found ??= findK6();
  return found;
};

async function findK6() {
  const { k6, missing } = prebuiltK6();
  if (k6) return k6;
  const stamp = wantedStamp();
  if (existsSync(K6) && readStamp(STAMP) === stamp) return K6;
  const env = await goEnvironment().catch((error) => {
    throw missing && error instanceof BuildError ? new BuildError(`${missing}; or else: ${error.message}`) : error;
  });
  const first = existsSync(K6) ? '' : ' (k6 itself is compiled: the first time takes 2 to 4 minutes)';
  await withProgress(`building bin/k6${first}`, build(env));
  writeStamp(STAMP, stamp);
  return K6;
}

async function build(env) {
  mkdirSync(join(root, 'bin'), { recursive: true });
  const made = `${K6}.${process.pid}`; // renamed when whole, so that nobody runs half a binary
  try {
    await goBuild(made, env);
  } catch (error) {
    rmSync(made, { force: true });
    throw error;
  }
  renameSync(made, K6);
}

/** Compiles k6 into `file`, for the platform that `env` names in GOOS and GOARCH. @throws {BuildError} */
export async function goBuild(file, env) {
  // -trimpath: the same binary wherever it is built, and the same build cache as the tests'
  const args = ['build', '-trimpath', '-ldflags', `-s -w -X main.version=${version}`, '-o', file, '.'];
  const { code, output } = await exec('go', args, { cwd: SOURCES, env });
  if (code !== 0) throw new BuildError(`k6 cannot be built (go build: exit ${code}): ${output.trim()}`);
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
  try {
    const current = k6IsCurrent();
    await ensureK6();
    if (current) console.log('bin/k6 is up to date');
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(`llmload: ${error.message}`);
    process.exitCode = 1;
  }
}
