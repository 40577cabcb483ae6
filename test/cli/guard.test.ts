/** scripts/guard.mjs: what it starts does not outlive who asked for it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { GUARD } from '../../scripts/commands/k6.ts';
import { alive, until } from '../k6/run.ts';

function guarded(script: string): { guard: ChildProcess; folder: string; log: string } {
  const folder = mkdtempSync(join(tmpdir(), 'llmload-guard-'));
  const log = join(folder, 'log');
  const guard = spawn(process.execPath, [GUARD, '--log', log, 'sh', '-c', script], {
    cwd: folder,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  onTestFinished(() => {
    guard.stdin?.end();
    rmSync(folder, { recursive: true, force: true });
  });
  return { guard, folder, log };
}

/** Pids that the script wrote, one file each. */
async function pidsIn(folder: string, names: readonly string[]): Promise<number[]> {
  const read = (name: string) =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8').trim() : '';
  await until(() => names.every((name) => read(name) !== ''));
  return names.map((name) => Number(read(name)));
}

const FOREVER = 'while :; do sleep 0.1; done';

describe('guard', () => {
  test('what the command wrote, and its exit code', async () => {
    const { guard, log } = guarded('echo out; echo err >&2; exit 7');
    expect(await once(guard, 'exit')).toEqual([7, null]);
    expect(readFileSync(log, 'utf8')).toBe('out\nerr\n');
  });

  test('a command that there is not', async () => {
    const { guard, log } = guarded('exec no-such-program');
    expect((await once(guard, 'exit'))[0]).toBe(127);
    expect(readFileSync(log, 'utf8')).toContain('no-such-program');
  });

  test('its stdin closes: the command goes, and its children, and those who began a session of their own', async () => {
    const { guard, folder } = guarded(
      `sh -c 'echo $$ > child; ${FOREVER}' & setsid sh -c 'echo $$ > away; ${FOREVER}' & echo $$ > own; ${FOREVER}`,
    );
    const pids = await pidsIn(folder, ['own', 'child', 'away']);
    expect(pids.every(alive)).toBe(true);
    guard.stdin?.end();
    await once(guard, 'exit');
    expect(pids.filter(alive)).toEqual([]);
  });

  test('those who do not listen are killed', async () => {
    const { guard, folder } = guarded(`trap '' TERM; echo $$ > own; ${FOREVER}`);
    const pids = await pidsIn(folder, ['own']);
    guard.stdin?.end();
    expect((await once(guard, 'exit'))[0]).toBe(128 + 9);
    expect(pids.filter(alive)).toEqual([]);
  });

  test('a command that is over leaves nobody behind', async () => {
    const { guard, folder } = guarded(
      `sh -c 'echo $$ > child; ${FOREVER}' & while ! test -s child; do sleep 0.01; done`,
    );
    expect((await once(guard, 'exit'))[0]).toBe(0);
    expect((await pidsIn(folder, ['child'])).filter(alive)).toEqual([]);
  });

  test('SIGINT is passed on: the command may take its time', async () => {
    const { guard, folder, log } = guarded(
      `trap 'echo asked; while ! test -e go; do sleep 0.01; done; exit 5' INT; echo $$ > own; ${FOREVER}`,
    );
    await pidsIn(folder, ['own']);
    guard.kill('SIGINT');
    await until(() => readFileSync(log, 'utf8').includes('asked'));
    writeFileSync(join(folder, 'go'), '');
    expect((await once(guard, 'exit'))[0]).toBe(5);
  });
});
