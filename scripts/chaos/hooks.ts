import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { FaultNote } from '../../lib/analysis/chaos/result.ts';
import type { Effect, Injector } from './injector.ts';

/** What was done, as it is kept in chaos.jsonl. */
export interface Action extends FaultNote {
  /** Epoch ms at which the injector was done with it. */
  done: number;
}

/** An injector as the two URLs that the scenario asks, so that there is one clock only. */
export interface Hooks {
  injectUrl: string;
  /** Absent: the fault heals by itself. */
  restoreUrl: string | undefined;
  /** Closes the hooks, and undoes what was made and is not undone yet. @throws Error with one line why it could not */
  settle(): Promise<void>;
}

/** @param folder of the run: what was done is told in chaos.jsonl there, what commands write in chaos.log */
export async function serveHooks(injector: Injector, name: string, folder: string): Promise<Hooks> {
  const [journal, log] = [join(folder, 'chaos.jsonl'), join(folder, 'chaos.log')];
  /** One thing at a time: the end of the last one. */
  let last: Promise<unknown> = Promise.resolve();
  let made = false;
  let over = false;

  async function act(did: Action['did'], work: (log: string) => Promise<Effect>): Promise<Effect> {
    const asked = Date.now();
    const tell = (end: Partial<Action>) => {
      const action: Action = { kind: 'fault', did, name, asked, done: Date.now(), ...end };
      appendFileSync(journal, `${JSON.stringify(action)}\n`);
    };
    try {
      const effect = await work(log);
      tell(effect);
      return { name, ...effect };
    } catch (e) {
      tell({ error: (e as Error).message });
      throw e;
    }
  }

  const inject = () => {
    if (over) throw new Error('the run is over');
    made = true; // from the first try on: half a fault is one, too
    return act('inject', (to) => injector.inject(to));
  };
  const restore = async () => {
    const undo = injector.restore;
    if (!made || !undo) return {};
    const effect = await act('restore', (to) => undo(to));
    made = false;
    return effect;
  };
  const inTurn = (work: () => Promise<Effect>): Promise<Effect> => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };

  const secret = randomUUID();
  const paths = new Map([
    [`/${secret}/inject`, inject],
    [`/${secret}/restore`, restore],
  ]);
  const server = createServer((request, response) => {
    const work = request.method === 'POST' ? paths.get(request.url ?? '') : undefined;
    request.resume();
    if (!work) return void response.writeHead(404).end();
    inTurn(work).then(
      (effect) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(effect)),
      (e: Error) => response.writeHead(500, { 'Content-Type': 'text/plain; charset=utf-8' }).end(e.message),
    );
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${secret}`;
  return {
    injectUrl: `${base}/inject`,
    restoreUrl: injector.restore && `${base}/restore`,
    async settle() {
      over = true;
      server.close();
      server.closeAllConnections();
      await inTurn(restore);
    },
  };
}
