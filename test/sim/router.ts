import type { Random } from '../../lib/random.ts';
import { type Backend, type BalanceOptions, createBalance } from '../../mock/router/balance.ts';
import { OUTCOMES, type Routed, type Rows } from './rows.ts';
import type { Model, Server } from './servers.ts';

export interface RouterOptions extends Pick<BalanceOptions, 'policy' | 'broken' | 'share'> {
  /** What is behind it. */
  backends: readonly (Backend & { server: Model })[];
  /** Models that are asked for, by weight. */
  mix: Readonly<Record<string, number>>;
  /** Requests are questions of conversations of so many; a user asks the next one as soon as there is an answer. */
  turns?: number;
  /** Share of the requests of which the router does not see to which conversation they belong. */
  forgets?: number;
}

/** A router in front of several servers, choosing as the reference router does; what it does wrong with answers is done here. */
export function router(options: RouterOptions): Model {
  const { backends } = options;
  return {
    capacity: backends.reduce((sum, b) => sum + b.server.capacity, 0),
    start: (rows, random) => start(options, rows, random),
  };
}

function start(options: RouterOptions, rows: Rows, random: Random): Server {
  const { backends, mix, turns = 1, forgets = 0, broken } = options;
  const balance = createBalance(backends, { ...options, random });
  const servers = backends.map((b) => b.server.start(rows, random));
  const models = Object.keys(mix);
  const routed: Routed = {
    models,
    backends: backends.map((b) => b.name),
    model: [],
    answered: [],
    backend: [],
    session: [],
  };
  rows.routed = routed;
  const draw = () => {
    const ends = Object.values(mix).map((_, k, all) => all.slice(0, k + 1).reduce((a, b) => a + b, 0));
    const at = random() * (ends.at(-1) as number);
    return ends.findIndex((end) => at < end);
  };
  const struck = new Set<number>();
  /** Of conversations that wait for their next question: id, model, questions asked. */
  const waiting: { id: string; model: number; asked: number }[] = [];
  const under = new Map<number, { id: string; model: number; asked: number }>();
  let talks = 0;

  return {
    arrive(at, row) {
      const talk = waiting.shift() ?? { id: `s-${talks++}`, model: draw(), asked: 0 };
      talk.asked++;
      under.set(row, talk);
      const { id, model } = talk;
      const session = turns > 1 && random() >= forgets ? id : undefined;
      const choice = balance.choose(models[model] as string, session);
      if (!choice) throw new Error(`no backend serves ${models[model]}`);
      balance.begin(choice.backend);
      routed.model[row] = model;
      routed.answered[row] = broken === 'wrong-backend' ? model : models.indexOf(choice.model);
      routed.backend[row] = choice.backend;
      routed.session[row] = turns > 1 ? id : '';
      if (choice.struck) struck.add(row);
      servers[choice.backend]?.arrive(at, row);
    },
    next: () => Math.min(...servers.map((s) => s.next())),
    happen() {
      const at = this.next();
      const server = servers.findIndex((s) => s.next() === at);
      const row = servers[server]?.happen() ?? -1;
      if (row < 0) return row;
      balance.end(server);
      const talk = under.get(row);
      under.delete(row);
      if (talk && talk.asked < turns) waiting.push(talk);
      const hit = struck.delete(row);
      if (hit && broken === 'buffered') rows.ttft[row] = rows.end[row] as number;
      if (hit && broken === 'swapped-answers') swap(row, [...under.keys()], rows, routed);
      if (routed.answered[row] !== routed.model[row]) rows.fail(row, 'wrong_model', rows.end[row] as number);
      return row;
    },
  };
}

/** Crosses the answers of two requests for one model that are in flight together, where there is another. */
function swap(row: number, inFlight: readonly number[], rows: Rows, routed: Routed): void {
  const other = inFlight.find((r) => routed.model[r] === routed.model[row] && rows.outcome[r] === 0);
  if (other === undefined || rows.outcome[row] !== 0) return;
  for (const each of [row, other]) rows.outcome[each] = OUTCOMES.indexOf('swapped');
  [routed.backend[row], routed.backend[other]] = [routed.backend[other] as number, routed.backend[row] as number];
}
