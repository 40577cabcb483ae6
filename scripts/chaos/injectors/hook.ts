import { mask, piecesOf } from '../../../lib/secrets.ts';
import { ask, said } from '../ask.ts';
import type { Effect, Injector } from '../injector.ts';

/** As long as the scenario waits for it. */
const PATIENCE = 60_000;

/** Any two URLs that are asked with POST. They are secrets: neither is ever in an error. Their answer may say `{at, name}`. */
export function hookInjector(inject: string, restore: string | undefined): Injector {
  return {
    name: 'fault',
    byHand: restore ? 'curl -X POST "$CHAOS_RESTORE_URL"' : '',
    check: async () => {},
    inject: () => post('CHAOS_INJECT_URL', inject),
    ...(restore && { restore: () => post('CHAOS_RESTORE_URL', restore) }),
  };
}

async function post(setting: string, url: string): Promise<Effect> {
  const answer = await ask('POST', url, undefined, PATIENCE).catch((e: Error) => {
    throw new Error(`${setting} cannot be asked: ${e.message}`);
  });
  if (!answer.ok) throw new Error(`${setting} answers ${mask(said(answer), piecesOf([url]))}`);
  const { at, name } = (answer.json ?? {}) as Record<string, unknown>;
  return { ...(typeof at === 'number' && { at }), ...(typeof name === 'string' && name !== '' && { name }) };
}
