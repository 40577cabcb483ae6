// npm test: everything, from a bare clone. Only Node's own modules until npm ci has run.
import { ensureBundles } from './build/bundles.mjs';
import { builtK6, ensureK6, K6_V2 } from './build/k6.mjs';
import { ensureModules } from './build/modules.mjs';
import { root } from './build/root.mjs';
import { findLlama } from './real/llama.mjs';
import { findPrometheus } from './real/prometheus.mjs';
import { findToxiproxy } from './real/toxiproxy.mjs';
import { goTest, goVet } from './testing/go.mjs';
import { Board, command, say } from './testing/stage.mjs';
import { vitest } from './testing/vitest.mjs';

const board = new Board();
const node =
  (...args) =>
  () =>
    command(process.execPath, args, { cwd: root }).then(() => {});
const stage = (name, work) => board.stage(name, work);

/** Nothing here touches bin/k6 or the network. */
async function typescript() {
  await stage('lint', node('node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'));
  await stage('typecheck: k6', node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'));
  await stage('typecheck: node', node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.node.json'));
  await stage('typecheck: browser', node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.browser.json'));
  await stage('unit tests', () => vitest('unit'));
}

/** k6 is compiled by the first of each three; the others find it in Go's cache. */
async function go() {
  const built = await stage('build bin/k6', () => ensureK6().then(() => {}));
  await stage('go vet', () => goVet('v1'));
  await stage('go test', () => goTest('v1'));
  await stage('build bin/k6-v2', () => builtK6(K6_V2).then(() => {}));
  await stage('go vet, k6 v2', () => goVet('v2'));
  await stage('go test, k6 v2', () => goTest('v2'));
  await stage('find real servers', realServers);
  return built;
}

/** Fetched and built while unit tests run. One that cannot be had is told by the tests that need it. */
async function realServers() {
  const quietly = () => {};
  await Promise.allSettled([findLlama(quietly), findPrometheus(quietly), findToxiproxy({ log: quietly })]);
}

board.start();
try {
  if (await stage('node_modules', ensureModules)) {
    const bundled = await stage('build dist', () => ensureBundles().then(() => {}));
    const [built] = await Promise.all([go(), typescript()]);
    if (bundled && built) {
      await stage('golden files', node('scripts/golden.mjs'));
      await stage('k6 tests', () => vitest('k6'));
      await stage('real servers', () => vitest('real'));
    }
  }
} finally {
  board.stop();
}
const { counts, failed } = board;
console.log(`\n${failed.length ? `failed: ${failed.join(', ')}` : 'all is well'}, ${board.seconds()} s`);
console.log(say(counts));
process.exitCode = failed.length > 0 || counts.failed > 0 ? 1 : 0;
