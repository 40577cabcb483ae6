// The folders that become npm packages: llmload, and the k6 of a platform.
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import mustache from 'mustache';
import { exec } from '../build/exec.mjs';
import { npm } from '../build/npm.mjs';
import { binaryOf, packageOf, sha256 } from '../build/prebuilt.mjs';
import { root, version } from '../build/root.mjs';
import { nameOf, PLATFORMS } from './platforms.mjs';

const EXTENSION = join(root, 'extension');
/** npm packages that esbuild puts into what llmload brings: Papa Parse into dist/replay.js, the others into dist/report. */
const INSIDE = ['echarts', 'papaparse', 'tslib', 'zrender'];

const json = (file, value) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);

/**
 * The package of a platform's k6, with its licences and the source of what is ours.
 * @returns {string} its folder
 */
export function stageK6(platform, binary, thirdParty, folder) {
  const name = packageOf(nameOf(platform));
  const file = binaryOf(nameOf(platform));
  fresh(folder);
  mkdirSync(join(folder, 'bin'));
  copyFileSync(binary, join(folder, 'bin', file));
  chmodSync(join(folder, 'bin', file), 0o755);
  copyFileSync(join(EXTENSION, 'LICENSE.md'), join(folder, 'LICENSE.md'));
  writeFileSync(join(folder, 'THIRD-PARTY.txt'), thirdParty);
  const isSource = (path) => !/_test\.go$|testdata/.test(path);
  cpSync(EXTENSION, join(folder, 'source'), { recursive: true, filter: isSource });
  const template = readFileSync(join(root, 'scripts/release/k6.md'), 'utf8');
  writeFileSync(join(folder, 'README.md'), mustache.render(template, { ...platform, name, version, binary: file }));
  json(join(folder, 'package.json'), {
    name,
    version,
    description: `The k6 of llmload for ${platform.os} on ${platform.cpu}`,
    license: 'AGPL-3.0-only',
    os: [platform.os],
    cpu: [platform.cpu],
    bin: { 'llmload-k6': `bin/${file}` },
    preferUnplugged: true, // Yarn cannot run what is inside a zip
  });
  return folder;
}

/**
 * llmload as it is published: what `npm pack` makes of the clone, and which k6 belongs to it.
 * @param {Record<string, string>} binaries platform → file
 * @returns {Promise<string>} its folder
 */
export async function stageLlmload(binaries, folder) {
  fresh(folder);
  const tarball = join(folder, await npmPack(root, folder));
  const { code, output } = await exec('tar', ['xzf', tarball, '-C', folder, '--strip-components', '1']);
  if (code !== 0) throw new Error(`tar: ${output.trim()}`);
  rmSync(tarball);
  const {
    private: _,
    scripts,
    devDependencies,
    ...manifest
  } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const optionalDependencies = Object.fromEntries(Object.keys(binaries).map((name) => [packageOf(name), version]));
  json(join(folder, 'package.json'), { ...manifest, optionalDependencies });
  const checksums = Object.fromEntries(Object.entries(binaries).map(([name, file]) => [name, sha256(file)]));
  json(join(folder, 'dist/k6.json'), checksums);
  const licences = INSIDE.map(
    (name) => `${name}\n\n${readFileSync(join(root, 'node_modules', name, licenceOf(name)), 'utf8')}`,
  );
  writeFileSync(join(folder, 'dist/THIRD-PARTY.txt'), licences.join(`\n${'='.repeat(100)}\n`));
  return folder;
}

const licenceOf = (name) => (name === 'tslib' ? 'LICENSE.txt' : 'LICENSE');

/** Packs a folder into another one. @returns {Promise<string>} the tarball's name */
export async function npmPack(folder, into) {
  const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', into];
  const { code, output } = await npm(args, folder);
  if (code !== 0) throw new Error(`npm pack in ${folder}: ${output.trim()}`);
  return output.trim().split('\n').at(-1);
}

function fresh(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
}

/** The platform of this process, where a k6 is made for it. */
export const here = () => PLATFORMS.find(({ os, cpu }) => os === process.platform && cpu === process.arch);
