// Where this package lies, from wherever this code runs: scripts/… in a clone, dist/node/ once bundled.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function find(folder) {
  const file = join(folder, 'package.json');
  if (existsSync(file)) {
    const { name, version } = JSON.parse(readFileSync(file, 'utf8'));
    if (name === 'llmload') return { root: folder, version };
  }
  const above = dirname(folder);
  if (above === folder) throw new Error('the package llmload is not complete: its package.json is missing');
  return find(above);
}

export const { root, version } = find(dirname(fileURLToPath(import.meta.url)));
