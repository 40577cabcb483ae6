/**
 * The k6 script of k6.test.ts: one VU per list of orders, which it sends one after the other through the library's own
 * client. Prints each Completion as a line of JSON.
 */
import { type CompleteSoon, createClient } from '../../lib/client/client.ts';
import { readSettings } from '../../lib/settings/read.ts';
import { COMMON } from '../../lib/settings/settings.ts';

/** One request to send. */
export interface ReplayOrder {
  name: string;
  baseUrl: string;
  api: string;
  stream: boolean;
  model: string;
  /** How many times the prompt says "Hi"; default once. */
  times?: number;
  /** The answer is asked to begin with it. */
  nonce?: string;
}

const lists: ReplayOrder[][] = JSON.parse(__ENV.REPLAY_ORDERS ?? '[]');
const settings = readSettings(__ENV, COMMON);
// VU 0 has no orders, but k6 gives the others only modules that VU 0 asked for.
const clients = (lists[Math.max(0, __VU - 1)] ?? []).map(({ name, baseUrl, api, stream, ...asked }) => ({
  name,
  asked,
  send: createClient({ ...settings, baseUrl, api, stream }) as CompleteSoon,
}));

export const options = {
  scenarios: {
    replay: { executor: 'per-vu-iterations', vus: lists.length, iterations: 1, maxDuration: '60s', gracefulStop: '0s' },
  },
};

export default async function replay(): Promise<void> {
  for (const [index, { name, asked, send }] of clients.entries()) {
    const completion = await send({
      model: asked.model,
      prompt: 'Hi'.repeat(asked.times ?? 1),
      outputTokens: 128,
      requestId: `${name}-${index}`,
      traceparent: '00-00000000000000000000000000000001-0000000000000001-01',
      tags: {},
      keepText: true,
      ...(asked.nonce !== undefined && { echo: { nonce: asked.nonce, isAnothers: () => false } }),
    });
    const gaps = Array.from(completion.gaps ?? []);
    console.log(JSON.stringify({ name, completion: { ...completion, gaps } }));
  }
}
