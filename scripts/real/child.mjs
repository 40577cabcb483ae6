// A server run as a child process: started, waited for, stopped by its own pid.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/**
 * Starts `command` and resolves when GET `health` answers 200.
 * @param {object} server
 * @param {string} server.name for messages
 * @param {string} [server.url] where it will listen; absent: its first line `listening URL` says so
 * @param {string} server.health path to ask
 * @param {number} [server.timeout] ms until it must be healthy, default 60,000
 * @throws with the last lines of its output when it exits or does not get healthy
 */
export async function startChild({ name, command, args, env, url, health, timeout = 60_000 }) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      output = (output + text).slice(-4000);
    });
  child.stdin.on('error', () => {}); // it may have left already
  let exit;
  child.on('error', (error) => {
    exit = error.message;
  });
  child.on('exit', (code, signal) => {
    exit ??= `exit ${code ?? signal}`;
  });
  const stop = async () => {
    if (exit !== undefined) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const hard = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await gone;
    clearTimeout(hard);
  };
  const deadline = Date.now() + timeout;
  for (let base = url; ; await wait(50)) {
    if (exit !== undefined) throw new Error(`${name} did not start (${exit}): ${tail(output)}`);
    base ??= /^listening (http\S+)$/m.exec(output)?.[1];
    if (base !== undefined && (await healthy(base + health))) return { url: base, pid: child.pid, stop };
    if (Date.now() < deadline) continue;
    await stop();
    throw new Error(`${name} was not healthy within ${timeout / 1000} s: ${tail(output)}`);
  }
}

async function healthy(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

function tail(output) {
  return output.trim().split('\n').slice(-5).join(' | ') || 'no output';
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort() {
  const probe = createServer();
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

/** For a script of its own: runs until Ctrl-C or SIGTERM, then stops the servers, last one first. */
export async function untilStopped(servers) {
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  for (const server of servers.toReversed()) await server.stop();
}
