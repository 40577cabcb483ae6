/** `llmload chaos`, end to end: what it finds against what the injector says that it did. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { readRecords } from '../../lib/analysis/columns/columns.ts';
import type { Mock } from '../../mock/index.ts';
import { SUITE } from '../../scripts/chaos/suite.ts';
import { expectTrue, runChaos, startChaos } from './chaos-runs.ts';
import { mockOf } from './own.ts';
import { lastLine } from './run.ts';

// Most of each is waiting; of more at a time the machine would be busy enough to show among the latencies.
vi.setConfig({ maxConcurrency: 3 });

/** What a busy machine adds is little beside it. */
const SLOW = { ttftMs: 200, tokenMs: 10, tokens: 30, jitter: 0.5 };

const adminOf = ({ admin }: Mock): string => admin?.url as string;
const faultOf = async (mock: Mock) =>
  ((await (await fetch(`${adminOf(mock)}/fault`)).json()) as { fault: unknown }).fault;

/** A fault that lasts until the run is ended. */
const broken = (mock: Mock, how: string): string[] => [
  ...['--url', mock.url, '--admin', adminOf(mock), '--break', how],
  ...['--inject-at', '1s', '--restore-at', '10m'],
];

/** All that was written under a folder. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe('llmload chaos', () => {
  test.concurrent('hooks of one’s own: the fault is found, and where they are stands nowhere', async (own) => {
    const mock = await mockOf(own, { ...SLOW, adminPort: 0 });
    const asked: string[] = [];
    const server = createServer(async (request, response) => {
      asked.push(`${request.method} ${request.url}`);
      const at = await (request.url?.endsWith('/break') ? mock.inject({ fault: 'dead' }) : mock.restore());
      response.end(JSON.stringify({ at, name: 'a slow rack' }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    own.onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/the-canary`;
    const run = await runChaos(own, ['--url', mock.url, '--vus', '100'], {
      CHAOS_INJECT_URL: `${url}/break`,
      CHAOS_RESTORE_URL: `${url}/mend`,
    });
    // 3: the machine was too busy for a mock that answers evenly, and so the load was unsteady before the fault.
    expect([0, 3], run.output).toContain(run.code);
    expect(asked).toEqual(['POST /the-canary/break', 'POST /the-canary/mend']);
    expectTrue(run);
    expect(run.chaos).toMatchObject({ fault: 'a slow rack', verdict: run.code === 0 ? 'PASS' : 'INCONCLUSIVE' });
    expect(run.stderr).toMatch(/^repeat: .*CHAOS_INJECT_URL="\$CHAOS_INJECT_URL" .*llmload chaos /m);
    expect(run.output).not.toContain('the-canary');
    for (const file of filesIn(run.folder)) expect(readFileSync(file, 'utf8'), file).not.toContain('the-canary');
  });

  test.concurrent('a command that does nothing: fault not shown, and never PASS', async (own) => {
    const mock = await mockOf(own, SLOW);
    const args = [
      '--url',
      mock.url,
      '--inject-command',
      'echo done',
      '--restore-command',
      'true',
      '--watch',
      '4s',
      '--inject-at',
      '6s',
      '--restore-at',
      '9s',
    ];
    const run = await runChaos(own, [...args, '--fault', 'nothing at all']);
    expect(run.chaos?.fault).toBe('nothing at all');
    // A machine that stalls meanwhile is a fault, too: then answers began later than this mock's ever do.
    const { lines } = readRecords(readFileSync(join(run.folder, 'records.jsonl'), 'utf8'));
    if (lines.every(({ ttft }) => Number(ttft) < 2 * SLOW.ttftMs)) {
      expect(run.code, run.output).toBe(99);
      expect(run.chaos).toMatchObject({ shown: false, verdict: 'NOT_MEASURED', detection: null });
      expect(run.stdout).toContain('fault not shown');
    }
    expect(run.journal).toMatchObject([
      { did: 'inject', name: 'nothing at all' },
      { did: 'restore', name: 'nothing at all' },
    ]);
    expect(readFileSync(join(run.folder, 'chaos.log'), 'utf8')).toMatch(/^done$/m);
    expect(run.stderr).toMatch(/^repeat: llmload chaos --inject-command 'echo done' --restore-command true --url /m);
  });

  test.concurrent('Ctrl-C while the fault lasts: it is undone, 130, what was measured is kept', async (own) => {
    const mock = await mockOf(own, { ...SLOW, adminPort: 0 });
    const { child, ended } = startChaos(own, broken(mock, 'partition'));
    while ((await faultOf(mock)) === null) await new Promise((resolve) => setTimeout(resolve, 50));
    child.kill('SIGINT');
    const run = await ended;
    expect(run.code, run.output).toBe(130);
    expect(await faultOf(mock)).toBeNull();
    expect(run.journal.map(({ did }) => did)).toEqual(['inject', 'restore']);
    expect(run.results?.steps.map((step) => step.name)).toEqual(['pre', 'during', 'post']);
  });

  test.concurrent('k6 killed while the fault lasts: it is undone', async (own) => {
    const mock = await mockOf(own, { ...SLOW, adminPort: 0 });
    const { child, ended } = startChaos(own, broken(mock, 'slow=2'));
    while ((await faultOf(mock)) === null) await new Promise((resolve) => setTimeout(resolve, 50));
    process.kill(childOf(child.pid as number, 'bin/k6'), 'SIGKILL');
    const run = await ended;
    expect(run.code, run.output).toBe(1);
    expect(await faultOf(mock)).toBeNull();
    expect(run.journal.map(({ did }) => did)).toEqual(['inject', 'restore']);
  });

  test.concurrent('a fault that cannot be undone is told, with how to do it', async (own) => {
    const mock = await mockOf(own, SLOW);
    const undo = 'echo no way; exit 3';
    const args = [
      '--url',
      mock.url,
      '--inject-command',
      'true',
      '--restore-command',
      undo,
      '--inject-at',
      '1s',
      '--restore-at',
      '2s',
      '--watch',
      '2s',
    ];
    const run = await runChaos(own, args);
    expect(run.code, run.output).toBe(1);
    expect(lastLine(run.stderr)).toBe(
      `llmload: THE FAULT IS STILL THERE, it could not be undone: --restore-command ended with 3: no way; by hand: ${undo}`,
    );
    expect(run.journal.filter(({ did }) => did === 'restore').length).toBeGreaterThanOrEqual(2);
  });
});

/** The process that another one started, by its command. */
function childOf(parent: number, command: string): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found = pids.find((pid) => {
    try {
      const [, ppid] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
      return Number(ppid) === parent && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(command);
    } catch {
      return false; // gone
    }
  });
  return Number(found);
}

