import { spawn } from 'node:child_process';
import { appendFileSync, closeSync, openSync, readFileSync, statSync } from 'node:fs';

/** ms */
const LONGEST = 5 * 60_000;
const GRACE = 3000;

/**
 * Runs a command in a group of its own, so that Ctrl-C does not reach it. What it starts in the background stays, as a server that
 * is started anew shall; one that takes too long is killed with all of its group.
 * @param log what it writes is added to this file
 * @param what for messages
 * @throws Error with its last line where it does not end with 0
 */
export async function runLogged(
  [program = '', ...args]: readonly string[],
  log: string,
  what: string,
  longest = LONGEST,
): Promise<void> {
  appendFileSync(log, `$ ${[program, ...args].join(' ')}\n`);
  const from = statSync(log).size;
  const trouble = await run(program, args, log, longest);
  if (trouble === undefined) return;
  const last = readFileSync(log).subarray(from).toString().trim().split('\n').at(-1)?.slice(0, 300);
  throw new Error(`${what} ${trouble}${last ? `: ${last}` : ''}`);
}

/** @returns how it failed */
async function run(
  program: string,
  args: readonly string[],
  log: string,
  longest: number,
): Promise<string | undefined> {
  const out = openSync(log, 'a');
  let child: ReturnType<typeof spawn>;
  try {
    child = spawn(program, args, { stdio: ['ignore', out, out], detached: true });
  } finally {
    closeSync(out);
  }
  const kill = (signal: NodeJS.Signals) => {
    try {
      process.kill(-(child.pid as number), signal);
    } catch {} // nobody is left
  };
  let late = false;
  const timers = [
    setTimeout(() => {
      late = true;
      kill('SIGTERM');
    }, longest),
    setTimeout(() => kill('SIGKILL'), longest + GRACE),
  ];
  try {
    // Not "close": a server in the background keeps the log open.
    return await new Promise<string | undefined>((resolve) => {
      child.on('error', (e: NodeJS.ErrnoException) =>
        resolve(`cannot be run: ${e.code === 'ENOENT' ? `there is no ${program}` : e.message}`),
      );
      child.on('exit', (code, signal) => resolve(code === 0 ? undefined : `ended with ${code ?? signal}`));
    }).then((trouble) => (late ? `took longer than ${longest / 1000} s and was stopped` : trouble));
  } finally {
    for (const timer of timers) clearTimeout(timer);
    if (late) kill('SIGKILL');
  }
}
