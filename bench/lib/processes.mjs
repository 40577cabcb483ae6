// Child processes that cannot outlive the bench: each is killed by its own pid when it takes too long or the bench ends.
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

/**
 * Starts a program. `core` pins it to one CPU core and tells Go to use one thread for its code.
 * @param {string} command
 * @param {string[]} args
 * @param {{ core?: number, env?: Record<string, string>, cwd?: string, limit?: number }} options limit in seconds, default 120
 */
export function start(command, args, { core, env = {}, cwd, limit = 120 } = {}) {
  const pinned = core === undefined ? [command, ...args] : ['taskset', '-c', String(core), command, ...args];
  const child = spawn(pinned[0], pinned.slice(1), {
    cwd,
    env: { ...process.env, ...(core === undefined ? {} : { GOMAXPROCS: '1' }), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'])
    child[stream].setEncoding('utf8').on('data', (text) => (output[stream] += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), limit * 1000);
  const ended = new Promise((resolve) => {
    const end = (code, error) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code, error, ...output });
    };
    child.on('error', (error) => end(null, error));
    child.on('close', (code) => end(code));
  });
  const stop = () => {
    child.kill('SIGTERM');
    return ended;
  };
  return { pid: child.pid, output, ended, stop };
}

/** Runs a program to its end and returns what it printed. Throws with its last lines if it fails. */
export async function run(command, args, options) {
  const { code, error, stdout, stderr } = await start(command, args, options).ended;
  if (code === 0) return stdout;
  const why = error?.message ?? (code === null ? 'killed' : `exit code ${code}`);
  throw new Error(`${command} ${args.join(' ')}: ${why}\n${(stdout + stderr).split('\n').slice(-20).join('\n')}`);
}

/** Waits until check() gives something truthy, and returns it. */
export async function until(check, what, seconds = 30) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(20)) {
    const result = await check();
    if (result) return result;
  }
  throw new Error(`no ${what} within ${seconds} s`);
}

/** Says what stopped a bench in one line, without a stack trace. */
export function fail(error) {
  console.error(`bench: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
