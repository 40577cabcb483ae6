import { now, roundMs, toEpoch } from '../clock.ts';
import type { Network } from '../network.ts';
import type { Tempo } from '../tempo.ts';
import { effectOf, readAdminFault } from './faults.ts';
import type { AdminFault, AdminState } from './protocol.ts';

/** Breaks a server as a whole, and mends it. */
export interface Admin {
  state(): AdminState;
  /** In place of the fault there is. Resolves to the epoch ms at which it had taken effect. @throws Error with one line */
  inject(fault: AdminFault): Promise<number>;
  /** Likewise; without a fault nothing happens. @throws Error when the port of a dead server was taken meanwhile */
  restore(): Promise<number>;
}

export function createAdmin(network: Network, tempo: Tempo): Admin {
  const log: AdminState['log'] = [];
  let fault: AdminFault | null = null;
  let last: Promise<unknown> = Promise.resolve();

  async function become(next: AdminFault | null): Promise<number> {
    const effect = effectOf(next);
    tempo.set(effect);
    await network.become(effect.network);
    const at = roundMs(toEpoch(now()));
    if (fault) log.push({ at, did: 'restore', fault });
    if (next) log.push({ at, did: 'inject', fault: next });
    fault = next;
    return at;
  }

  /** One after the other, also when they are asked for together. */
  function inTurn(next: AdminFault | null): Promise<number> {
    const done = last.then(() => become(next));
    last = done.catch(() => {});
    return done;
  }

  return {
    state: () => ({ fault, log: [...log] }),
    inject: async (given) => inTurn(readAdminFault(given)),
    restore: () => inTurn(null),
  };
}