describe('llmload chaos stops before any load', () => {
  const stops: { what: string; args: string[]; code: number; says: RegExp }[] = [
    { what: 'no fault', args: [], code: 107, says: /there is no fault to make; allowed: --admin, / },
    { what: 'two faults', args: ['--spike', '2', '--inject-command', 'x'], code: 107, says: /: one fault a run$/ },
    { what: 'a suite with a server', args: ['--suite'], code: 107, says: /--url: a suite has servers and faults/ },
    { what: '--only alone', args: ['--spike', '2', '--only', 'spike'], code: 107, says: /--only is about --suite/ },
    {
      what: 'a fault after its end',
      args: ['--spike', '2', '--inject-at', '21s'],
      code: 107,
      says: /RESTORE_AT="20s"/,
    },
    { what: 'a bad setting', args: ['--spike', '2', '--watch', 'x'], code: 107, says: /WATCH="x": not a duration/ },
    { what: 'an unknown flag', args: ['--toxics', 'x'], code: 107, says: /unknown option '--toxics'.*--toxic/i },
    {
      what: 'an injector that is not there',
      args: ['--admin', '127.0.0.1:2', '--break', 'dead'],
      code: 1,
      says: /no admin API at http:\/\/127.0.0.1:2: ECONNREFUSED/,
    },
    {
      what: 'a host that is an option',
      args: ['--gpu', '-oProxyCommand=x:0', '--restart-command', 'x'],
      code: 107,
      says: /--gpu="-oProxyCommand=x:0": no host and GPU/,
    },
  ];
  test.concurrent.for(stops)('$what', async ({ args, code, says }, own) => {
    const mock = await mockOf(own);
    const { cwd, ended } = startChaos(own, ['--url', mock.url, ...args]);
    const run = await ended;
    expect(run.code, run.output).toBe(code);
    expect(lastLine(run.stderr)).toMatch(says);
    expect(run.stdout).toBe('');
    expect(existsSync(join(cwd, 'runs'))).toBe(false);
    expect(mock.truth()).toEqual([]);
  });

  test('a fault of the suite that there is not', async (own) => {
    const run = await startChaos(own, ['--suite', '--only', 'fire']).ended;
    expect(run.code).toBe(107);
    expect(lastLine(run.stderr)).toBe(`llmload: --only fire: no such fault; allowed: ${Object.keys(SUITE).join(', ')}`);
  });
});
