/** `llmload router-test`, end to end: real backends, a router, a load, and nothing left of them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Results } from '../../lib/results.ts';
import { root } from '../../scripts/build/root.mjs';
import { alive, folderFor, lastLine, mockFor, runCommand, startCommand, until } from './run.ts';

/** A load of a second or two. */
const LOAD = ['--requests', '200', '--concurrency', '16', '--warmup', '0s'];
const SHORT = [...LOAD, '--mock-ttft-ms', '10', '--mock-tok-ms', '3'];
const FIXTURES = join(root, 'test/fixtures/routers');

/** The folder of the only run, once there is one. */
function savedIn(cwd: string): { folder: string; files: string[] } {
  const [name = '', ...more] = existsSync(join(cwd, 'runs')) ? readdirSync(join(cwd, 'runs')) : [];
  expect(more).toEqual([]);
  const folder = join(cwd, 'runs', name);
  return { folder, files: readdirSync(folder).sort() };
}

const resultsIn = (folder: string): Results => JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8'));

/** Those that still run of all that were started in this folder: every one has it as its working directory. */
function runningIn(cwd: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || !alive(Number(pid))) return false;
    try {
      return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`PWD=${cwd}`);
    } catch {
      return false;
    }
  });
}

/** Goes with the test, even where that fails. */
function started(args: readonly string[], cwd: string) {
  const run = startCommand(['router-test', ...args], {}, cwd);
  onTestFinished(() => void run.child.kill('SIGKILL'));
  return run;
}

/** An address that a log or a line names. */
const urlIn = (text: string): string => /http:\/\/[\d.]+:\d+/.exec(text)?.[0] ?? '';

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

describe('our own router', () => {
  test('honest: passes, with what it took of the machine, and nothing is left', async () => {
    const cwd = folderFor();
    const run = await runCommand(['router-test', ...SHORT, '--duration', '60s', '--json', '-'], {}, cwd);
    expect(run.code, run.output).toBe(0);
    expect(run.stderr.match(/^probe: (small|large) at http:/gm)).toHaveLength(2);
    expect(run.stderr).toMatch(/^backend PASS: all 200 came from a backend that ROUTES allows$/m);
    expect(run.stderr).toMatch(/^note: client, router and backends share one machine/m);
    expect(run.stderr).toMatch(/^CPU/m);
    expect(run.stderr).toMatch(/^repeat: llmload router-test .*--seed \d+$/m);
    const { folder, files } = savedIn(cwd);
    expect(files).toEqual(['backends.log', 'records.jsonl', 'report.html', 'results.json', 'router.log', 'table.txt']);
    const results = JSON.parse(run.stdout) as Results;
    expect(results).toEqual(resultsIn(folder));
    expect(new Set(results.router?.backends.map((b) => b.backend))).toEqual(new Set(['b1', 'b2']));
    expect(readFileSync(join(folder, 'table.txt'), 'utf8')).toContain('share one machine');
    expect(runningIn(cwd)).toEqual([]);
  });

  test('broken: 99, the logs and the config are told', async () => {
    const cwd = folderFor();
    const run = await runCommand(['router-test', ...SHORT, '--broken', 'wrong-model'], {}, cwd);
    expect(run.code, run.output).toBe(99);
    expect(run.stdout).toMatch(/^routing FAIL: /m);
    expect(run.stderr).toMatch(/^logs: runs\/\S+\/backends.log runs\/\S+\/router.log$/m);
    expect(savedIn(cwd).files).toContain('router-config.json');
    expect(runningIn(cwd)).toEqual([]);
  });

  test('a ramp: the knee table; weights are judged; --keep-config', async () => {
    const cwd = folderFor();
    const ramp = ['--ramp', '4,8', '--duration', '2s', '--warmup', '0s', '--mock-weights', '3,1', '--keep-config'];
    const run = await runCommand(['router-test', ...ramp, '--mock-models', 'one', '--policy', 'round-robin'], {}, cwd);
    expect([0, 3], run.output).toContain(run.code);
    expect(run.stdout).toMatch(/^ *conc +req +ok/m);
    expect(run.stdout.replaceAll('\n    ', ' ')).toMatch(
      /^CPU, cores of the busiest thread at step_[48]: router [\d.]+.*, client [\d.]+.*;/m,
    );
    const { folder } = savedIn(cwd);
    const config = JSON.parse(readFileSync(join(folder, 'router-config.json'), 'utf8'));
    expect(config.backends).toMatchObject([
      { name: 'b1', models: ['one'], weight: 3 },
      { name: 'b2', weight: 1 },
    ]);
    const { audit, router } = resultsIn(folder);
    const checks = audit.map((c) => c.check);
    expect(checks).toEqual(expect.arrayContaining(['cpu.router', 'cpu.backends', 'cpu.client', 'cpu.machine']));
    expect(router?.backends.map((b) => b.due)).toEqual([0.75, 0.25]);
  });

  test('--affinity: a second run, whose verdict counts', async () => {
    const settings = { CONVERSATIONS: 16, TURNS: 3 };
    const cwd = folderFor();
    const flags = [...SHORT, '--requests', '64', '--affinity', '--policy', 'session'];
    const good = await runCommand(['router-test', ...flags], settings, cwd);
    expect([0, 3], good.output).toContain(good.code);
    expect(good.stdout).toMatch(/^affinity PASS: /m);
    expect(readdirSync(join(savedIn(cwd).folder, 'affinity'))).toContain('results.json');
    const bad = await runCommand(['router-test', ...flags, '--policy', 'round-robin'], settings);
    expect(bad.code, bad.output).toBe(99);
    expect(bad.stdout).toMatch(/^affinity FAIL: /m);
  });
});

