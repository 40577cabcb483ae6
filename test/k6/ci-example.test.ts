/** examples/ci/github.yml, its commands run as GitHub runs them: what each run of it ends with, and what its summary says. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { root } from '../../scripts/build/root.mjs';
import { folderFor, mockFor } from './run.ts';

interface Step {
  name?: string;
  uses?: string;
  run?: string;
  if?: string;
}
interface Workflow {
  env: Record<string, string>;
  jobs: Record<string, { needs?: string; steps: Step[] }>;
}
const text = readFileSync(join(root, 'examples/ci/github.yml'), 'utf8');
const { env, jobs } = parse(text) as Workflow;
const { steps } = jobs['load-test'] as { steps: Step[] };

const KEY = 'canary-5d1f';
/** What the repository's settings give the workflow. */
const expanded = (value: string, url: string): string =>
  `${value}`.replace(/\$\{\{ (.*?) \}\}/g, (_, name: string) => {
    const known: Record<string, string> = { 'vars.LLM_URL': url, 'secrets.LLM_API_KEY': KEY };
    expect(known).toHaveProperty([name]);
    return known[name] as string;
  });

/** A checkout with commands that do what npm and npx would find in it. */
function repository(): string {
  const folder = folderFor();
  mkdirSync(join(folder, 'shims'));
  const shim = (name: string, script: string) => {
    writeFileSync(join(folder, 'shims', name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, 'shims', name), 0o755);
  };
  shim('npm', '[ "$*" = ci ]');
  shim('npx', `[ "$1" = llmload ] && shift && exec "${process.execPath}" "${root}/scripts/llmload.mjs" "$@"`);
  return folder;
}

/** One run of the workflow. Of what it leaves only base/ is there in the next, as only that is cached. */
async function workflow(cwd: string, url: string, settings: Record<string, string> = {}) {
  rmSync(join(cwd, 'runs'), { recursive: true, force: true });
  const summary = join(cwd, 'summary.md');
  writeFileSync(summary, '');
  const told = Object.entries(env).map(([name, value]) => [name, expanded(value, url)]);
  const variables = {
    PATH: `${join(cwd, 'shims')}:${process.env.PATH}`,
    HOME: process.env.HOME,
    ...Object.fromEntries(told),
    RATE: '50',
    VUS: '80',
    DURATION: '4s',
    WARMUP: '200ms',
    // What a busy machine does not change.
    SLO: 'ttft.p50<20s,errors<80%',
    REGRESSION: 'errors:10pp',
    ...settings,
    CI: 'true',
    GITHUB_SHA: '1a2b3c4d',
    GITHUB_STEP_SUMMARY: summary,
  };
  let failed: { step: string; code: number | null } | undefined;
  let output = '';
  for (const step of steps) {
    expect([undefined, 'always()']).toContain(step.if);
    if (step.run === undefined || (failed && !step.if)) continue;
    const child = spawn('bash', ['-e', '-c', step.run], { cwd, env: variables, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (more: string) => {
        output += more;
      });
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    if (code !== 0) failed ??= { step: step.name ?? step.run, code };
  }
  return { failed, output, summary: readFileSync(summary, 'utf8') };
}

describe('the workflow', () => {
  test('keeps to one major version of each action, and puts nothing from outside into a script', () => {
    for (const step of steps) expect(step.uses ?? 'actions/none@v1').toMatch(/^actions\/[\w/-]+@v\d+$/);
    for (const step of steps) expect(step.run ?? '').not.toContain('${{');
    expect(jobs.deploy?.needs).toBe('load-test');
  });

  test('passes without a run to compare with, compares the next, and stops a server that got worse', async () => {
    const [well, ill] = await Promise.all([mockFor(), mockFor({ ttftMs: 50, fault: 'status=503@0.4' })]);
    const cwd = repository();

    const first = await workflow(cwd, well.url);
    expect(first.failed, first.output).toBeUndefined();
    expect(first.summary).toMatch(/^### llmload constant: PASS\n/);
    expect(first.summary).toContain('commit 1a2b3c4d\n');
    expect(first.summary).toContain('\nNothing to compare with: no run of this branch has passed yet.\n');
    expect(readdirSync(join(cwd, 'base'))).toContain('records.jsonl');
    expect(first.summary + first.output).not.toContain(KEY);
    const base = readFileSync(join(cwd, 'base/results.json'), 'utf8');

    const worse = await workflow(cwd, ill.url);
    expect(worse.failed, worse.output).toEqual({ step: 'Compare with the last run that passed', code: 99 });
    expect(worse.summary).toMatch(/^### llmload constant: PASS\n/);
    expect(worse.summary).toMatch(/^- \S+ is worse than base in .*error rate \+/m);
    expect(worse.summary).toContain('\n- FAIL errors:10pp');
    expect(readFileSync(join(cwd, 'base/results.json'), 'utf8')).toBe(base);

    const second = await workflow(cwd, well.url);
    expect(second.failed, second.output).toBeUndefined();
    expect(second.summary).toContain('\n| SLO, observed |');
    expect(second.summary).toContain('\n| step | figure |');
    expect(second.summary).toContain('\n- PASS errors:10pp');
    expect(readFileSync(join(cwd, 'base/results.json'), 'utf8')).not.toBe(base);
  });

  test('stops where the SLO fails, and says so', async () => {
    const mock = await mockFor();
    const cwd = repository();
    const { failed, summary, output } = await workflow(cwd, mock.url, { SLO: 'ttft.p50<1ms', DURATION: '1s' });
    expect(failed, output).toEqual({ step: 'Load', code: 99 });
    expect(summary).toMatch(/^### llmload constant: FAIL\n\n.*\n\nttft.p50\\<1ms does not hold: /);
    expect(existsSync(join(cwd, 'base'))).toBe(false);
  });
});
