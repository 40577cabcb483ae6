// Golden files: what the build makes, kept under test/golden, dashboards and docs, so that a change of it is seen in review.
//   node scripts/golden.mjs           checks them
//   node scripts/golden.mjs --write   writes them
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBundles } from './build/bundles.mjs';
import { exec } from './build/exec.mjs';
import { ensureK6 } from './build/k6.mjs';
import { root, version } from './build/root.mjs';

/** kB. Each VU holds a copy of what a bundle evaluates; the largest carries the search for the limit. */
const LARGEST_BUNDLE = 250;

/** Resolved options depend on these and on nothing else: the system's environment is not passed. */
const ENVIRONMENT = {
  BASE_URL: 'localhost:8000',
  MODEL: 'm',
  MODEL_A: 'a',
  MODEL_B: 'b',
  SLO: 'chat',
  SEED: '1',
  RUN_ID: 'fixed',
};
const VARIANTS = {
  'blast.levels': { bundle: 'blast', LEVELS: '8,32' },
  'chaos.spike': { bundle: 'chaos', CHAOS_INJECT_URL: '', CHAOS_RESTORE_URL: '', SPIKE: '2' },
  'constant.poisson': { bundle: 'constant', ARRIVAL: 'poisson' },
};
/** What a bundle does not do without. */
const NEEDED = {
  ab: { TARGETS: 'direct=localhost:8000,router=localhost:4000' },
  chaos: { CHAOS_INJECT_URL: 'http://localhost:9000/inject', CHAOS_RESTORE_URL: 'http://localhost:9000/restore' },
  replay: { TRACE: join(root, 'data/traces/azure-code.csv') },
};

const golden = (name) => join(root, 'test/golden', name);
const bundles = () => readdirSync(join(root, 'scenarios')).map((file) => file.replace(/\.ts$/, ''));

/** Golden files of options, with the bundle that has them and its settings. */
export const optionFiles = () => {
  const all = bundles().map((bundle) => [bundle, { bundle, ...NEEDED[bundle] }]);
  return Object.entries({ ...Object.fromEntries(all), ...VARIANTS }).map(([name, { bundle, ...settings }]) => ({
    name,
    file: golden(`options/${name}.json`),
    script: join(root, 'dist', `${bundle}.js`),
    settings,
  }));
};

/** The options of a bundle, as `k6` resolves them. */
export async function optionsOf(script, settings, k6) {
  const env = Object.entries({ ...ENVIRONMENT, ...settings }).flatMap(([key, value]) => ['-e', `${key}=${value}`]);
  const { code, output } = await exec(k6, ['inspect', '--execution-requirements', ...env, script], {
    env: { ...process.env, K6_AUTO_EXTENSION_RESOLUTION: 'false' }, // a directive is not to fetch anything
  });
  if (code !== 0) throw new Error(`k6 inspect ${script}: exit ${code}: ${output}`);
  // A release is no change of options.
  return `${output.trim().replaceAll(`llmload/${version}`, 'llmload/VERSION')}\n`;
}

/** Golden file → what it must hold. */
async function wanted() {
  const files = new Map();
  const k6 = await ensureK6();
  for (const { file, script, settings } of optionFiles()) files.set(file, await optionsOf(script, settings, k6));
  const { DASHBOARDS } = await load('dashboards/source/dashboards.ts');
  for (const [name, dashboard] of Object.entries(DASHBOARDS))
    files.set(join(root, `dashboards/${name}.json`), `${JSON.stringify(dashboard, null, 2)}\n`);
  const table = (await load('scripts/golden/settings-table.ts')).settingsTable(ownDefaults());
  const page = join(root, 'docs/settings.md');
  files.set(page, inject(readFileSync(page, 'utf8'), 'settings', table));
  return files;
}

/** The text between `<!-- name -->` and `<!-- /name -->`, replaced. */
function inject(text, name, content) {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(open), text.indexOf(close)];
  if (from < 0 || to < from) throw new Error(`docs/settings.md has no ${open} … ${close}`);
  return `${text.slice(0, from + open.length)}\n${content}${text.slice(to)}`;
}

/** A module of ours: Node 20 does not run TypeScript. */
async function load(file) {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({ entryPoints: [join(root, file)], bundle: true, write: false, format: 'esm' });
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
}

