// The same sources against k6 v2, whose packages have other paths: Go is shown them with their imports rewritten.
// As a script: go mod tidy of extension/v2.mod
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { root } from './root.mjs';
import { filesUnder } from './stamp.mjs';

/**
 * Runs `work` with the flags by which `go build`, `vet`, `test` or `mod tidy` in `folder` take the k6 of its v2.mod.
 * @template T
 * @param {string} folder
 * @param {(flags: string[]) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withV2(folder, work) {
  const copies = mkdtempSync(join(tmpdir(), 'llmload-k6-v2-'));
  const overlay = join(copies, 'overlay.json');
  try {
    const Replace = {};
    for (const file of filesUnder([folder])) {
      if (!file.endsWith('.go')) continue;
      const text = readFileSync(file, 'utf8');
      const rewritten = text.replaceAll('"go.k6.io/k6/', '"go.k6.io/k6/v2/');
      if (rewritten === text) continue;
      Replace[file] = join(copies, relative(folder, file).replaceAll(sep, '-'));
      writeFileSync(Replace[file], rewritten);
    }
    writeFileSync(overlay, JSON.stringify({ Replace }));
    return await work(['-modfile=v2.mod', `-overlay=${overlay}`]);
  } finally {
    rmSync(copies, { recursive: true, force: true });
  }
}

if (process.argv[1]?.endsWith('k6-v2.mjs')) {
  const cwd = join(root, 'extension');
  const tidy = (flags) => spawnSync('go', ['mod', 'tidy', ...flags], { cwd, stdio: 'inherit' });
  process.exitCode = (await withV2(cwd, async (flags) => tidy(flags))).status ?? 1;
}
