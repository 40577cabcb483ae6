/** Runs the built bundles under bin/k6, and the built command, with an environment of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { type RecordLine, type RecordsFile, readRecords } from '../../lib/analysis/columns/columns.ts';
import type { Results } from '../../lib/results.ts';
import type { Mock, MockOptions } from '../../mock/index.ts';
import { K6 as BUILT } from '../../scripts/build/k6.mjs';
import { root } from '../../scripts/build/root.mjs';
import { folderOf, mockOf } from './own.ts';

type Values = Readonly<Record<string, string | number | boolean>>;

/** What the tests of real k6 run: bin/k6, unless they are asked to run another. */
export const K6 = process.env.LLMLOAD_K6 ?? BUILT;

/** A mock that is stopped with the test. Quick unless told otherwise. */
export const mockFor = (options: Partial<MockOptions> = {}): Promise<Mock> =>
  mockOf({ onTestFinished }, { models: ['mock'], ttftMs: 5, tokenMs: 1, tokens: 5, ...options });

/** A folder that goes with the test. */
export const folderFor = (): string => folderOf({ onTestFinished });

/** Nothing of the shell's or the test runner's own settings: vitest sets BASE_URL and MODE. */
const environment = (settings: Values): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  NO_COLOR: '1',
  K6_NO_USAGE_REPORT: 'true',
  ...(process.env.LLMLOAD_K6 && { LLMLOAD_K6: K6 }),
  ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, `${value}`])),
});

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
  /** Both. */
  output: string;
}

function start(
  command: string,
  args: readonly string[],
  options: { cwd: string; settings: Values },
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...environment(options.settings), PWD: options.cwd },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr, output: stdout + stderr }));
  });
  return { child, ended };
}

export interface K6Ended extends Ended {
  results: Results | undefined;
  records: RecordsFile | undefined;
  /** Measured requests of the records. */
  lines: RecordLine[];
  warmup: RecordLine[];
}

/** `bin/k6 run dist/NAME.js` (or of another bundle, by its whole path without .js, or of an archive, by its path), its settings from the environment as the command passes them. */
export function startScenario(name: string, settings: Values, k6Flags: readonly string[] = [], k6 = K6) {
  const cwd = folderFor();
  const [summary, records] = [join(cwd, 'results.json'), join(cwd, 'records.jsonl')];
  const { child, ended } = start(
    k6,
    [
      'run',
      '--quiet',
      '--address',
      '127.0.0.1:0',
      ...k6Flags,
      resolve(root, 'dist', name.endsWith('.tar') ? name : `${name}.js`),
    ],
    { cwd, settings: { SUMMARY_JSON: summary, RECORDS: records, WARMUP: '0s', ...settings } },
  );
  const read = (file: string): string | undefined => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);
  return {
    child,
    recordsFile: records,
    ended: ended.then((run): K6Ended => {
      const [json, jsonl] = [read(summary), read(records)];
      const kept = jsonl === undefined ? undefined : readRecords(jsonl);
      return {
        ...run,
        results: json === undefined ? undefined : (JSON.parse(json) as Results),
        records: kept,
        lines: kept?.lines.filter((line) => !line.warm) ?? [],
        warmup: kept?.lines.filter((line) => line.warm) ?? [],
      };
    }),
  };
}

export const runScenario = (...given: Parameters<typeof startScenario>): Promise<K6Ended> =>
  startScenario(...given).ended;

/** `bin/k6 run` of any script. */
export const runScript = (script: string, cwd: string): Promise<Ended> =>
  start(K6, ['run', '--quiet', '--address', '127.0.0.1:0', script], { cwd, settings: {} }).ended;

/** `llmload …` in a folder of its own. */
export function startCommand(args: readonly string[], settings: Values = {}, cwd: string = folderFor()) {
  return { cwd, ...start(process.execPath, [join(root, 'scripts/llmload.mjs'), ...args], { cwd, settings }) };
}

export const runCommand = (args: readonly string[], settings: Values = {}, cwd?: string): Promise<Ended> =>
  startCommand(args, settings, cwd).ended;

/** Resolves once `holds` does; asked again and again, never slept for. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** The last line that is not blank. */
export const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';

/** A process that runs: not one that has ended and that nobody has asked how. */
export function alive(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