/** What scenarios/*.ts set in the object they hand to readSettings. */
function ownDefaults() {
  const own = {};
  for (const file of readdirSync(join(root, 'scenarios')).sort()) {
    const text = readFileSync(join(root, 'scenarios', file), 'utf8');
    const reads = /readSettings\(__ENV, \{(.*?)\}\)/s.exec(text)?.[1] ?? '';
    for (const [, name, value] of reads.matchAll(/\b([A-Z_]+): '([^']*)'/g))
      own[name] = [...(own[name] ?? []), { scenario: file.replace(/\.ts$/, ''), value }];
  }
  return own;
}

/** What must hold of every bundle, whatever is in it. */
function bundleFaults() {
  return bundles().flatMap((name) => {
    const file = join(root, 'dist', `${name}.js`);
    const kB = statSync(file).size / 1000;
    return [
      // Stock k6 would refuse it, or fetch something.
      ...(/^\s*import\b[^;]*['"](k6\/x\/|https?:)/m.test(readFileSync(file, 'utf8'))
        ? [`dist/${name}.js imports an extension or a URL statically`]
        : []),
      ...(kB > LARGEST_BUNDLE ? [`dist/${name}.js has ${kB.toFixed(0)} kB, more than ${LARGEST_BUNDLE}`] : []),
    ];
  });
}

/**
 * What must hold of the bundles that bring a driver: the directive by which k6 fetches its extension comes first, and the
 * options are those of dist/*.js. bin/k6 has none of the extensions: here they are empty.
 */
async function driverFaults(files) {
  const { build } = await import('esbuild');
  const { BRINGING, bringing, forK6 } = await import('../build.mjs');
  const folder = mkdtempSync(join(tmpdir(), 'llmload-golden-'));
  const faults = [];
  const k6 = await ensureK6();
  const empty = {
    name: 'empty extensions',
    setup(b) {
      b.onResolve({ filter: /^k6\/x\/(sse|tcp)$/ }, ({ path }) => ({ path, namespace: 'empty' }));
      b.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({
        contents: 'export const Socket = 0; export default 0;',
      }));
    },
  };
  try {
    for (const [name, driver] of Object.entries(BRINGING)) {
      const { banner, plugins } = bringing(driver);
      const entryPoints = bundles().map((bundle) => join(root, 'scenarios', `${bundle}.ts`));
      const outdir = join(folder, name);
      await build({ ...forK6, sourcemap: false, banner, plugins: [empty, ...plugins], entryPoints, outdir });
      const checked = bundles().map(async (bundle) => {
        const script = join(outdir, `${bundle}.js`);
        if (!readFileSync(script, 'utf8').startsWith(`"use k6 with k6/x/${driver}";\n`))
          faults.push(`dist/${name}/${bundle}.js does not begin with its directive`);
        if ((await optionsOf(script, NEEDED[bundle], k6)) !== files.get(golden(`options/${bundle}.json`)))
          faults.push(`dist/${name}/${bundle}.js has other options than dist/${bundle}.js`);
      });
      await Promise.all(checked);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return faults;
}

/** The first lines in which two texts differ. */
function difference(file, is, wants) {
  const [a, b] = [is.split('\n'), wants.split('\n')];
  const at = b.findIndex((line, i) => line !== a[i]);
  const line = at < 0 ? b.length : at;
  return `${file}:${line + 1}\n  - ${a[line] ?? '(nothing)'}\n  + ${b[line] ?? '(nothing)'}`;
}

async function main() {
  await ensureBundles();
  const files = await wanted();
  const write = process.argv.includes('--write');
  const faults = [...bundleFaults(), ...(await driverFaults(files))];
  for (const [path, text] of files) {
    const is = existsSync(path) ? readFileSync(path, 'utf8') : '';
    if (is === text) continue;
    const name = path.slice(root.length + 1);
    if (write) {
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, text);
      console.log(`wrote ${name}`);
    } else faults.push(difference(name, is, text));
  }
  const stale = readdirSync(golden('options')).filter((file) => !files.has(golden(`options/${file}`)));
  faults.push(...stale.map((file) => `test/golden/options/${file} belongs to no bundle: delete it`));
  if (faults.length === 0) return;
  const advice = write ? '' : '\nIf the change is meant: node scripts/golden.mjs --write, and look at the diff';
  throw new Error(`${faults.join('\n')}${advice}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await main();
  } catch (error) {
    console.error(`golden: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
