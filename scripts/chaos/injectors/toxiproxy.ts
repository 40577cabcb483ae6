import { Bad } from '../../../lib/settings/bad.ts';
import { type Answer, ask, said } from '../ask.ts';
import type { Effect, Injector } from '../injector.ts';

/** Attributes of each toxic, the needed ones first. Of toxiproxy's README, "Toxics"; times in ms, rate in kB/s. */
const TOXICS = {
  latency: { needs: ['latency'], may: ['jitter'] },
  bandwidth: { needs: ['rate'], may: [] },
  reset_peer: { needs: [], may: ['timeout'] },
  timeout: { needs: ['timeout'], may: [] },
  slow_close: { needs: ['delay'], may: [] },
  slicer: { needs: ['average_size'], may: ['size_variation', 'delay'] },
  limit_data: { needs: ['bytes'], may: [] },
} as const satisfies Record<string, { needs: readonly string[]; may: readonly string[] }>;
type ToxicName = keyof typeof TOXICS;

/** What a toxic is called that we added, so that it is found again. */
const OURS = 'llmload';

export interface Toxic {
  proxy: string;
  type: ToxicName;
  /** downstream: on its way to the client. */
  stream: 'downstream' | 'upstream';
  /** Share of the connections that it strikes. */
  toxicity: number;
  attributes: Record<string, number>;
}

const GRAMMAR = 'PROXY:TYPE[,key=value…], as in vllm:latency,latency=300';

/** `PROXY:TYPE[,key=value…]`, and of every toxic `stream=upstream`, `toxicity=0.5`. @throws Bad */
export function parseToxic(text: string): Toxic {
  const [, proxy = '', type = '', rest = ''] = /^(.+?):(\w+)((?:,[^,]*)*)$/.exec(text) ?? [];
  if (!proxy) throw new Bad('no proxy and toxic', GRAMMAR);
  if (!isToxic(type)) throw new Bad(`no toxic ${type}`, Object.keys(TOXICS).join(', '));
  const { needs, may } = TOXICS[type];
  const known: readonly string[] = [...needs, ...may, 'stream', 'toxicity'];
  const pairs = rest
    .split(',')
    .slice(1)
    .map((pair): [string, string] => {
      const [, key = '', value = ''] = /^(\w+)=(.+)$/.exec(pair) ?? [];
      if (!known.includes(key)) throw new Bad(`"${pair}" says nothing to ${type}`, `${known.join('=, ')}=`);
      return [key, value];
    });
  const { stream = 'downstream', toxicity = '1', ...attributes } = Object.fromEntries(pairs);
  const missing = needs.find((key) => !(key in attributes));
  if (missing !== undefined) throw new Bad(`${type} needs ${missing}`, `${proxy}:${type},${missing}=300`);
  if (stream !== 'downstream' && stream !== 'upstream') throw new Bad(`stream=${stream}`, 'downstream, upstream');
  const share = decimal(toxicity);
  if (!(share > 0 && share <= 1)) throw new Bad(`toxicity=${toxicity}`, 'a share above 0, up to 1');
  const numbers = Object.entries(attributes).map(([key, value]): [string, number] => {
    if (!/^\d{1,9}$/.test(value)) throw new Bad(`${key}=${value}`, 'a whole number, without a unit');
    return [key, Number(value)];
  });
  return { proxy, type, stream, toxicity: share, attributes: Object.fromEntries(numbers) };
}

const isToxic = (name: string): name is ToxicName => Object.hasOwn(TOXICS, name);
const decimal = (text: string): number => (/^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN);

/** A toxic of a running toxiproxy, by its HTTP API. @param url of that API */
export function toxiproxyInjector(url: string, { proxy, ...toxic }: Toxic): Injector {
  const path = `${url}/proxies/${encodeURIComponent(proxy)}/toxics`;
  const asked = (method: string, at: string, body?: object): Promise<Answer> =>
    ask(method, at, body).catch((e: Error) => {
      throw new Error(`no toxiproxy at ${url}: ${e.message}`);
    });
  // Connection after connection gets it, and the first may be cut long before there is an answer: when is not known.
  const done = (answer: Answer, fine: boolean): Effect => {
    if (!fine) throw new Error(`toxiproxy at ${url} answers ${said(answer)}`);
    return {};
  };
  return {
    name: `toxic ${toxic.type} on ${proxy}`,
    byHand: `curl -X DELETE ${path}/${OURS}`,
    async check() {
      const answer = await asked('GET', `${url}/proxies`);
      if (!answer.ok || typeof answer.json !== 'object' || answer.json === null) {
        throw new Error(`${url} is no toxiproxy: GET /proxies answers ${said(answer)}`);
      }
      const proxies = answer.json as Record<string, { enabled?: boolean; toxics?: { name?: string }[] }>;
      const ours = proxies[proxy];
      const names = Object.keys(proxies).join(', ');
      if (!ours) throw new Error(`no proxy ${proxy} at ${url}; there ${names ? `are: ${names}` : 'is none'}`);
      if (ours.enabled === false) throw new Error(`proxy ${proxy} at ${url} is not enabled`);
      if (ours.toxics?.some((each) => each.name === OURS))
        throw new Error(`proxy ${proxy} has a toxic ${OURS} already, left by something else: ${this.byHand}`);
    },
    inject: async () => {
      const answer = await asked('POST', path, { name: OURS, ...toxic });
      return done(answer, answer.ok);
    },
    restore: async () => {
      const answer = await asked('DELETE', `${path}/${OURS}`);
      return done(answer, answer.ok || answer.status === 404);
    },
  };
}
