// Makes what a release consists of, in dist/release, says how to publish it, and stops.
//   node scripts/release.mjs          all platforms, from a checked tree
//   node scripts/release.mjs --here   llmload and the k6 of this platform, from the tree as it is (npm run pack)
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { exec } from './build/exec.mjs';
import { goBuild, goEnvironment } from './build/k6.mjs';
import { binaryOf, sha256 } from './build/prebuilt.mjs';
import { withProgress } from './build/progress.mjs';
import { root, version } from './build/root.mjs';
import { thirdParty } from './release/licences.mjs';
import { nameOf, PLATFORMS } from './release/platforms.mjs';
import { here, npmPack, stageK6, stageLlmload } from './release/stage.mjs';

const OUT = join(root, 'dist/release');
const EXTENSION = join(root, 'extension');

async function run(command, args, options) {
  const { code, output } = await exec(command, args, { cwd: root, ...options });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: exit ${code}: ${output.trim()}`);
  return output;
}

/** @throws Error where the tree is not what a release is made of */
async function check() {
  const changed = await run('git', ['status', '--porcelain']);
  if (changed) throw new Error(`the tree is not clean: ${changed.trim().split('\n').length} files; commit first`);
  const dated = new RegExp(`^## ${version.replaceAll('.', '\\.')} \\(\\d{4}-\\d\\d-\\d\\d\\)$`, 'm');
  if (!dated.test(readFileSync(join(root, 'CHANGELOG.md'), 'utf8')))
    throw new Error(`CHANGELOG.md has no "## ${version} (YYYY-MM-DD)": say what is new, and when`);
  if (await run('git', ['tag', '--list', `v${version}`]))
    throw new Error(`v${version} was released: raise the version`);
}

/** The k6 of a platform, as a tarball. */
async function packK6(platform, env) {
  const name = nameOf(platform);
  const target = { ...env, CGO_ENABLED: '0', GOOS: platform.goos, GOARCH: platform.goarch };
  const binary = join(OUT, 'bin', name, binaryOf(name));
  await withProgress(`building k6 for ${name}`, goBuild(binary, target));
  const folder = stageK6(platform, binary, await thirdParty(EXTENSION, target), join(OUT, 'stage'));
  return { name, binary, tarball: await npmPack(folder, OUT) };
}

/** All source of k6 in one archive, as the AGPL asks of who hands out binaries. */
async function packSource(env) {
  const name = `llmload-k6-${version}-source`;
  const folder = join(OUT, name);
  cpSync(EXTENSION, folder, { recursive: true });
  copyFileSync(join(root, 'package.json'), join(folder, 'llmload.package.json')); // has the version that the build stamps
  await run('go', ['mod', 'vendor'], { cwd: folder, env });
  await run('tar', ['czf', `${name}.tar.gz`, name], { cwd: OUT });
  rmSync(folder, { recursive: true });
  return `${name}.tar.gz`;
}

async function release() {
  const own = process.argv.includes('--here');
  if (own && !here()) throw new Error(`no k6 is made for ${process.platform}-${process.arch}`);
  if (!own) await check();
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  const env = await goEnvironment();
  await run(process.execPath, ['build.mjs']);
  const made = [];
  for (const platform of own ? [here()] : PLATFORMS) made.push(await packK6(platform, env));
  const source = own ? [] : [await withProgress('packing the source of k6', packSource(env))];
  const binaries = Object.fromEntries(made.map(({ name, binary }) => [name, binary]));
  const llmload = await npmPack(await stageLlmload(binaries, join(OUT, 'stage')), OUT);
  for (const folder of ['stage', 'bin']) rmSync(join(OUT, folder), { recursive: true });
  const tarballs = [...made.map(({ tarball }) => tarball), llmload];
  const sums = readdirSync(OUT).map((file) => `${sha256(join(OUT, file))}  ${file}\n`);
  writeFileSync(join(OUT, 'SHA256SUMS'), sums.join(''));
  const path = (file) => `./${relative(process.cwd(), join(OUT, file))}`;
  if (own) console.log(`npm install ${tarballs.map(path).join(' ')}`);
  else console.log(told(tarballs.map(path), [...source, 'SHA256SUMS'].map(path)));
}

const told = (tarballs, files) => `
llmload ${version} is in dist/release. Nothing is published yet.
  run so far: linux-x64, by npm test. The other binaries are cross-built: docs/releasing.md says what was run of them.

Once npm test has passed on this commit (the packages of k6 first, llmload asks for them):
${tarballs.map((file) => `  npm publish --access public ${file}`).join('\n')}
  git tag v${version} && git push origin v${version}
and beside the tag: ${files.join(', ')}`;

try {
  await release();
} catch (error) {
  console.error(`release: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
