import { Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import { createGate } from '../gate.ts';
import { type Listening, listen } from '../listen.ts';
import { OLLAMA_VERSION, ollamaChat, ollamaGenerate, ollamaTags } from '../ollama.ts';
import { openaiChat, openaiCompletions, openaiModels } from '../openai.ts';
import { createRandom } from '../random.ts';
import { createBalance } from './balance.ts';
import { checkBroken, ROUTER_DEFAULTS, type RouterBackend, type RouterOptions } from './config.ts';
import { createHealth, watch } from './health.ts';
import { learnModels } from './learn.ts';
import { relay, type Shared } from './relay.ts';
import { createSwaps } from './swaps.ts';

/** A running router. */
export interface Router extends Listening {
  backends: readonly RouterBackend[];
}

const PROTOCOLS = new Map(
  [openaiChat, openaiCompletions, ollamaChat, ollamaGenerate].map((protocol) => [protocol.path, protocol]),
);

/**
 * Starts a router: each request goes to one of the backends that serve its model, and the answer back as it comes.
 * Answers tell who gave them (X-Router-Backend), how often backends were asked for them (X-Router-Attempts: errors of the
 * router's own, too, unless it asked none) and what the router added (X-Router-Added-Ms): the time from the request's head
 * to the answer's, less that from the request to the backend sent to its headers.
 * @throws Error with one line where an option or a backend cannot be used
 */
export async function startRouter(given: Pick<RouterOptions, 'backends'> & Partial<RouterOptions>): Promise<Router> {
  const options: RouterOptions = { ...ROUTER_DEFAULTS, ...given };
  const all = await Promise.all(options.backends.map(learnModels));
  const { broken, policy } = options;
  if (broken) checkBroken(broken, all);
  const balance = createBalance(all, {
    policy,
    broken: broken?.mode,
    share: broken?.share,
    random: createRandom(options.seed),
  });
  const gate = createGate(options.maxConcurrency);
  const { createRouterMetrics } = await import('./metrics.ts');
  const metrics = createRouterMetrics(
    all.map((each) => each.name),
    () => gate.waiting,
  );
  const agent = new Agent({ keepAlive: true, maxFreeSockets: MAX_FREE });
  const models = new Set(all.flatMap((each) => each.models));

  const health = createHealth(all, (backend, up) => {
    balance.healthy(backend, up);
    metrics.up.set({ backend: all[backend]?.name ?? '' }, up ? 1 : 0);
  });
  const backends = { all, balance, health, metrics, agent };
  const shared: Shared = { options, backends, models, gate, swaps: createSwaps() };
  const stop = await watch(all, health, options.healthIntervalMs);
  const listening = await listen(options, (request, response) => route(request, response, shared)).catch((e) => {
    stop();
    throw e;
  });
  return {
    ...listening,
    backends: all,
    async close() {
      stop();
      await listening.close();
      agent.destroy();
    },
  };
}

/** Kept connections to a backend: as many as a load test may have had in flight. */
const MAX_FREE = 16_384;

function route(request: IncomingMessage, response: ServerResponse, shared: Shared): void {
  const path = request.url?.split('?', 1)[0] ?? '';
  const protocol = request.method === 'POST' ? PROTOCOLS.get(path) : undefined;
  if (protocol !== undefined) {
    void relay(protocol, request, response, shared);
    return;
  }
  const { registry } = shared.backends.metrics;
  if (request.method === 'GET' && path === '/metrics')
    void registry.metrics().then((text) => send(response, 200, text, registry.contentType));
  else if (request.method === 'GET' && Object.hasOwn(PAGES, path))
    send(response, 200, JSON.stringify(PAGES[path]?.([...shared.models])));
  else {
    const message = `no such path: ${request.method} ${request.url}`;
    send(response, 404, openaiChat.error({ message, type: 'not_found_error', code: 404 }));
  }
}

const PAGES: Readonly<Record<string, (models: string[]) => object>> = {
  '/v1/models': openaiModels,
  '/api/tags': ollamaTags,
  '/api/version': () => OLLAMA_VERSION,
  '/health': () => ({ status: 'ok' }),
};

function send(response: ServerResponse, status: number, body: string, type = 'application/json; charset=utf-8'): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}
