import { nextProbe } from '../../lib/analysis/limit/search.ts';
import { bracketOf, limitFound, measureProbe } from '../../lib/analysis/limit/search-judge.ts';
import { planSearch } from '../../lib/analysis/limit/search-plan.ts';
import type { Search, Tried } from '../../lib/analysis/limit/search-types.ts';
import type { Client } from './client.ts';
import type { Model } from './servers.ts';
import { closed, open, Simulation } from './simulation.ts';

const SEARCH: Search = {
  by: 'rate',
  random: false,
  baseline: 1,
  precision: 0.05,
  terms: [],
  confidence: 0.99,
  alone: 1,
  overhead: 0,
};

/**
 * A whole search on a simulated server, as `llmload saturate` does it; `overhead` passes after each probe.
 * @param most ends it before a load beyond this one
 */
export function searching(
  model: Model,
  seed: number,
  options: Partial<Search> = {},
  client?: Client,
  most = Number.POSITIVE_INFINITY,
) {
  const search = { ...SEARCH, ...options };
  const sim = new Simulation(model, seed, client);
  const tried: Tried[] = [];
  /** The precision that the plan promised as soon as some load had broken. */
  let said: number | undefined;
  for (let probe = nextProbe(search, tried, 0); probe; probe = nextProbe(search, tried, sim.now / 1000)) {
    const { load, seconds } = probe;
    if (load > most) break;
    const name = `${load}#${tried.length}`;
    const { random: poisson } = search;
    const phase = search.by === 'rate' ? open(load, seconds, { name, poisson }) : closed(load, seconds, { name });
    const { columns, steps } = sim.run([phase]);
    sim.now += 1000 * search.overhead;
    const [step] = steps;
    if (!step || tried.length > 60) throw new Error(`no end after ${tried.map((t) => t.probe.load)}`);
    tried.push(measureProbe(search, probe, step, columns));
    if (bracketOf(search, tried).broken !== undefined) said ??= planSearch(search, tried, sim.now / 1000).precision;
  }
  const requests = tried.reduce((sum, t) => sum + t.result.requests, 0);
  const limit = limitFound(search, tried);
  const [held, broken] = limit.range;
  const precision = held !== null && broken !== null ? broken / held - 1 : undefined;
  return { limit, held, broken, tried, requests, seconds: sim.now / 1000, precision, said };
}

/** The range holds the truth, or an end of it is at most a tenth away. */
export function lands([held, broken]: readonly (number | null)[], truth: number): boolean {
  if (typeof held !== 'number' || typeof broken !== 'number') return false;
  return held <= 1.1 * truth && broken >= 0.9 * truth && (held >= 0.9 * truth || broken <= 1.1 * truth);
}

/** The range holds the truth, or misses it by less than a tenth, however wide it is. */
export function spans([held, broken]: readonly (number | null)[], truth: number): boolean {
  return typeof held === 'number' && typeof broken === 'number' && held <= 1.1 * truth && broken >= 0.9 * truth;
}

/** Those of so many seeds at which a search goes wrong, with what it finds. */
export const astray = (model: Model, truth: number, options: Partial<Search>, rules: RegExp, seeds = 20): string[] =>
  Array.from({ length: seeds }, (_, k) => k + 1).flatMap((seed) => {
    const { limit } = searching(model, seed, options);
    return lands(limit.range, truth) && rules.test(`${limit.rules}`)
      ? []
      : [`${seed}: ${limit.rules} ${limit.sentence}`];
  });
