import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { CommandError, EXIT } from '../commands/exit.ts';
import { GUARD } from '../commands/k6.ts';
import { typed } from '../commands/repeat.ts';

/** A child that cannot outlive this process; see guard.mjs. */
export interface Guarded {
  /** For messages. */
  name: string;
  /** Of its guard: the root of its processes. */
  pid: number;
  log: string;
  /** Its exit code, once it is over. */
  code(): number | undefined;
  /** Resolves when it and all that it started are gone. */
  stop(): Promise<void>;
}

/** Starts a command with its output in `log`. */
export function startGuarded(
  name: string,
  command: readonly string[],
  log: string,
  env: NodeJS.ProcessEnv = {},
): Guarded {
  const guard: ChildProcess = spawn(process.execPath, [GUARD, '--log', log, ...command], {
    stdio: ['pipe', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
    detached: true, // a terminal sends Ctrl-C to the whole group
  });
  let code: number | undefined;
  const ended = new Promise<void>((resolve) => {
    guard.on('error', () => resolve());
    guard.on('exit', (status) => {
      code = status ?? EXIT.failed;
      resolve();
    });
  });
  guard.stdin?.on('error', () => {}); // it may have left already
  return {
    name,
    pid: guard.pid ?? 0,
    log,
    code: () => code,
    stop: () => {
      guard.stdin?.end();
      return ended;
    },
  };
}

const BETWEEN = 50;

/**
 * Asks again and again until there is an answer.
 * @throws CommandError when the child ends before, when time is up, or when `interrupted`; its last lines say why
 */
export async function waitFor<T>(
  child: Guarded,
  ask: () => Promise<T | undefined> | T | undefined,
  { until, interrupted, waiting }: { until: number; interrupted: AbortSignal; waiting: () => string },
): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (interrupted.aborted) throw new CommandError('interrupted', EXIT.interrupted);
    const code = child.code();
    if (code !== undefined) throw endedEarly(child, code);
    if (Date.now() > until) throw new CommandError(`${child.name} ${waiting()}; ${logText(child.log)}`);
    await wait(BETWEEN);
  }
}

function endedEarly({ name, log }: Guarded, code: number): CommandError {
  const own = code === EXIT.badSetting && /^llmload: (.*)/.exec(lastLines(log, 1));
  if (own) return new CommandError(own[1] as string, code); // a child of ours was not content with a flag
  return new CommandError(`${name} ended with ${code} before it answered; ${logText(log)}`);
}

export const logText = (log: string): string => `${typed(log)}: ${lastLines(log, 4) || 'it wrote nothing'}`;

function lastLines(log: string, count: number): string {
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  return lines.slice(-count).join(' | ').slice(-600);
}
