/** A registry of npm packages, made of folders: what `npm install llmload` asks, without the network. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

interface Manifest {
  name: string;
  version: string;
  dependencies?: Record<string, string>;
}

const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/** The folders of a package's dependencies, and of theirs. */
export function dependencies(folder: string, modules: string, found = new Map<string, string>()): Map<string, string> {
  for (const name of Object.keys(manifestOf(folder).dependencies ?? {})) {
    if (found.has(name)) continue;
    found.set(name, join(modules, name));
    dependencies(join(modules, name), modules, found);
  }
  return found;
}

/** As a registry keeps them, everything under package/; not compressed, which npm takes too. */
function tarball(folder: string, scratch: string): Buffer {
  mkdirSync(scratch);
  symlinkSync(folder, join(scratch, 'package'));
  const bytes = execFileSync('tar', ['-chf', '-', 'package'], { cwd: scratch, maxBuffer: 1 << 28 });
  rmSync(scratch, { recursive: true });
  return bytes;
}

/** @param scratch a folder that is not there yet */
export async function serveRegistry(folders: readonly string[], scratch: string) {
  const packages = new Map(folders.map((folder) => [manifestOf(folder).name, folder]));
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1);
    const name = path.replace(/\.tgz$/, '');
    asked.push(path);
    const folder = packages.get(name);
    if (folder === undefined) return response.writeHead(404).end('{}');
    if (name !== path) return response.end(tarball(folder, scratch));
    const manifest = manifestOf(folder);
    const version = { ...manifest, dist: { tarball: `http://${request.headers.host}/${name}.tgz` } };
    const versions = { [manifest.version]: version };
    return response.end(JSON.stringify({ name, versions, 'dist-tags': { latest: manifest.version } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked, close: () => server.close() };
}
