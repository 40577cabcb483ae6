import { setTimeout as sleep } from 'node:timers/promises';
import { peakMiB } from './proc.mjs';
import { start } from './processes.mjs';

/** Runs a program to its end, with one of these exit codes. @returns seconds and the most resident memory it had, MB */
export async function measured(command, args, env, codes = [0]) {
  const began = performance.now();
  const child = start(command, args, { env, limit: 1800 });
  let exit;
  child.ended.then((how) => {
    exit = how;
  });
  let peak = Number.NaN;
  while (!exit) {
    const now = peakMiB(child.pid);
    if (Number.isFinite(now)) peak = now * 1.048576; // a process that has ended has no memory
    await sleep(20);
  }
  if (!codes.includes(exit.code))
    throw new Error(`${command}: exit code ${exit.code}\n${(exit.stdout + exit.stderr).slice(-2000)}`);
  return { seconds: (performance.now() - began) / 1000, peak, said: exit.stdout };
}
