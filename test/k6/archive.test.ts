/** `llmload archive`: what is in the archives, what is not, and that they run elsewhere. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../../scripts/build/root.mjs';
import { folderFor, mockFor, runCommand, runScenario } from './run.ts';

const CANARY = 'canary-7d1f93aa';
/** Every place in which a user may keep something secret. */
const SECRETS = {
  API_KEY: `sk-${CANARY}`,
  HEADERS: `X-Team: ${CANARY}`,
  BASE_URL: `http://user:${CANARY}@localhost:8000`,
  CHAOS_INJECT_URL: `http://localhost:1/${CANARY}`,
  CHAOS_RESTORE_URL: `http://localhost:1/${CANARY}`,
  META: `note=${CANARY}`,
  AWS_SECRET_ACCESS_KEY: CANARY,
  K6_CLOUD_TOKEN: CANARY,
  K6_INCLUDE_SYSTEM_ENV_VARS: 'true',
};

/** An archive, unpacked: text by path. */
function unpacked(tar: string): Map<string, string> {
  const folder = join(folderFor(), 'unpacked');
  mkdirSync(folder);
  execFileSync('tar', ['xmf', tar, '-C', folder]);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), 'latin1')]),
  );
}

test.each(['auto', 'sse', 'tcp'])('no file of any archive holds a secret: driver %s', async (driver) => {
  const cwd = folderFor();
  const settings = ['--model-a', 'a', '--model-b', 'b', '--targets', 'a=localhost:1,b=localhost:2', '--driver', driver];
  const run = await runCommand(['archive', ...settings], SECRETS, cwd);
  expect(run.code, run.output).toBe(0);
  expect(run.output).not.toContain(CANARY);
  expect(run.stderr).toContain(
    'not inside, to be set where it runs: BASE_URL, API_KEY, HEADERS, CHAOS_INJECT_URL, CHAOS_RESTORE_URL, META',
  );
  expect(run.stderr).toMatch(/^replay: left out: TRACE/m);
  const archives = readdirSync(join(cwd, 'archives'));
  expect(archives).toEqual(
    expect.arrayContaining(['blast.tar', 'constant.tar', 'mix.tar', 'ramp.tar', 'sla.tar', 'ab.tar']),
  );
  for (const name of archives) {
    const files = unpacked(join(cwd, 'archives', name));
    expect(files.size, name).toBeGreaterThanOrEqual(3);
    for (const [file, text] of files) {
      expect(text, file).not.toContain(CANARY);
      // Nor in a form that only looks different.
      expect(text, file).not.toContain(Buffer.from(CANARY).toString('base64').slice(0, 16));
    }
  }
});

test('a secret that would get in by a file is found', async () => {
  const cwd = folderFor();
  writeFileSync(join(cwd, 'prompts.txt'), `my key is ${CANARY}, is that safe?\n`);
  const run = await runCommand(['archive', 'blast', '--prompts-file', 'prompts.txt'], { API_KEY: CANARY }, cwd);
  expect(run.code).toBe(1);
  expect(run.stderr).toMatch(
    /^llmload: archives\/blast.tar is not written: a secret of these settings stands in a file/,
  );
  expect(readdirSync(join(cwd, 'archives'))).toEqual([]);
});

test('nor by another setting; and what is public is no secret', async () => {
  const cwd = folderFor();
  const key = `<${CANARY}>`;
  const refused = await runCommand(['archive', 'blast', '--prompt-text', `say ${key}`], { API_KEY: key }, cwd);
  expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 1, stdout: '' });
  const HEADERS = 'Accept: application/json; X-Trace: 1';
  const run = await runCommand(['archive', 'blast', '--prompt-text', 'say 1'], { HEADERS }, cwd);
  expect(run.code, run.output).toBe(0);
});

test('more than Grafana Cloud takes is not written', async () => {
  const cwd = folderFor();
  writeFileSync(join(cwd, 'prompts.txt'), 'a'.repeat(101e6));
  const run = await runCommand(['archive', 'blast', '--prompts-file', 'prompts.txt'], {}, cwd);
  expect(run.code).toBe(1);
  expect(run.stderr).toMatch(/^llmload: archives\/blast.tar would have 10\d MB, and Grafana Cloud takes 100: .*\n$/);
  expect(readdirSync(join(cwd, 'archives'))).toEqual([]);
});

