import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../build/root.mjs';
import { CommandError, EXIT } from './exit.ts';
import { logLine } from './log.ts';

export interface K6Run {
  k6: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Absent: k6 writes to the terminal itself. */
  onStdout?: (text: string) => void;
  onLog?: (line: string) => void;
  /** It goes with this process, even where that is killed; see guard.mjs. */
  guarded?: boolean;
  /** Told the process that it runs under. */
  onStart?: (pid: number) => void;
  /** Ends it in order before its time, as Ctrl-C does; nobody interrupted it then. */
  enough?: AbortSignal | undefined;
}

export const GUARD = join(root, 'scripts/guard.mjs');

/** A stray word would be taken for a script by k6, after the server was asked. @throws CommandError 107 */
export function checkK6Flags([first]: readonly string[]): void {
  if (first !== undefined && !first.startsWith('-'))
    throw new CommandError(
      `"${first}" belongs to no flag; the server is --url, and flags of k6 stand after --`,
      EXIT.badSetting,
    );
}

/** k6 looks for a free port of its own, and does not call home. */
export const QUIET_K6 = ['--address', '127.0.0.1:0', '--no-usage-report'] as const;

const WINDOWS = process.platform === 'win32';

/**
 * Runs k6 to its end. Ctrl-C asks it to stop, which still writes the summary; a second one stops it at once.
 * A group of its own, because a terminal sends Ctrl-C to the whole group, and k6 takes two as "at once".
 */
export async function runK6({
  k6,
  args,
  env,
  onStdout,
  onLog,
  guarded = false,
  onStart,
  enough,
}: K6Run): Promise<{ code: number; interrupted: boolean }> {
  const [command = '', ...words] = guarded ? [process.execPath, GUARD, k6, ...args] : [k6, ...args];
  const child = spawn(command, words, {
    env: { ...env, PWD: process.cwd() }, // what relative paths in settings count from
    stdio: [guarded ? 'pipe' : 'ignore', onStdout ? 'pipe' : 'inherit', onLog ? 'pipe' : 'inherit'],
    detached: !WINDOWS,
  });
  if (child.pid !== undefined) onStart?.(child.pid);
  let interrupted = false;
  // On Windows a signal kills, and Ctrl-C has reached k6 by itself.
  const end = () => void (WINDOWS || child.kill('SIGINT'));
  const stop = () => {
    interrupted = true;
    end();
  };
  enough?.addEventListener('abort', end);
  // A guard needs no telling: its pipe closes.
  const kill = () => void (guarded || child.kill('SIGKILL'));
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, stop);
  process.on('exit', kill);
  try {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => onStdout?.(text));
    if (child.stderr) createInterface({ input: child.stderr }).on('line', (line) => onLog?.(line));
    const code = await new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status) => resolve(status ?? EXIT.failed));
    });
    return { code, interrupted };
  } finally {
    for (const signal of signals) process.off(signal, stop);
    process.off('exit', kill);
    enough?.removeEventListener('abort', end);
  }
}

/** The parts of k6's options that a run's end and its models can be told from. Times as k6 writes them: `1m0s`. */
export interface Inspected {
  /** By sub-metric. */
  thresholds?: Record<string, unknown> | null;
  scenarios: Record<
    string,
    {
      startTime?: string | null;
      duration?: string | null;
      maxDuration?: string | null;
      iterations?: number | null;
      stages?: { duration: string; target: number }[] | null;
    }
  >;
}

/**
 * What k6 would run. It evaluates the script, so that settings that do not go together are found before any load.
 * @throws CommandError 107
 */
export async function inspectK6(k6: string, script: string, env: NodeJS.ProcessEnv): Promise<Inspected> {
  let output = '';
  const log: string[] = [];
  const { code, interrupted } = await runK6({
    k6,
    args: ['inspect', '--execution-requirements', '--include-system-env-vars', script],
    env,
    onStdout: (text) => {
      output += text;
    },
    onLog: (line) => log.push(line),
  });
  if (interrupted) throw new CommandError('interrupted', EXIT.interrupted);
  if (code === 0) return JSON.parse(output) as Inspected;
  const said = log.map(logLine).find((line) => line?.level === 'error');
  throw new CommandError(said?.message ?? `k6 inspect ended with ${code}: ${log.join(' ')}`, code === 107 ? code : 1);
}

/** Models that a run keeps figures of: those of a mix, or of a trace. */
export const modelsOf = ({ thresholds }: Inspected): string[] => [
  ...new Set(Object.keys(thresholds ?? {}).flatMap((name) => /,model:([^,}]+)/.exec(name)?.[1] ?? [])),
];
