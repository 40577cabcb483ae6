/** The package as a team has it: packed, installed beside a scenario of theirs, bundled by their own esbuild line. */
import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { buildLibrary } from '../../build.mjs';
import { root } from '../../scripts/build/root.mjs';
import { mockFor, runScenario } from './run.ts';

const MODULES = realpathSync(join(root, 'node_modules'));
const TOKEN = 'token-of-a-session-51c0';

let team: string;
const installed = () => join(team, 'node_modules/llmload');

/** A command in the team's folder, which has the tools that its package.json names. */
const sh = (...args: string[]) =>
  promisify(execFile)(args[0] as string, args.slice(1), {
    cwd: team,
    env: { ...process.env, PATH: `${join(MODULES, '.bin')}${delimiter}${process.env.PATH}` },
  });

beforeAll(async () => {
  team = mkdtempSync(join(tmpdir(), 'llmload-team-'));
  await buildLibrary();
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', team];
  const { stdout } = await promisify(execFile)('npm', pack, { cwd: root });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  mkdirSync(installed(), { recursive: true });
  await sh('tar', 'xzf', filename, '-C', installed(), '--strip-components', '1');
  mkdirSync(join(team, 'node_modules/@types'));
  symlinkSync(join(MODULES, '@types/k6'), join(team, 'node_modules/@types/k6'));
  cpSync(join(root, 'examples/own-scenario'), team, { recursive: true });
  await sh('npm', 'run', 'build');
});
afterAll(() => rmSync(team, { recursive: true, force: true }));

/** A script of the team's in its folder, bundled; returns its path without .js. */
async function bundled(name: string, script: string) {
  const [entry, bundle] = [join(team, `${name}.ts`), join(team, 'dist', name)];
  writeFileSync(entry, script);
  onTestFinished(() => rmSync(entry));
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    external: ['k6'],
    outfile: `${bundle}.js`,
    metafile: true,
    absWorkingDir: team,
    logLevel: 'warning',
  });
  const [output] = Object.values(metafile.outputs);
  const modules = Object.keys(output?.inputs ?? {}).map((path) =>
    path.replace('node_modules/llmload/dist/library/', ''),
  );
  return { bundle, modules };
}

