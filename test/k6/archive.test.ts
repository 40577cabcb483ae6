/** `llmload archive`: what is in the archives, what is not, and that they run elsewhere. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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

test('no file of any archive holds a secret, whatever is in the environment', async () => {
  const cwd = folderFor();
  const run = await runCommand(['archive', '--model-a', 'a', '--model-b', 'b'], SECRETS, cwd);
  expect(run.code, run.output).toBe(0);
  expect(run.output).not.toContain(CANARY);
  expect(run.stderr).toContain(
    'not inside, to be set where it runs: BASE_URL, API_KEY, HEADERS, CHAOS_INJECT_URL, CHAOS_RESTORE_URL, META',
  );
  expect(run.stderr).toMatch(/^replay: left out: TRACE/m);
  const archives = readdirSync(join(cwd, 'archives'));
  expect(archives).toEqual(expect.arrayContaining(['blast.tar', 'constant.tar', 'mix.tar', 'ramp.tar', 'sla.tar']));
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
  expect(unknown.stderr).toMatch(/^llmload: no scenario "rampp"; there are: constant, /);
  const missing = await runCommand(['archive', 'mix'], {}, cwd);
  expect({ code: missing.code, stderr: missing.stderr }).toEqual({
    code: 107,
    stderr: 'llmload: MODEL_A="": not set; allowed: two models, or MIX=a:0.7,b:0.3\n',
  });
  expect(readdirSync(join(cwd, 'archives'))).toEqual([]);
});