describe('another router', () => {
  test('a command with a config of its own: passes', async () => {
    const cwd = folderFor();
    const cmd = `node ${join(FIXTURES, 'first-in-turn.mjs')} {config}`;
    const flags = ['--router-cmd', cmd, '--router-config', join(FIXTURES, 'first-in-turn.json')];
    const run = await runCommand(['router-test', ...SHORT, ...flags], {}, cwd);
    expect(run.code, run.output).toBe(0);
    expect(run.stdout).toMatch(/^backend PASS: /m);
    expect(savedIn(cwd).files).not.toContain('router-config.json');
    expect(runningIn(cwd)).toEqual([]);
  });

  test('a command that dies at once: one line with its last words', async () => {
    const cwd = folderFor();
    const run = await runCommand(['router-test', '--router-cmd', 'echo no luck on {port}; exit 4'], {}, cwd);
    expect(run.code, run.output).toBe(1);
    expect(lastLine(run.stderr)).toMatch(
      /^llmload: router ended with 4 before it answered; runs\/\S+\/router.log: no luck on \d+$/,
    );
    const { folder, files } = savedIn(cwd);
    expect(files).toEqual(['backends.log', 'router-config.json', 'router.log']);
    expect(runningIn(cwd)).toEqual([]);
    const ports = readFileSync(join(folder, 'backends.log'), 'utf8').match(/(?<=127\.0\.0\.1:)\d+/g) ?? [];
    expect(ports.length).toBeGreaterThanOrEqual(2);
    for (const port of new Set(ports)) expect(await isFree(Number(port))).toBe(true);
  });

  test('one that dies under the load: the table, and its last words', async () => {
    const cwd = folderFor();
    const flags = ['--router-cmd', `node ${join(FIXTURES, 'first-in-turn.mjs')} {config}`];
    const config = ['--router-config', join(FIXTURES, 'first-in-turn.json')];
    const { ended } = started([...SHORT, ...flags, ...config, '--requests', '3000'], cwd);
    const records = () => join(savedIn(cwd).folder, 'records.jsonl');
    await until(() => existsSync(join(cwd, 'runs')) && existsSync(records()));
    await until(() => (readFileSync(records(), 'utf8').match(/"outcome":"ok"/g) ?? []).length >= 20);
    const isRouter = (pid: string) =>
      /^node\0[^\0]*first-in-turn\.mjs/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    process.kill(Number(runningIn(cwd).find(isRouter)), 'SIGKILL');
    const run = await ended;
    expect(run.code, run.output).toBe(1);
    expect(run.stdout).toMatch(/^step_16 /m);
    expect(lastLine(run.stderr)).toMatch(/^llmload: router ended with 137 during the run; runs\/\S+\/router.log: /);
    expect(runningIn(cwd)).toEqual([]);
  });

  test('one that never answers: said so when its time is up', async () => {
    const cwd = folderFor();
    const flags = ['--router-cmd', 'echo dreaming of {port}; sleep 1000', '--start-timeout', '1s'];
    const run = await runCommand(['router-test', ...flags], {}, cwd);
    expect(run.code, run.output).toBe(1);
    expect(lastLine(run.stderr)).toMatch(/router does not answer after 1 s \(--start-timeout\); .*: dreaming of \d+$/);
    expect(runningIn(cwd)).toEqual([]);
  });

  test('a mode of our own router that there is not: its own line, 107', async () => {
    const run = await runCommand(['router-test', '--broken', 'somehow']);
    expect(run.code, run.output).toBe(107);
    expect(lastLine(run.stderr)).toMatch(/^llmload: .*somehow.*wrong-model/);
  });

  test('a port that is taken', async () => {
    const mock = await mockFor();
    const taken = String(mock.port);
    const router = await runCommand(['router-test', '--router-port', taken]);
    expect(router.code).toBe(1);
    expect(lastLine(router.stderr)).toBe(`llmload: --router-port ${taken}: the port is taken, or not allowed`);
    const backend = await runCommand(['router-test', '--backend-port', taken]);
    expect(backend.code).toBe(1);
    expect(lastLine(backend.stderr)).toMatch(new RegExp(`backend b1: .*${taken}`));
  });
});