describe.each([
  ['tcp', 'cloud'],
  ['sse', 'sse'],
])('driver %s', (driver, folder) => {
  async function archived(cwd: string, ...settings: string[]): Promise<string> {
    writeFileSync(join(cwd, 'prompts.txt'), 'one\ntwo\n');
    const blast = ['archive', 'blast', '--model', 'mock', '--requests', '12', '--prompts-file', 'prompts.txt'];
    const run = await runCommand([...blast, '--seed', '7', '--warmup', '0s', ...settings], {}, cwd);
    expect(run.code, run.output).toBe(0);
    return join(cwd, 'archives/blast.tar');
  }
  const named = (files: Map<string, string>, end: string) => [...files].find(([file]) => file.endsWith(end))?.[1] ?? '';

  test('an archive has the bundle that brings it, and is otherwise the same', async () => {
    const cwd = folderFor();
    const plain = unpacked(await archived(cwd));
    const own = unpacked(await archived(cwd, '--driver', driver));
    const bundle = (name: string) => readFileSync(join(root, 'dist', folder, name), 'latin1');
    expect(named(own, '/data')).toBe(bundle('blast.js'));
    expect(named(own, '/dist/blast.js')).toBe(bundle('blast.js'));
    const { dependencies, ...others } = JSON.parse(named(own, '/metadata.json'));
    const { dependencies: usual, ...plainOthers } = JSON.parse(named(plain, '/metadata.json'));
    expect(dependencies).toEqual({ ...usual, [`k6/x/${driver}`]: '*' });
    expect(others).toEqual(plainOthers);
    expect(named(own, '/prompts.txt')).toBe('one\ntwo\n');
    const { sources, mappings } = JSON.parse(named(own, '.js.map'));
    expect(mappings).toBe(JSON.parse(bundle('blast.js.map')).mappings);
    expect(sources).toContain(`../lib/client/${driver}.ts`);
  });

  // A k6 that has both extensions; see docs/drivers.md, "Conformance".
  const extended = process.env.K6_EXTENSIONS;
  test.skipIf(!extended)('it runs where its files are not (K6_EXTENSIONS)', async () => {
    const mock = await mockFor();
    const cwd = folderFor();
    const tar = await archived(cwd, '--driver', driver);
    rmSync(join(cwd, 'prompts.txt'));
    const run = await runScenario(tar, { BASE_URL: mock.url }, [], extended);
    expect(run.code, run.output).toBe(0);
    expect(run.results?.run.driver).toBe(driver);
    expect(run.results?.steps[0]).toMatchObject({ requests: 12, ok: 12, metrics: { ttft: { n: 12 } } });
  });
});

/** bin/k6, and a k6 without the native driver. */
test.each([
  ['native', {}],
  ['http', { LLMLOAD_NATIVE: '' }],
])('an archive runs where its files are not: driver %s', async (driver, settings) => {
  const mock = await mockFor({ apiKey: SECRETS.API_KEY });
  const cwd = folderFor();
  writeFileSync(join(cwd, 'prompts.txt'), 'one\ntwo\n');
  const load = [
    '--requests',
    '12',
    '--concurrency',
    '3',
    '--model',
    'mock',
    '--warmup',
    '0s',
    '--cloud-zones',
    'amazon:us:ashburn:1',
  ];
  const archived = await runCommand(['archive', 'blast', '--prompts-file', 'prompts.txt', ...load], {}, cwd);
  expect(archived.code, archived.output).toBe(0);
  rmSync(join(cwd, 'prompts.txt'));
  const tar = join(cwd, 'archives/blast.tar');
  const metadata = [...unpacked(tar)].find(([file]) => file.endsWith('metadata.json'))?.[1] ?? '';
  const { options, env } = JSON.parse(metadata);
  expect(options.cloud).toEqual({
    distribution: { amazon_us_ashburn: { loadZone: 'amazon:us:ashburn', percent: 100 } },
  });
  expect(Number(env.SEED)).toBeGreaterThanOrEqual(0);
  const run = await runScenario(tar, { BASE_URL: mock.url, API_KEY: SECRETS.API_KEY, ...settings });
  expect(run.code, run.output).toBe(0);
  expect(run.results?.run.driver).toBe(driver);
  expect(run.results?.steps[0]).toMatchObject({ requests: 12, ok: 12, load: { concurrency: 3 } });
  expect(run.results?.run.settings.SEED).toBe(Number(env.SEED));
  expect(
    new Set(
      mock
        .truth()
        .slice(-12)
        .map(({ status }) => status),
    ),
  ).toEqual(new Set([200]));
});

test('what is wrong is said in a line, and nothing is left behind', async () => {
  const cwd = folderFor();
  const unknown = await runCommand(['archive', 'rampp'], {}, cwd);
  expect(unknown.stderr).toMatch(/^llmload: no archive of "rampp"; there are: constant, /);
  const missing = await runCommand(['archive', 'mix'], {}, cwd);
  expect({ code: missing.code, stderr: missing.stderr }).toEqual({
    code: 107,
    stderr: 'llmload: MODEL_A="": not set; allowed: two models, or MIX=a:0.7,b:0.3\n',
  });
  expect(readdirSync(join(cwd, 'archives'))).toEqual([]);
});
