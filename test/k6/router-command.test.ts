/** `llmload router`, end to end. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderFor, mockFor, runCommand, startCommand, until } from './run.ts';

/** The command once it listens. */
async function started(args: string[], cwd?: string) {
  const { child, ended } = startCommand(['router', ...args], {}, cwd);
  let said = '';
  child.stdout?.on('data', (text: string) => {
    said += text;
  });
  await until(() => said.includes('weight') || child.exitCode !== null);
  return { child, ended, said: () => said, url: /^router at (http:\/\/[\d.:]+),/.exec(said)?.[1] ?? '' };
}

describe('llmload router', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('prints its URL first, serves, and stops on %s', async (signal) => {
    const mock = await mockFor({ models: ['small'] });
    const { child, ended, said, url } = await started(['--backends', mock.url]);
    expect(said()).toMatch(
      /^router at http:\S+, models small, figures at http:\S+\/metrics\n {2}127\.0\.0\.1:\d+ at http/,
    );
    const models = (await (await fetch(`${url}/v1/models`)).json()) as { data: { id: string }[] };
    expect(models.data.map(({ id }) => id)).toEqual(['small']);
    child.kill(signal);
    const run = await ended;
    expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('reads its backends from a file, and is broken where asked', async () => {
    const [a, b] = [await mockFor({ models: ['small'] }), await mockFor({ models: ['large'] })];
    const cwd = folderFor();
    const backends = [
      { name: 'a', url: a.url, models: ['small'], weight: 3 },
      { name: 'b', url: b.url, models: ['large'] },
    ];
    writeFileSync(join(cwd, 'router.json'), JSON.stringify({ backends }));
    const { child, ended, url } = await started(['--config', 'router.json', '--broken', 'wrong-model'], cwd);
    const body = JSON.stringify({ model: 'small', messages: [{ role: 'user', content: 'hi' }] });
    const answer = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body });
    expect([await answer.json(), answer.headers.get('x-router-backend')]).toMatchObject([{ model: 'large' }, 'b']);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
  });

  test.each([
    { args: [], says: 'router: want --config FILE or --backends URL,URL' },
    { args: ['--config', 'none.json'], says: 'none.json: cannot be read (ENOENT)' },
    { args: ['--backends', 'ftp://x'], says: '--backends: "ftp://x" is not allowed; want an address' },
    { args: ['--backends', 'x:1', '--broken', 'x'], says: '--broken: "x" is not allowed; want wrong-model' },
    { args: ['--backends', 'x:1', '--port', 'x'], says: "'--port <port>' argument 'x' is invalid" },
    { args: ['--backends', 'x:1', '--policy', 'x'], says: 'Allowed choices are least-busy, round-robin, session' },
  ])('$args: one line, exit code 107', async ({ args, says }) => {
    const run = await runCommand(['router', ...args]);
    expect([run.code, run.stdout]).toEqual([107, '']);
    expect(run.stderr).toMatch(/^llmload: [^\n]+\n$/);
    expect(run.stderr).toContain(says);
  });
});
