/** `llmload plan`, and the replay of what it wrote by bin/k6. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../../scripts/build/root.mjs';
import { bodyServer } from './bodies.ts';
import { folderFor, runCommand, runScenario, startCommand, until } from './run.ts';

const CSV = 'timestamp_ms,input_tokens,output_tokens\n';

/** A folder with a trace of these rows. */
function traceOf(...rows: string[]): string {
  const cwd = folderFor();
  writeFileSync(join(cwd, 'a.csv'), `${CSV}${rows.join('\n')}\n`);
  return cwd;
}

describe('llmload plan', () => {
  test('writes beside the trace, or where it is told, and says what the plan holds', async () => {
    const cwd = traceOf('0,10,20', '500,10,20');
    const beside = await runCommand(['plan', 'a.csv'], {}, cwd);
    expect(beside, beside.output).toMatchObject({ code: 0, stderr: '' });
    expect(beside.stdout).toContain('plain: 2 rows over 0.5 s');
    expect(beside.stdout).toMatch(/^wrote a\.plan, .* llmload run replay --trace a\.plan$/m);
    const elsewhere = await runCommand(['plan', 'a.csv', '-o', 'new/b.plan'], {}, cwd);
    expect(elsewhere.code, elsewhere.output).toBe(0);
    expect(readFileSync(join(cwd, 'new/b.plan'))).toEqual(readFileSync(join(cwd, 'a.plan')));
  });

  test.each([
    ['no file', ['b.csv'], 1, 'b.csv: there is no such file'],
    ['a folder', ['.', '-o', 'b.plan'], 1, '.: is no file'],
    [
      'a bad row',
      ['a.csv'],
      1,
      'a.csv: a row cannot be read: line 3 has 1 of 3 columns; --bad-rows skip leaves such rows out',
    ],
    ['no name of a plan', ['a.csv', '-o', 'b.bin'], 107, '--output b.bin: ends in no .plan'],
    ['the trace itself', ['a.plan'], 107, 'a.plan: the plan would replace it'],
    ['a bad setting', ['a.csv', '--bad-rows', 'fix'], 107, 'BAD_ROWS="fix"'],
  ])('%s: one line, and no plan', async (_, args, code, line) => {
    const cwd = traceOf('0,10,20', 'x');
    const run = await runCommand(['plan', ...args], {}, cwd);
    expect(run, run.output).toMatchObject({ code, stdout: '' });
    expect(run.stderr).toContain(`llmload: ${line}`);
    expect(run.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(readdirSync(cwd)).toEqual(['a.csv']);
  });

  test('skipped rows are told', async () => {
    const run = await runCommand(['plan', 'a.csv', '--bad-rows', 'skip'], {}, traceOf('0,10,20', 'x', '1,1,1'));
    expect(run.code, run.output).toBe(0);
    expect(run.stdout).toContain('skipped: a row cannot be read: line 3 has 1 of 3 columns');
  });

  test('Ctrl-C leaves nothing half-written', async () => {
    const rows = Array.from({ length: 100_000 }, (_, i) => `${i},10,20`).join('\n');
    const cwd = traceOf(...Array.from({ length: 40 }, () => rows)); // most go back in time, which takes as long
    const { child, ended } = startCommand(['plan', 'a.csv', '--bad-rows', 'skip'], {}, cwd);
    await until(() => readdirSync(cwd).some((name) => name.endsWith('.rows')));
    child.kill('SIGINT');
    const run = await ended;
    expect(run, run.output).toMatchObject({ code: 130, stdout: '' });
    expect(run.stderr).toContain('interrupted, nothing was written');
    expect(readdirSync(cwd)).toEqual(['a.csv']);
  });
});

describe('the replay of a plan', () => {
  test.each([
    { trace: 'azure-conv.csv', settings: { MODEL: 'm' } },
    { trace: 'burstgpt.csv', settings: { LOOP: 2, MODEL_MAP: 'ChatGPT=small,GPT-4=large' } },
    { trace: 'mooncake.jsonl', settings: { MODEL: 'm' } },
    { trace: 'plain.jsonl', settings: { MODEL: 'm' } },
  ])('$trace: asks for the same, at the same times, as the replay of the trace', async ({ trace, settings }) => {
    const file = join(root, 'data/traces', trace);
    const plan = join(folderFor(), 'a.plan');
    const made = await runCommand(['plan', file, '-o', plan]);
    expect(made.code, made.output).toBe(0);
    const window = '10s..120s';
    const replay = async (from: string) => {
      const server = await bodyServer();
      const run = await runScenario('replay', {
        ...settings,
        BASE_URL: server.url,
        TRACE: from,
        WINDOW: window,
        SPEED: 200,
        SEED: 7,
        RUN_ID: 'fixed',
      });
      expect(run.code, run.output).toBe(0);
      const asked = run.lines.map(({ i, due, model, asked_in, asked_out, id }) => ({
        i,
        due,
        model,
        asked_in,
        asked_out,
        id,
      }));
      asked.sort((a, b) => Number(a.i) - Number(b.i));
      return { asked, bodies: Object.fromEntries(server.bodies) };
    };
    const [csv, planned] = [await replay(file), await replay(plan)];
    expect(csv.asked.length).toBeGreaterThan(5);
    expect(planned).toEqual(csv);
  });

  test('a k6 without the module says what it takes instead', async () => {
    const plan = join(traceOf('0,1,1'), 'a.plan');
    const run = await runScenario('replay', { BASE_URL: '127.0.0.1:9', MODEL: 'm', TRACE: plan, LLMLOAD_NATIVE: '' });
    expect(run.code).toBe(107);
    expect(run.output).toContain('a plan is read by bin/k6 only; allowed: CSV or JSON lines of at most 200,000 rows');
  });

  test.each([
    ['no file', undefined, 'cannot be read (no such file or directory)'],
    ['no plan', `${CSV}0,1,1\n`, 'is no plan'],
  ])('%s: 107 before any load', async (_, text, wrong) => {
    const folder = folderFor();
    if (text !== undefined) writeFileSync(join(folder, 'a.plan'), text);
    const run = await runScenario('replay', { BASE_URL: '127.0.0.1:9', MODEL: 'm', TRACE: join(folder, 'a.plan') });
    expect(run.code).toBe(107);
    expect(run.output).toContain(`${wrong}; allowed: a file that `);
  });
});
