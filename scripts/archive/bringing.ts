import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../build/root.mjs';
import { withOther } from './tar.ts';

/** Driver → the folder of dist whose bundles bring it with them, over the extension `k6/x/<driver>`; as in build.mjs. */
export const BRINGING: Readonly<Record<string, string>> = { sse: 'sse', tcp: 'cloud' };

/** Builds those bundles where there are sources. No other command needs them; an installed package came with them. */
export async function ensureBringing(): Promise<void> {
  const build = join(root, 'build.mjs');
  if (existsSync(build)) await (await import(pathToFileURL(build).href)).bundleBringing();
}

/** A bundle and its source map. */
export interface Bundle {
  script: Buffer;
  map: Buffer;
}

export const bundleOf = (path: string): Bundle => ({ script: readFileSync(path), map: readFileSync(`${path}.map`) });

/**
 * The archive of a plain bundle, made into that of the same scenario that brings a driver. No k6 without the extension
 * can evaluate that one; but the options and the files that it opens are the same (tested), so only the code differs, and what k6
 * is told that it needs.
 */
export function bringing(driver: string, archive: Buffer, plain: Bundle, own: Bundle): Buffer {
  return withOther(archive, (name, contents) => {
    if (name === 'metadata.json') return needing(driver, contents);
    if (contents.equals(plain.script)) return own.script;
    if (contents.equals(plain.map)) return nearer(own.map);
    return undefined;
  });
}

/** As k6's own `k6 archive` notes it, for who must provide the extension. */
function needing(driver: string, metadata: Buffer): Buffer {
  const read = JSON.parse(metadata.toString());
  read.dependencies = { ...read.dependencies, [`k6/x/${driver}`]: '*' };
  return Buffer.from(`${JSON.stringify(read, null, 2)}\n`);
}

/** The map of a bundle that lies a folder deeper than where the archive has it. */
function nearer(map: Buffer): Buffer {
  const read = JSON.parse(map.toString());
  read.sources = read.sources.map((path: string) => path.replace(/^\.\.\//, ''));
  return Buffer.from(JSON.stringify(read));
}
