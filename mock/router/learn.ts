import type { GivenBackend, RouterBackend } from './config.ts';

const TIMEOUT_MS = 10_000;

/**
 * Asks a backend that came without its models for them.
 * @throws Error with one line
 */
export async function learnModels(backend: GivenBackend): Promise<RouterBackend> {
  if (backend.models !== undefined) return { ...backend, models: backend.models };
  const url = new URL('/v1/models', backend.url);
  const models = await list(url).catch((e: Error & { cause?: { message?: string; code?: string } }) => {
    throw new Error(`${url}: ${e.cause?.message || e.cause?.code || e.message}`);
  });
  return { ...backend, models };
}

async function list(url: URL): Promise<string[]> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`HTTP ${response.status}, where a list of models was wanted`);
  const { data } = (await response.json()) as { data?: { id: string }[] };
  if (!Array.isArray(data) || data.length === 0) throw new Error('lists no model');
  return data.map(({ id }) => id);
}
