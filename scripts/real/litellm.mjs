// LiteLLM's proxy, a real router, in front of two llama.cpp servers: `node scripts/real/litellm.mjs` starts all three
// and prints the mix run that goes with them. The first start installs it into .cache/litellm-venv (minutes, 750 MB).
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, startChild, untilStopped } from './child.mjs';
import { startLlama } from './llama.mjs';
import { ensureVenv } from './venv.mjs';

const PACKAGES = ['litellm[proxy]==1.106.2'];
const MASTER_KEY = 'sk-llmload-local';

/**
 * Starts the proxy; each backend `{alias, url}` is one model name.
 * @throws {PythonMissing}
 */
export async function startLitellm(backends, { log } = {}) {
  const python = await ensureVenv('litellm-venv', PACKAGES, log);
  const folder = dirname(dirname(python));
  const config = join(folder, 'config.json'); // JSON is YAML
  writeFileSync(config, JSON.stringify({ model_list: backends.map(model) }, null, 2));
  const port = await freePort();
  const server = await startChild({
    name: 'LiteLLM',
    command: join(folder, 'bin', 'litellm'),
    args: ['--config', config, '--host', '127.0.0.1', '--port', `${port}`, '--telemetry', 'False'],
    env: {
      LITELLM_MASTER_KEY: MASTER_KEY,
      LITELLM_LOCAL_MODEL_COST_MAP: 'True', // its price list is not fetched at start
    },
    url: `http://127.0.0.1:${port}`,
    health: '/health/liveliness',
    timeout: 120_000,
  });
  return { ...server, apiKey: MASTER_KEY };
}

function model({ alias, url }) {
  return { model_name: alias, litellm_params: { model: `openai/${alias}`, api_base: `${url}/v1`, api_key: 'none' } };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const servers = [];
  try {
    for (const alias of ['alpha', 'beta']) servers.push(await startLlama({ alias }));
    console.log(`llama.cpp: ${servers.map(({ alias, url }) => `${alias} at ${url}`).join(', ')}; starting LiteLLM`);
    const proxy = await startLitellm(servers);
    servers.push(proxy);
    console.log(`LiteLLM at ${proxy.url} (Ctrl-C stops all three). A mix through it:\n`);
    console.log(
      `API_KEY=${proxy.apiKey} bin/k6 run dist/mix.js -e BASE_URL=${proxy.url} -e MIX=alpha:0.7,beta:0.3 -e CONCURRENCY=30 -e TOTAL_REQUESTS=900`,
    );
    await untilStopped(servers);
  } catch (error) {
    console.error(error.message);
    for (const server of servers.toReversed()) await server.stop();
    process.exitCode = 1;
  }
}
