import type { Random } from '../random.ts';
import { createTurns, leastBusy, rendezvous } from './policies.ts';

/** A server behind the router. */
export interface Backend {
  name: string;
  models: readonly string[];
  /** Its share of a model's requests is due in proportion to this; above 0. */
  weight: number;
}

/**
 * How a backend is chosen among those that serve a model. `least-busy`: fewest in flight for its weight, ties taking
 * turns by weight. `round-robin`: turns by weight. `session`: by the session's id; without one, least busy.
 */
export const POLICIES = ['least-busy', 'round-robin', 'session'] as const;
export type Policy = (typeof POLICIES)[number];

/** What a router may do wrong on purpose, to show that a check finds it. */
export const BROKEN = [
  'wrong-model',
  'wrong-backend',
  'swapped-answers',
  'buffered',
  'sticky',
  'ignores-weights',
] as const;
export type Broken = (typeof BROKEN)[number];

export interface BalanceOptions {
  policy: Policy;
  broken?: Broken | undefined;
  /** Share of the requests that `broken` strikes; 1 unless given. */
  share?: number | undefined;
  /** Decides which ones. */
  random: Random;
}

/** Where a request goes. */
export interface Choice {
  /** Index of the backend. */
  backend: number;
  /** The model to ask it for. */
  model: string;
  /** `broken` struck. What that does to the answer, if anything, is left to who carries the answer. */
  struck: boolean;
}

export interface Balance {
  /** Undefined: no healthy backend serves the model. `except`: one that has just failed. */
  choose(model: string, session?: string, except?: number): Choice | undefined;
  /** A request was sent to this backend. */
  begin(backend: number): void;
  /** It is over. */
  end(backend: number): void;
  healthy(backend: number, ok: boolean): void;
}

/** Chooses backends. It has no clock and no sockets, and all that is random in it comes from `random`. */
export function createBalance(backends: readonly Backend[], options: BalanceOptions): Balance {
  const { policy, broken, share = 1, random } = options;
  const names = backends.map((each) => each.name);
  const inFlight = backends.map(() => 0);
  const up = backends.map(() => true);
  const fair = choosing(backends.map((each) => each.weight));
  const equal = choosing(backends.map(() => 1));
  const stuck = new Map<string, number>();

  function choosing(weights: readonly number[]) {
    const turns = createTurns(weights);
    return (model: string, session: string | undefined, among: readonly number[]): number => {
      if (policy === 'round-robin') return turns(model, among);
      if (policy === 'session' && session !== undefined) return rendezvous(session, among, names, weights);
      return turns(model, leastBusy(among, inFlight, weights));
    };
  }

  function serving(model: string, except: number | undefined): number[] {
    return [...backends.keys()].filter((i) => up[i] && i !== except && backends[i]?.models.includes(model));
  }

  /** Another model, and the backends that may get the request under its name; undefined where there are none. */
  function astray(model: string, among: readonly number[], except: number | undefined) {
    const found = otherModels(backends, model)
      .map((other) => ({ model: other, among: serving(other, except) }))
      .map((other) => (broken === 'wrong-backend' ? { ...other, among: without(other.among, among) } : other))
      .filter((other) => other.among.length > 0);
    return found[Math.floor(random() * found.length)];
  }

  function stick(model: string, session: string | undefined, among: readonly number[]): number {
    const before = stuck.get(model);
    const backend = before !== undefined && among.includes(before) ? before : fair(model, session, among);
    stuck.set(model, backend);
    return backend;
  }

  return {
    choose(model, session, except) {
      const among = serving(model, except);
      if (among.length === 0) return undefined;
      const struck = broken !== undefined && (share >= 1 || random() < share);
      if (!struck) return { backend: fair(model, session, among), model, struck };
      switch (broken) {
        case 'wrong-model':
        case 'wrong-backend': {
          const other = astray(model, among, except);
          if (other === undefined) return { backend: fair(model, session, among), model, struck: false };
          return { backend: fair(other.model, session, other.among), model: other.model, struck };
        }
        case 'sticky':
          return { backend: stick(model, session, among), model, struck };
        case 'ignores-weights':
          return { backend: equal(model, session, among), model, struck };
        case 'swapped-answers':
        case 'buffered':
          return { backend: fair(model, session, among), model, struck };
      }
    },
    begin(backend) {
      inFlight[backend] = (inFlight[backend] ?? 0) + 1;
    },
    end(backend) {
      inFlight[backend] = (inFlight[backend] ?? 0) - 1;
    },
    healthy(backend, ok) {
      up[backend] = ok;
    },
  };
}

function otherModels(backends: readonly Backend[], model: string): string[] {
  return [...new Set(backends.flatMap((each) => each.models))].filter((other) => other !== model);
}

function without(all: readonly number[], some: readonly number[]): number[] {
  return all.filter((each) => !some.includes(each));
}
