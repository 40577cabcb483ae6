// Stamps: a hash of what something was built from, kept beside what was built.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Every file under these paths, sorted; what `skip` names is left out. */
export function filesUnder(paths, skip = () => false) {
  const found = [];
  const visit = (path) => {
    if (skip(path)) return;
    if (statSync(path).isDirectory()) for (const name of readdirSync(path)) visit(join(path, name));
    else found.push(path);
  };
  for (const path of paths) visit(path);
  return found.sort();
}

/** Changes when a byte of a file does. */
export function hashOfContents(files, ...more) {
  const hash = createHash('sha256').update(JSON.stringify(more));
  for (const file of files) hash.update(`\0${file}\0`).update(readFileSync(file));
  return hash.digest('hex');
}

/** Changes when a file is written, appears or goes; a few ms for a source tree. */
export function hashOfTimes(files, ...more) {
  const hash = createHash('sha256').update(JSON.stringify(more));
  for (const file of files) {
    const { mtimeMs, size } = statSync(file);
    hash.update(`\0${file}\0${mtimeMs}\0${size}`);
  }
  return hash.digest('hex');
}

export function readStamp(file) {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined; // never built
  }
}

export function writeStamp(file, stamp) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${stamp}\n`);
}
