import { createRandom, hashSeed } from '../random.ts';

/** What makes one request unlike any other, and findable in a server's log. */
export interface Identity {
  /** Comes first in the prompt, so that no prefix cache knows it. 12 hex digits. */
  nonce: string;
  /** X-Request-Id, a UUID. */
  requestId: string;
  /** W3C trace context; its trace id is the request id without dashes. */
  traceparent: string;
}

const hex8 = (random: () => number): string =>
  Math.floor(random() * 4294967296)
    .toString(16)
    .padStart(8, '0');

/** FNV-1a, 32 bits. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/**
 * A source of identities for one stream of requests (a scenario of a run): a function of seed, run, stream and index only,
 * whichever VU asks.
 */
export function identities(seed: number, runId: string, stream: string): (index: number) => Identity {
  const base = hashSeed(seed, hashText(`${runId}\n${stream}`));
  return (index) => {
    const random = createRandom(hashSeed(base, index));
    const trace = hex8(random) + hex8(random) + hex8(random) + hex8(random);
    const id = `${trace.slice(0, 8)}-${trace.slice(8, 12)}-4${trace.slice(13, 16)}-a${trace.slice(17, 20)}-${trace.slice(20)}`;
    return {
      nonce: hex8(random) + hex8(random).slice(0, 4),
      requestId: id,
      traceparent: `00-${id.replaceAll('-', '')}-${hex8(random)}${hex8(random)}-01`,
    };
  };
}
