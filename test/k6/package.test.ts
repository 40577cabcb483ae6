/** llmload as `npm install llmload` brings it: with the k6 of the platform, and without Go. */
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Results } from '../../lib/results.ts';
import { K6 } from '../../scripts/build/k6.mjs';
import { packageOf } from '../../scripts/build/prebuilt.mjs';
import { root, version } from '../../scripts/build/root.mjs';
import { here, stageK6, stageLlmload } from '../../scripts/release/stage.mjs';
import { dependencies, serveRegistry } from './registry.ts';
import { mockFor } from './run.ts';

const platform = here();
const ours = `${platform?.os}-${platform?.cpu}`;
const OTHER = { os: 'sunos', cpu: 'x64', goos: 'illumos', goarch: 'amd64' };

describe.skipIf(!platform)('installed in an empty folder', () => {
  let scratch: string;
  let folder: string;
  const k6Package = () => join(folder, 'node_modules', packageOf(ours));

  /** A command in the folder, on a PATH with Node and a shell, and nothing else. */
  function sh(command: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const env = {
      PATH: join(scratch, 'tools'),
      HOME: scratch,
      NO_COLOR: '1',
      npm_config_cache: join(scratch, 'cache'),
    };
    return new Promise((resolve) =>
      execFile(command, args, { cwd: folder, env }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
      ),
    );
  }

  const whereIs = (tool: string): string =>
    (process.env.PATH ?? '')
      .split(delimiter)
      .map((path) => join(path, tool))
      .find(existsSync) as string;

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'llmload-package-'));
    folder = join(scratch, 'empty');
    for (const name of ['empty', 'tools']) mkdirSync(join(scratch, name));
    for (const tool of ['npm', 'npx', 'sh']) symlinkSync(realpathSync(whereIs(tool)), join(scratch, 'tools', tool));
    symlinkSync(process.execPath, join(scratch, 'tools/node'));

    const k6 = stageK6(platform as NonNullable<typeof platform>, K6, 'licences', join(scratch, 'k6'));
    const other = stageK6(OTHER, join(root, 'LICENSE'), 'licences', join(scratch, 'other'));
    const llmload = await stageLlmload({ [ours]: K6, 'sunos-x64': K6, 'plan9-x64': K6 }, join(scratch, 'llmload'));
    const all = [k6, other, llmload, ...dependencies(llmload, join(root, 'node_modules')).values()];
    const registry = await serveRegistry(all, join(scratch, 'tar'));
    const flags = ['--registry', registry.url, '--no-audit', '--no-fund', '--loglevel', 'error'];
    const { code, stderr } = await sh('npm', 'install', 'llmload', ...flags);
    registry.close();
    expect(code, stderr).toBe(0);
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  test('there is the k6 of this platform, no other, and nothing that only a clone needs', () => {
    expect(readdirSync(join(folder, 'node_modules/@llmload'))).toEqual([`k6-${ours}`]);
    const { license, os } = JSON.parse(readFileSync(join(k6Package(), 'package.json'), 'utf8'));
    expect({ license, os }).toEqual({ license: 'AGPL-3.0-only', os: [process.platform] });
    expect(readdirSync(k6Package()).sort()).toEqual(
      ['LICENSE.md', 'README.md', 'THIRD-PARTY.txt', 'bin', 'package.json', 'source'].sort(),
    );
    expect(readdirSync(join(k6Package(), 'source'))).toEqual(expect.arrayContaining(['go.mod', 'go.sum', 'main.go']));
    expect(readFileSync(join(k6Package(), 'README.md'), 'utf8')).toContain(`GOARCH=${platform?.goarch} go build`);
    const manifest = JSON.parse(readFileSync(join(folder, 'node_modules/llmload/package.json'), 'utf8'));
    for (const key of ['scripts', 'devDependencies', 'private']) expect(manifest).not.toHaveProperty(key);
    expect(readdirSync(join(folder, 'node_modules')).filter((name) => /esbuild|typescript|echarts/.test(name))).toEqual(
      [],
    );
  });

  test('npx llmload run streams, and writes its page', async () => {
    const mock = await mockFor();
    const args = ['--requests', '20', '--concurrency', '2', '--warmup', '0s', '--model', 'mock'];
    const run = await sh('npx', 'llmload', 'run', 'blast', '--url', mock.url, ...args);
    expect(run.code, run.stderr).toBe(0);
    const [name = ''] = readdirSync(join(folder, 'runs'));
    const results = JSON.parse(readFileSync(join(folder, 'runs', name, 'results.json'), 'utf8')) as Results;
    expect(results.run.driver).toBe('native');
    expect(results.steps[0]?.metrics.ttft?.n).toBe(20);
    expect(readFileSync(join(folder, 'runs', name, 'report.html'), 'utf8')).toContain('</html>');
    const report = await sh('npx', 'llmload', 'report', 'last');
    expect(report.code, report.stderr).toBe(0);
    expect(report.stdout).toBe(run.stdout);
  });

  test("the k6 itself is a command, for scripts of one's own", async () => {
    const run = await sh('npx', 'llmload-k6', 'version');
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/^k6(\.exe)? v\d/);
  });

  /** What `llmload probe` says in one line, with exit code 1, when there is something wrong with k6. */
  async function refused(): Promise<string> {
    const { code, stdout, stderr } = await sh('npx', 'llmload', 'probe', '127.0.0.1:1');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    return stderr;
  }

  test('another binary than the release was made with is not run', async () => {
    const k6 = join(k6Package(), 'bin', 'k6');
    renameSync(k6, `${k6}.kept`);
    onTestFinished(() => renameSync(`${k6}.kept`, k6));
    const bytes = readFileSync(`${k6}.kept`);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
    writeFileSync(k6, bytes, { mode: 0o755 });
    expect(await refused()).toMatch(/^llmload: \S+ is not the k6 of llmload .*: remove \S+ and npm install again$/m);
  });

  test('nor one of another version', async () => {
    const file = join(k6Package(), 'package.json');
    const text = readFileSync(file, 'utf8');
    onTestFinished(() => writeFileSync(file, text));
    writeFileSync(file, text.replace(`"version": "${version}"`, '"version": "0.0.1"'));
    expect(await refused()).toContain(
      `${packageOf(ours)} is 0.0.1, llmload is ${version}: npm install ${packageOf(ours)}@${version}`,
    );
  });

  test('left out, and no Go to build it: what to do', async () => {
    const scope = join(folder, 'node_modules/@llmload');
    renameSync(scope, `${scope}.kept`);
    onTestFinished(() => renameSync(`${scope}.kept`, scope));
    expect(await refused()).toMatch(
      /^llmload: @llmload\/k6-\S+ is not installed: npm install @llmload\/k6-\S+ brings k6; or else: Go is not installed.*go\.dev\/dl$/m,
    );
  });
});