/** A site with a login, and a model behind it that answers nobody who has not logged in. */
async function site(status = 200) {
  const mock = await mockFor({ apiKey: TOKEN });
  const seen = { logins: 0, looks: 0 };
  const server = createServer((request, response) => {
    if (request.url === '/login') seen.logins++;
    else seen.looks++;
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ token: TOKEN }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings = {
    BASE_URL: mock.url,
    SITE: url,
    MODEL: 'mock',
    RATE: 20,
    DURATION: '1s',
    VUS: 20,
    SLO: 'errors<1%',
  };
  return { mock, seen, settings };
}

describe('the package', () => {
  test('brings what it exports, and none of our sources and tests', () => {
    expect(readdirSync(installed()).sort()).toEqual(
      ['LICENSE', 'README.md', 'data', 'dist', 'docs', 'examples', 'extension', 'package.json', 'scripts'].sort(),
    );
    const modules = readdirSync(join(installed(), 'dist/library'), { recursive: true, encoding: 'utf8' });
    for (const file of modules.filter((name) => name.endsWith('.js')))
      expect(modules, file).toContain(file.replace(/\.js$/, '.d.ts'));
  });

  test('has types that hold, and refuse what is wrong', async () => {
    const script = `
      import { COMMON, drawOf, loadTest, openaiChat, parseLengths, readSettings, type Completion, type Results } from 'llmload';
      const settings = readSettings(__ENV, { ...COMMON, RATE: '5' });
      export const rate: number = settings.rate;
      export const length: number = drawOf(parseLengths('uniform:1..9'))(0.5);
      export const path: string = openaiChat.path;
      export const rates = ({ steps }: Results): number[] => steps.map(({ achieved }) => achieved);
      // @ts-expect-error: a number
      export const text: string = settings.rate;
      // @ts-expect-error: not read
      settings.duration;
      // @ts-expect-error: no plan
      loadTest({ name: 'x', settings });
      // @ts-expect-error: a failed request has no e2e
      export const e2e = (c: Completion): number => c.e2e;
    `;
    writeFileSync(join(team, 'types.ts'), script);
    onTestFinished(() => rmSync(join(team, 'types.ts')));
    await sh('npm', 'run', 'typecheck');
    // Our declarations are whole: of @types/k6's own that cannot be said.
    const { stdout } = await sh('tsc', '--skipLibCheck', 'false').catch((e: { stdout: string }) => e);
    expect(stdout).not.toMatch(/llmload/);
  });

  test('lets a script carry what it imports, and nothing else', async () => {
    const { modules } = await bundled('draw', `import { drawOf } from 'llmload'; globalThis.x = drawOf;`);
    expect(modules.sort()).toEqual(['draw.ts', 'lib/workload/lengths.js']);
    const times = await bundled('times', `import { arrivalTimes } from 'llmload'; globalThis.x = arrivalTimes;`);
    expect(times.modules.sort()).toEqual(['lib/random.js', 'lib/workload/arrivals.js', 'times.ts']);
    const whole = await bundled('whole', `import { loadTest } from 'llmload'; globalThis.x = loadTest;`);
    expect(whole.modules).toContain('lib/iteration.js');
    expect(whole.modules.filter((name) => /limit|probe-run|papaparse/.test(name))).toEqual([]);
    expect(readFileSync(`${whole.bundle}.js`, 'utf8')).not.toMatch(/papaparse/i);
  });
});

describe('the example', () => {
  test('logs in, then chats: measured, judged, recorded', async () => {
    const { mock, seen, settings } = await site();
    const run = await runScenario(join(team, 'dist/visit'), settings);
    expect(run.code, run.output).toBe(0);
    const truth = mock.truth();
    expect(truth.every(({ status }) => status === 200)).toBe(true);
    expect(run.lines.length).toBeGreaterThanOrEqual(20);
    // Before the load three requests learn how tokens are counted: a word, and a text of either kind.
    const ids = (list: readonly object[]) => list.map((one) => (one as { id?: unknown }).id).sort();
    expect(ids(run.lines)).toEqual(ids(truth.slice(3)));
    expect(run.results?.steps[0]?.metrics.ttft?.n).toBe(run.lines.length);
    expect(new Set(run.lines.map(({ profile }) => profile))).toEqual(new Set(['chat', 'code']));
    expect(run.results?.slo).toMatchObject([{ term: 'errors<1%', verdict: 'PASS' }]);
    expect(seen.logins).toBeGreaterThan(0);
    // Each VU once, and setup.
    expect(seen.logins).toBeLessThanOrEqual(settings.VUS + 1);
    expect(seen.looks).toBeGreaterThan(0);
    expect(JSON.stringify(run)).not.toContain(TOKEN);
  });

  test('fails its gate: 99', async () => {
    const { settings } = await site();
    const run = await runScenario(join(team, 'dist/visit'), { ...settings, SLO: 'ttft.p50<1ms' });
    expect(run.code, run.output).toBe(99);
    expect(run.results?.slo).toMatchObject([{ verdict: 'FAIL' }]);
  });

  test('ends before any load where nobody can log in', async () => {
    const { mock, settings } = await site(500);
    const run = await runScenario(join(team, 'dist/visit'), settings);
    expect(run.code, run.output).toBe(107);
    expect(run.stderr).toContain('login: HTTP 500');
    expect(run.lines).toEqual([]);
    expect(mock.truth()).toEqual([]);
  });

  test('runs on a k6 without the native driver, and measures no TTFT there', async () => {
    const { settings } = await site();
    const run = await runScenario(join(team, 'dist/visit'), { ...settings, LLMLOAD_NATIVE: '' });
    expect(run.code, run.output).toBe(0);
    expect(run.results?.run.driver).toBe('http');
    expect(run.results?.steps[0]?.ok).toBeGreaterThanOrEqual(20);
    expect(run.results?.steps[0]?.metrics.ttft).toBeUndefined();
  });
});

test('the script of docs/library.md: a load shape and a protocol of their own, two questions an iteration', async () => {
  const script = /```ts\n(.*?)```/s.exec(readFileSync(join(root, 'docs/library.md'), 'utf8'))?.[1] ?? '';
  const { bundle } = await bundled('talk', script);
  await sh('npm', 'run', 'typecheck');
  const mock = await mockFor();
  const run = await runScenario(bundle, { BASE_URL: mock.url, SLO: 'ttft.p99<60s,errors<1%' });
  expect(run.code, run.output).toBe(0);
  expect(run.results?.target.api).toBe('gateway');
  expect(run.results?.steps).toMatchObject([{ name: 'talk', requests: 24, ok: 24 }]);
  expect(run.lines.map((line) => line.out).sort()).toEqual([...Array(12).fill(2), ...Array(12).fill(3)]);
  const truth = mock.truth();
  expect(new Set(truth.map(({ id }) => id)).size).toBe(24);
  expect(truth.map(({ id }) => id).sort()).toEqual(run.lines.map(({ id }) => id).sort());
});
