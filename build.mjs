// Bundles every scenarios/*.ts into dist/*.js for k6, and the command into dist/node/llmload.js for Node.
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(fileURLToPath(import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The jslib is published at a URL only; k6 would fetch it at every run and fail offline. lib/k6-utils has the same names. */
const k6Utils = {
  name: 'k6-utils',
  setup(b) {
    b.onResolve({ filter: /^https:\/\/jslib\.k6\.io\/k6-utils\// }, () => ({ path: join(root, 'lib/k6-utils.ts') }));
  },
};

/** Options for code that runs inside k6; also used by tests that bundle entries of their own. */
export const forK6 = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  target: 'es2023',
  // Sobek has neither; esbuild would pass them through.
  supported: { 'async-generator': false, 'for-await': false },
  external: ['k6'], // covers k6/* and k6/x/*
  mainFields: ['browser', 'module', 'main'], // papaparse's main needs Node streams
  define: { LLMLOAD_VERSION: JSON.stringify(version) },
  sourcemap: 'linked', // k6 stack traces then name the .ts line
  legalComments: 'none',
  plugins: [k6Utils],
  logLevel: 'warning',
};

/** Writes each file whole and then renames it, so that a k6 that starts meanwhile never reads half a bundle. */
async function buildWhole(options) {
  const { outputFiles } = await build({ ...options, write: false });
  for (const { path, contents } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    const part = `${path}.${process.pid}`;
    writeFileSync(part, contents);
    renameSync(part, path);
  }
}

export async function bundleScenarios(outdir = join(root, 'dist')) {
  const entries = readdirSync(join(root, 'scenarios')).filter((f) => f.endsWith('.ts'));
  await buildWhole({ ...forK6, entryPoints: entries.map((f) => join(root, 'scenarios', f)), outdir });
  return entries.map((f) => f.replace(/\.ts$/, ''));
}

export async function bundleCommand(outdir = join(root, 'dist/node')) {
  await buildWhole({
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    external: ['k6'],
    define: { LLMLOAD_VERSION: JSON.stringify(version) },
    sourcemap: 'linked',
    entryPoints: { llmload: join(root, 'scripts/commands/main.ts') },
    outdir,
    logLevel: 'warning',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = await bundleScenarios();
  await bundleCommand();
  console.log(`built dist/{${names.join(',')}}.js and dist/node/llmload.js`);
}
