import { hashSeed, mix } from '../random.ts';

/** What makes one request unlike any other, and findable in a server's log. */
export interface Identity {
  /** Comes first in the prompt, so that no prefix cache knows it. 12 hex digits. */
  nonce: string;
  /** X-Request-Id, a UUID. */
  requestId: string;
  /** W3C trace context; its trace id is the request id without dashes. */
  traceparent: string;
}

/** Two hex digits of every byte: looking them up is several times faster than toString(16) in k6's JavaScript. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const hex8 = (x: number): string => `${HEX[x >>> 24]}${HEX[(x >>> 16) & 255]}${HEX[(x >>> 8) & 255]}${HEX[x & 255]}`;

/** FNV-1a, 32 bits. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/**
 * A source of identities for one stream of requests (a scenario of a run): a function of seed, run, stream and index only,
 * whichever VU asks. Made for every request, so it hashes the index instead of starting a generator.
 */
export function identities(seed: number, runId: string, stream: string): (index: number) => Identity {
  const base = hashSeed(seed, hashText(`${runId}\n${stream}`));
  const key = mix((base >>> 0) ^ mix(Math.floor(base / 4294967296)));
  return (index) => {
    const a = mix(index ^ key); // a bijection: no two indexes below 2^32 share it
    const b = mix(a + key + 1);
    const c = mix(b ^ a);
    const d = mix(c + index);
    const first = hex8(a);
    const second = hex8(b);
    const third = hex8(c);
    const last = hex8(d);
    const version = `4${second.slice(5)}`;
    const variant = `a${third.slice(5)}`;
    return {
      nonce: first + last.slice(0, 4),
      requestId: `${first}-${second.slice(0, 4)}-${version}-${variant}-${third.slice(0, 4)}${last}`,
      traceparent: `00-${first}${second.slice(0, 4)}${version}${variant}${third.slice(0, 4)}${last}-${third}${first}-01`,
    };
  };
}
