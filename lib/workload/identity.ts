import { hashSeed, mix, unmix } from '../random.ts';

/** What makes one request unlike any other, and findable in a server's log. */
export interface Identity {
  /** Comes first in the prompt, so that no prefix cache knows it. 12 hex digits. */
  nonce: string;
  /** X-Request-Id, a UUID. */
  requestId: string;
  /** W3C trace context; its trace id is the request id without dashes. */
  traceparent: string;
}

/** Of a whole number of 32 bits k6's JavaScript writes the digits quickly; of one that it keeps as a float it does not. */
const hex8 = (x: number): string => x.toString(16).padStart(8, '0');

/** FNV-1a, 32 bits. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Of one stream of requests, 32 bits. */
function keyOf(seed: number, runId: string, stream: string): number {
  const base = hashSeed(seed, hashText(`${runId}\n${stream}`));
  return mix((base >>> 0) ^ mix(Math.floor(base / 4294967296)));
}

/**
 * A source of identities for one stream of requests (a scenario of a run): a function of seed, run, stream and index only,
 * whichever VU asks. The stream gives the first half of an id and the index, hashed, the second: no two indexes of a stream
 * share one, nor a nonce.
 */
export function identities(seed: number, runId: string, stream: string): (index: number) => Identity {
  const key = keyOf(seed, runId, stream);
  const first = hex8(key);
  const second = hex8(mix(key + 1));
  const third = hex8(mix(key + 2));
  const uuid = `${first}-${second.slice(0, 4)}-4${second.slice(5)}-a${third.slice(5)}-${third.slice(0, 4)}`;
  const trace = `00-${uuid.replaceAll('-', '')}`;
  return (index) => {
    const hashed = mix(index ^ key); // a bijection of 32 bits
    const own = hex8(hashed);
    return { nonce: own + first.slice(0, 4), requestId: uuid + own, traceparent: `${trace}${own}-${own}${second}-01` };
  };
}

/** The index whose identity in this stream has the nonce, 32 bits with a sign; undefined for one of another stream. */
export function nonceIndex(seed: number, runId: string, stream: string): (nonce: string) => number | undefined {
  const key = keyOf(seed, runId, stream);
  const tail = hex8(key).slice(0, 4);
  return (nonce) => (nonce.endsWith(tail) ? unmix(Number.parseInt(nonce.slice(0, 8), 16)) ^ key : undefined);
}
