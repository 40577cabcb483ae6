import { get } from 'node:http';
import type { RouterBackend } from './config.ts';

/** So many checks in a row have to fail before a backend is left out. */
const FAILURES = 2;

const TIMEOUT_MS = 2000;

/** Which backends can be used. One good check brings a backend back. */
export interface Health {
  up(backend: number): boolean;
  /** A check begins; the function that is returned takes what it found. Good news older than a refusal is none. */
  check(backend: number): (well: boolean) => void;
  /** It refused a connection: it is down at once. */
  refused(backend: number): void;
}

/** @param changed told each change; all are up at first */
export function createHealth(backends: readonly unknown[], changed: (backend: number, up: boolean) => void): Health {
  const failures = backends.map(() => 0);
  const refusals = backends.map(() => 0);

  function count(backend: number, now: (before: number) => number): void {
    const before = failures[backend] ?? 0;
    const after = now(before);
    failures[backend] = after;
    if (before < FAILURES !== after < FAILURES) changed(backend, after < FAILURES);
  }

  return {
    up: (backend) => (failures[backend] ?? 0) < FAILURES,
    check(backend) {
      const before = refusals[backend];
      return (well) => {
        if (!well) count(backend, (failed) => failed + 1);
        else if (refusals[backend] === before) count(backend, () => 0);
      };
    },
    refused(backend) {
      refusals[backend] = (refusals[backend] ?? 0) + 1;
      count(backend, () => FAILURES);
    },
  };
}

/**
 * Asks each backend for GET /health, or for /v1/models where it has no such path: now, and again each interval after an
 * answer. Resolves when all have been asked once, to what ends it.
 */
export async function watch(
  backends: readonly RouterBackend[],
  health: Health,
  intervalMs: number,
): Promise<() => void> {
  const timers = backends.map((): NodeJS.Timeout | undefined => undefined);
  let over = false;

  async function check({ url }: RouterBackend, backend: number): Promise<void> {
    const tell = health.check(backend);
    let found = await probe(new URL('/health', url));
    if (found === 404) found = await probe(new URL('/v1/models', url));
    if (over) return;
    if (found === 'refused') health.refused(backend);
    else tell(typeof found === 'number' && found < 400);
  }

  async function repeat(backend: RouterBackend, index: number): Promise<void> {
    await check(backend, index);
    if (!over) timers[index] = setTimeout(() => void repeat(backend, index), intervalMs);
  }

  await Promise.all(backends.map(repeat));
  return () => {
    over = true;
    for (const timer of timers) clearTimeout(timer);
  };
}

/** The status, or how it failed. On a connection of its own: whether the backend takes one is part of the question. */
function probe(url: URL): Promise<number | 'refused' | 'failed'> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) }, (response) => {
      response.resume();
      response.once('error', () => resolve('failed'));
      response.once('end', () => resolve(response.statusCode ?? 'failed'));
    });
    request.once('error', (e: NodeJS.ErrnoException) => resolve(e.code === 'ECONNREFUSED' ? 'refused' : 'failed'));
  });
}