describe('nothing outlives the command', () => {
  /** Runs until it is told to stop, with a router that has children of its own, one of them in another session. */
  async function running() {
    const cwd = folderFor();
    const forever = 'while :; do sleep 0.1; done';
    const node = `node ${join(FIXTURES, 'first-in-turn.mjs')} {config}`;
    const cmd = `sh -c '${forever}' & setsid sh -c '${forever}' & ${node}`;
    const flags = ['--router-cmd', cmd, '--router-config', join(FIXTURES, 'first-in-turn.json')];
    const load = [
      '--duration',
      '10m',
      '--concurrency',
      '4',
      '--warmup',
      '0s',
      '--mock-ttft-ms',
      '5',
      '--mock-tok-ms',
      '1',
    ];
    const { child, ended } = started([...flags, ...load], cwd);
    const records = () => join(savedIn(cwd).folder, 'records.jsonl');
    await until(() => existsSync(join(cwd, 'runs')) && existsSync(records()));
    await until(() => (readFileSync(records(), 'utf8').match(/"outcome":"ok"/g) ?? []).length >= 50);
    expect(runningIn(cwd).length).toBeGreaterThan(6);
    return { cwd, child, ended };
  }

  test('kill -9', async () => {
    const { cwd, child, ended } = await running();
    child.kill('SIGKILL');
    await ended;
    await until(() => runningIn(cwd).length === 0);
  });

  test('Ctrl-C: what was measured, 130', async () => {
    const { cwd, child, ended } = await running();
    child.kill('SIGINT');
    const run = await ended;
    expect(run.code, run.output).toBe(130);
    expect(run.stdout).toMatch(/^step_4 /m);
    expect(resultsIn(savedIn(cwd).folder).steps[0]?.ok).toBeGreaterThanOrEqual(50);
    expect(runningIn(cwd)).toEqual([]);
  });

  test('Ctrl-C while it waits for the router', async () => {
    const cwd = folderFor();
    const { child, ended } = started(['--router-cmd', 'echo up {port}; sleep 1000'], cwd);
    await until(() => existsSync(join(cwd, 'runs')) && savedIn(cwd).files.includes('router.log'));
    child.kill('SIGINT');
    const run = await ended;
    expect(run.code, run.output).toBe(130);
    expect(runningIn(cwd)).toEqual([]);
  });
});

describe('a router that runs already', () => {
  test('--url: only the load', async () => {
    const mock = await mockFor({ models: ['m'], name: 'x' });
    const cwd = folderFor();
    const run = await runCommand(['router-test', '--url', mock.url, ...LOAD], {}, cwd);
    expect(run.code, run.output).toBe(0);
    expect(run.stdout).not.toContain('share one machine');
    expect(savedIn(cwd).files).not.toContain('router.log');
    expect(mock.truth().length).toBeGreaterThanOrEqual(200);
  });

  test('--serve-mock, and --url with --mock-backend', async () => {
    const cwd = folderFor();
    const { child, ended } = started(['--serve-mock', '--mock-models', 'm'], cwd);
    let said = '';
    child.stdout?.on('data', (text: Buffer) => {
      said += text;
    });
    await until(() => said.includes('{"backends"'));
    expect(said).toMatch(/^b1 at http:\S+, models m\nb2 at http:\S+, models m\n{/);
    const url = urlIn(said);
    const run = await runCommand([
      'router-test',
      '--url',
      url,
      '--mock-backend',
      '--mock-backends',
      '1',
      '--mock-models',
      'm',
      ...LOAD,
    ]);
    expect(run.code, run.output).toBe(0);
    expect(run.stderr).toMatch(/^b1 at http:\S+, models m$/m);
    expect(run.stderr).toMatch(/^config: {"backends":\[{"name":"b1"/m);
    child.kill('SIGINT');
    expect((await ended).code).toBe(0);
    expect(existsSync(join(cwd, 'runs'))).toBe(false);
  });
});
