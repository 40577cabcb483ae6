// Bundles every scenarios/*.ts into dist/*.js for k6, the command into dist/node/llmload.js for Node, the charts of report.html
// into dist/report, and makes the library.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { exec } from './scripts/build/exec.mjs';
import { forFirstVuOnly } from './scripts/build/first-vu.mjs';

const root = dirname(fileURLToPath(import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The jslib is published at a URL only; k6 would fetch it at every run and fail offline. lib/k6-utils has the same names. */
const k6Utils = {
  name: 'k6-utils',
  setup(b) {
    b.onResolve({ filter: /^https:\/\/jslib\.k6\.io\/k6-utils\// }, () => ({ path: join(root, 'lib/k6-utils.ts') }));
  },
};

/**
 * Folder of dist → the driver that its bundles bring with them, over an extension of k6 that they import. The same sources:
 * lib/client/NAME.ts stands in for lib/client/built-in.ts.
 */
export const BRINGING = { sse: 'sse', cloud: 'tcp' };

/** What makes a bundle bring a driver: k6 fetches the extension by the directive, which must be the first statement. */
export const bringing = (driver) => ({
  banner: { js: `"use k6 with k6/x/${driver}";` },
  plugins: [
    k6Utils,
    {
      name: 'built-in driver',
      setup(b) {
        const path = join(root, 'lib/client', `${driver}.ts`);
        b.onResolve({ filter: /\/built-in\.ts$/ }, ({ kind }) => (kind === 'entry-point' ? undefined : { path }));
      },
    },
  ],
});

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
  legalComments: 'eof',
  plugins: [k6Utils],
  logLevel: 'warning',
};

/**
 * Writes each file whole and then renames it, so that a k6 that starts meanwhile never reads half a bundle.
 * @param finish what is done to the code before that
 * @returns paths of the files
 */
async function buildWhole(options, finish = (code) => code) {
  const { outputFiles } = await build({ ...options, write: false });
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    const part = `${path}.${process.pid}`;
    writeFileSync(part, path.endsWith('.js') ? finish(text) : text);
    renameSync(part, path);
  }
  return outputFiles.map(({ path }) => path);
}

const scenarios = () => readdirSync(join(root, 'scenarios')).filter((f) => f.endsWith('.ts'));
const bundle = (own) =>
  buildWhole({ ...forK6, entryPoints: scenarios().map((f) => join(root, 'scenarios', f)), ...own }, forFirstVuOnly);

export async function bundleScenarios(outdir = join(root, 'dist')) {
  await bundle({ outdir });
  return scenarios().map((f) => f.replace(/\.ts$/, ''));
}

/** dist/sse and dist/cloud. No command of ours needs them, so they are built with everything only. */
export async function bundleBringing(outdir = join(root, 'dist')) {
  await Promise.all(
    Object.entries(BRINGING).map(([folder, driver]) => bundle({ ...bringing(driver), outdir: join(outdir, folder) })),
  );
}

export async function bundleCommand(outdir = join(root, 'dist/node')) {
  const written = await buildWhole({
    absWorkingDir: root,
    bundle: true,
    splitting: true, // what is imported where it is needed is a file of its own
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    external: ['k6'],
    define: { LLMLOAD_VERSION: JSON.stringify(version) },
    sourcemap: 'linked',
    entryPoints: { llmload: join(root, 'scripts/commands/main.ts') },
    jsx: 'automatic',
    jsxImportSource: 'preact',
    outdir,
    logLevel: 'warning',
  });
  // Parts of an earlier build have other names.
  for (const path of readdirSync(outdir).map((file) => join(outdir, file)))
    if (/-[A-Z0-9]{8}\.js(\.map)?$/.test(path) && !written.includes(path)) rmSync(path);
}

/** What report.html carries inside: the code of its charts, and its style. */
export async function bundleReport(outdir = join(root, 'dist/report')) {
  await buildWhole({
    absWorkingDir: root,
    bundle: true,
    format: 'iife',
    target: 'es2022',
    minify: true,
    legalComments: 'eof',
    banner: { js: '/*! Apache ECharts inside: Apache License 2.0, https://www.apache.org/licenses/LICENSE-2.0 */' },
    entryPoints: { main: join(root, 'report/browser/main.ts') },
    outdir,
    logLevel: 'warning',
  });
}

const LIBRARY = join(root, 'dist/library');

/** Modules of ours stay modules; JSON and npm packages go into the module that imports them. */
const ownModules = {
  name: 'own modules',
  setup(b) {
    b.onResolve({ filter: /^\.\.?\/.*\.ts$/ }, ({ path, kind }) =>
      kind === 'entry-point' ? undefined : { path: path.replace(/\.ts$/, '.js'), external: true },
    );
  },
};

/**
 * What the package exports, from lib/index.ts on: a file a module, so that a user's bundle carries only what it imports, and
 * its declarations. @throws Error with tsc's lines.
 */
export async function buildLibrary() {
  const index = join(root, 'lib/index.ts');
  const { metafile } = await build({ ...forK6, entryPoints: [index], outdir: LIBRARY, write: false, metafile: true });
  const modules = Object.keys(metafile.inputs).filter((path) => /^(lib|thresholds)\/.*\.ts$/.test(path));
  rmSync(LIBRARY, { recursive: true, force: true });
  await Promise.all([
    build({ ...forK6, entryPoints: modules, outdir: LIBRARY, outbase: root, plugins: [ownModules] }),
    declare(),
  ]);
}

async function declare() {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { code, output } = await exec(process.execPath, [tsc, '-p', join(root, 'tsconfig.library.json')]);
  if (code !== 0) throw new Error(`the library's declarations cannot be made: ${output.trim()}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [names] = await Promise.all([
    bundleScenarios(),
    bundleBringing(),
    bundleCommand(),
    bundleReport(),
    buildLibrary(),
  ]);
  console.log(
    `built dist/{${names.join(',')}}.js, the same in dist/sse and dist/cloud, dist/node/llmload.js, dist/report and dist/library`,
  );
}
