// llama.cpp's own server for tests and trials: `node scripts/real/llama.mjs` starts one and prints its URL.
import { fileURLToPath } from 'node:url';
import { startChild, untilStopped } from './child.mjs';
import { ensureVenv } from './venv.mjs';

const PACKAGES = ['xllamacpp==2026.10.11549'];
const script = fileURLToPath(new URL('llama-server.py', import.meta.url));

/** The Python that has llama.cpp, installed on the first call. @throws {PythonMissing} */
export const findLlama = (log) => ensureVenv('real-venv', PACKAGES, log);

/**
 * Starts a llama.cpp server with a tiny model of random weights on a free port of 127.0.0.1. The first call installs it
 * into .cache/real-venv (seconds). It ends with `stop()`, or with this process.
 * @throws {PythonMissing}
 */
export async function startLlama({ parallel = 4, ctx = 8192, apiKey, alias = 'tiny', ssePing, log } = {}) {
  const python = await findLlama(log);
  const args = [script, '--with-stdin', '--parallel', `${parallel}`, '--ctx', `${ctx}`, '--alias', alias];
  if (apiKey !== undefined) args.push('--api-key', apiKey);
  if (ssePing !== undefined) args.push('--sse-ping', `${ssePing}`);
  return { alias, ...(await startChild({ name: 'llama.cpp', command: python, args, health: '/health' })) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const server = await startLlama();
    console.log(`llama.cpp with 4 slots: BASE_URL=${server.url} MODEL=${server.alias} (Ctrl-C stops it)`);
    await untilStopped([server]);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
