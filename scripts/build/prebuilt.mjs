// The k6 that came by npm: a package a platform, of which npm installs the one that fits. Only a release has any.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BuildError } from './build-error.mjs';
import { root, version } from './root.mjs';
import { hashOfTimes, readStamp, writeStamp } from './stamp.mjs';

/** Platform → sha256 of its binary, hexadecimal; written by scripts/release. */
const CHECKSUMS = join(root, 'dist/k6.json');
/** Which file was found to be right: hashing 50 MB takes a few tenths of a second. */
const VERIFIED = join(root, 'bin', '.verified');
const PLATFORM = `${process.platform}-${process.arch}`;

export const packageOf = (platform) => `@llmload/k6-${platform}`;
export const binaryOf = (platform) => (platform.startsWith('win32') ? 'k6.exe' : 'k6');
export const sha256 = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');

/**
 * The path of the platform's k6. npm checks that a package arrives as it was published. That it was published with this
 * release is checked here, once: k6 is handed the user's keys.
 * @returns {{ k6: string } | { missing: string }} a path, or why there is none
 * @throws {BuildError} where it is another than this release was made with
 */
export function prebuiltK6(platform = PLATFORM) {
  if (!existsSync(CHECKSUMS)) return { missing: '' };
  const wanted = JSON.parse(readFileSync(CHECKSUMS, 'utf8'))[platform];
  if (wanted === undefined) return { missing: `llmload brings no k6 for ${platform}` };
  const name = packageOf(platform);
  let manifest;
  try {
    manifest = createRequire(join(root, 'package.json')).resolve(`${name}/package.json`);
  } catch {
    return { missing: `${name} is not installed: npm install ${name}@${version} brings k6` };
  }
  const { version: found } = JSON.parse(readFileSync(manifest, 'utf8'));
  if (found !== version)
    throw new BuildError(`${name} is ${found}, llmload is ${version}: npm install ${name}@${version}`);
  const k6 = join(dirname(manifest), 'bin', binaryOf(platform));
  const stamp = existsSync(k6) ? hashOfTimes([k6], wanted) : undefined;
  if (stamp !== undefined && readStamp(VERIFIED) === stamp) return { k6 };
  if (stamp === undefined || sha256(k6) !== wanted)
    throw new BuildError(
      `${k6} is not the k6 of llmload ${version}: remove ${dirname(manifest)} and npm install again`,
    );
  try {
    writeStamp(VERIFIED, stamp);
  } catch {
    // A folder that cannot be written: it is checked again next time.
  }
  return { k6 };
}
