import type { AdminFault, AdminState } from '../../../mock/admin/protocol.ts';
import { ask, said } from '../ask.ts';
import type { Effect, Injector } from '../injector.ts';

const CALLED: Record<AdminFault['fault'], (value: number, backends: string) => string> = {
  dead: (_, backends) => `${backends} dead`,
  partition: (_, backends) => `network partition of ${backends}`,
  slow: (value, backends) => `GPU ${value}× slower, ${backends}`,
  nvlink: (value, backends) => `NVLink degraded ${value}×, ${backends}`,
};

/** Our mocks, by their admin API. @param urls of one mock, or of several that share the fault */
export function adminInjector(urls: readonly string[], fault: AdminFault): Injector {
  const pathOf = (url: string) => `${url}/fault`;
  const all = (method: 'GET' | 'PUT' | 'DELETE') =>
    Promise.all(urls.map((url) => stateOf(method, url, pathOf(url), method === 'PUT' ? fault : undefined)));
  return {
    name: CALLED[fault.fault](fault.value ?? 1, urls.length === 1 ? '1 backend' : `${urls.length} backends`),
    byHand: `curl -X DELETE ${urls.map(pathOf).join(' ')}`,
    async check() {
      const states = await all('GET');
      const broken = urls.filter((_, k) => states[k]?.fault);
      if (broken.length > 0)
        throw new Error(
          `there is a fault already, left by something else: curl -X DELETE ${broken.map(pathOf).join(' ')}`,
        );
    },
    // With several, the fault is there with the first, and gone with the last.
    inject: async () => effect(await all('PUT'), 'inject', Math.min),
    restore: async () => effect(await all('DELETE'), 'restore', Math.max),
  };
}

async function stateOf(method: string, url: string, path: string, body: AdminFault | undefined): Promise<AdminState> {
  const answer = await ask(method, path, body).catch((e: Error) => {
    throw new Error(`no admin API at ${url}: ${e.message}; \`llmload mock --admin-port\` has one`);
  });
  const state = answer.json as AdminState | undefined;
  if (answer.ok && Array.isArray(state?.log)) return state;
  throw new Error(`${method} ${path} answers ${answer.ok ? 'as no admin API does' : said(answer)}`);
}

function effect(states: readonly AdminState[], did: 'inject' | 'restore', of: (...times: number[]) => number): Effect {
  const times = states.flatMap(({ log }) => log.findLast((entry) => entry.did === did)?.at ?? []);
  return times.length > 0 ? { at: of(...times) } : {};
}
