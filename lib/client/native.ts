import type { Client, Exchange } from 'k6/x/llmload';
import type { Driver } from './client.ts';
import { keptHeaders } from './kept.ts';
import type { Seen } from './outcome.ts';

type Module = typeof import('k6/x/llmload');

/**
 * The Go module inside bin/k6, or null under any other k6. bin/k6 announces itself in the environment: k6 aborts when a
 * require of an unknown extension fails, even inside try/catch.
 */
export const native: Module | null =
  typeof __ENV !== 'undefined' && __ENV.LLMLOAD_NATIVE ? (require('k6/x/llmload') as Module) : null;

/** Requests timed in Go, frame by frame, as their bytes are read. */
export const nativeDriver =
  (module: Module): Driver =>
  (api, settings, headers) => {
    const client: Client = new module.Client({
      framing: settings.stream ? api.framing : 'body',
      content: api.content,
      reasoning: api.reasoning,
      toolCall: api.toolCall,
      values: api.values,
      ...(api.terminal !== undefined && { terminal: api.terminal }),
      timeout: settings.timeout,
      // Without a stream the first token comes with the last.
      firstTokenTimeout: settings.stream ? settings.firstTokenTimeout : settings.timeout,
      idleTimeout: settings.stream ? settings.idleTimeout : settings.timeout,
      maxFrame: settings.maxFrame,
      keepHeaders: keptHeaders(settings),
      headers,
    });
    return (request) => seen(client.send(request));
  };

/** The module's answer. Adding to what Go returned is cheaper than copying it, and nobody else holds it. */
export function seen(exchange: Exchange): Seen {
  const result: Seen = exchange;
  const retryAfter = exchange.headers?.['retry-after'];
  if (retryAfter !== undefined) result.retryAfterHeader = retryAfter;
  return result;
}
