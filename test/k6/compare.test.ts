/** `llmload compare` on two recorded runs: what it prints, writes, and ends with. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { uniform } from '../sim/draw.ts';
import { writtenRun } from '../sim/runs.ts';
import { flat } from '../sim/servers.ts';
import { closed } from '../sim/simulation.ts';
import { folderFor, runCommand } from './run.ts';

/** Two runs in runs/: the second is half as slow again, and had twice as much load asked of it by name. */
function recorded(): string {
  const cwd = folderFor();
  [100, 150].forEach((ttft, k) => {
    const folder = join(cwd, 'runs', `20260101-00000${k}-ramp`);
    mkdirSync(folder, { recursive: true });
    const server = flat({ ttft: uniform(0.9 * ttft, 1.1 * ttft), tokenTime: 5, tokens: 21 });
    const told = { scenario: 'ramp', settings: { CONCURRENCY: 8 * (k + 1) } };
    writeFileSync(join(folder, 'records.jsonl'), writtenRun(server, [closed(8, 30, { name: 'steady' })], k, told));
  });
  return cwd;
}

test('two runs side by side, and the gate', async () => {
  const cwd = recorded();
  const compare = (...args: string[]) => runCommand(['compare', ...args], {}, cwd);

  const plain = await compare('last~1', 'last');
  expect(plain.code, plain.output).toBe(0);
  expect(plain.stdout).toMatch(/^steady +TTFT p50 ms +\d+(\.\d)? +\d+ +\+\d\d\.\d % .* worse$/m);
  expect(plain.stdout).toContain('CONCURRENCY: 8 against 16\n');
  expect(plain.stdout).toContain('20260101-000001-ramp is worse than 20260101-000000-ramp in TTFT p50 +');

  const failed = await compare('last~1', 'last', '--fail-on', 'regression=ttft.p50:10%', '--json', 'found.json');
  expect(failed.code, failed.output).toBe(99);
  expect(JSON.parse(readFileSync(join(cwd, 'found.json'), 'utf8'))).toMatchObject({
    schema: 'llmload/compare@1',
    comparisons: [{ gate: [{ figure: 'ttft.p50', limit: 0.1, verdict: 'FAIL' }] }],
  });
  const passed = await compare('last', 'last~1', '--fail-on', 'regression=ttft.p50:10%,itl.mean:5%', '--markdown');
  expect(passed.code, passed.output).toBe(0);
  expect(passed.stdout).toContain('| step | figure |');
  expect((await compare('last', 'last', '--fail-on', 'regression=errors:0.1pp')).code).toBe(3);

  const bad = await compare('last~1', 'last', '--fail-on', 'regression=ttft.p98:10%');
  expect(bad).toMatchObject({ code: 107, stdout: '' });
  expect(bad.stderr).toMatch(/^llmload: --fail-on="regression=ttft.p98:10%": no figure "ttft.p98"; allowed: .*\n$/);
  expect((await compare('last')).code).toBe(107);
});
