/** The adaptive search for the limit: which load to try next, from what was tried so far. Doubling, then bisection. */
import { bracketOf, type LoadVerdict } from './search-judge.ts';
import { nextQuick } from './search-quick.ts';
import {
  baselineSeconds,
  certifySeconds,
  drainSeconds,
  hastily,
  overheadSeconds,
  probeSeconds,
} from './search-time.ts';
import type { Probe, Search, Tried } from './search-types.ts';

/** Nothing is asked for beyond it, req/s or in flight. */
export const MOST = 1e5;
/** Runs that may try to certify one load, and loads that may fail to be certified. */
const CERTIFYING = 2;
const UNCERTAIN_LOADS = 3;

/**
 * The next probe; undefined when the search is over, or no further probe fits the budget. It is a pure function of what was
 * tried: a load that turned out unclear is tried once more, for longer; if it stays so the search goes on below it, and then
 * above it.
 * @param elapsed s since the search began
 */
export function nextProbe(search: Search, tried: readonly Tried[], elapsed: number): Probe | undefined {
  if (search.quick) return nextQuick(search, tried, elapsed);
  const probe = search.staircase ? nextStair(search, search.staircase, tried) : wanted(search, tried);
  if (!probe || fits(search, tried, probe, elapsed)) return probe;
  // What was found so far is worth certifying, where there is no time for finding more.
  const last = probe.certify ? undefined : certifying(search, tried);
  return last && fits(search, tried, last, elapsed) ? last : undefined;
}

/** The next load of a list, until the last two were both too much: the rules look at a load and the next. */
function nextStair(
  search: Search,
  { loads, seconds }: NonNullable<Search['staircase']>,
  tried: readonly Tried[],
): Probe | undefined {
  if (tried.length === 0) return { load: search.baseline, seconds: baselineSeconds(search) };
  const judged = bracketOf(search, tried).loads;
  const over = tried.slice(-2).every((t) => judged.find((j) => j.load === t.probe.load)?.verdict === 'broken');
  const load = over ? undefined : loads[tried.length - 1];
  return load === undefined ? undefined : { load, seconds };
}

function wanted(search: Search, tried: readonly Tried[]): Probe | undefined {
  const { baseline } = search;
  if (tried.length === 0) return { load: baseline, seconds: baselineSeconds(search) };
  const { loads, held, broken, ceiling } = bracketOf(search, tried);
  const at = (load: number, fine: boolean): Probe => ({ load, seconds: probeSeconds(search, tried, load, fine) });
  if (broken !== undefined && broken <= baseline) return undefined;
  const uncertain = loads.filter((j) => !j.certified && tried.some((t) => t.probe.certify && t.probe.load === j.load));
  if (uncertain.filter((j) => j.verdict !== 'held').length >= UNCERTAIN_LOADS) return undefined;
  const low = held ?? baseline;
  const high = ceiling ?? Number.POSITIVE_INFINITY;
  const unclear = loads.find((j) => j.verdict === 'unclear' && !j.repeated && j.load > low && j.load < high)?.load;
  if (broken === undefined) {
    // Twice an unclear rate is soon clear; twice as many in flight only take twice as long.
    if (search.by === 'concurrency' && unclear !== undefined) return at(unclear, false);
    const next = Math.max(...loads.map((j) => j.load)) * 2;
    return next <= MOST ? at(next, false) : certifying(search, tried);
  }
  const load =
    unclear ??
    shoulder(search, tried, loads, low) ??
    middle(search, low, high) ??
    lucky(search, tried, held) ??
    above(search, loads, low, broken);
  return load === undefined ? certifying(search, tried) : at(load, true);
}

/** The load between two, unless they are as close as is wanted. */
export function middle({ by, precision }: Search, low: number, high: number): number | undefined {
  if (by === 'concurrency') {
    if (high - low <= Math.max(1, precision * low)) return undefined;
    return Math.min(high - 1, Math.max(low + 1, Math.round(Math.sqrt(low * high))));
  }
  const mid = Number(Math.sqrt(low * high).toPrecision(3));
  return high / low > 1 + precision + 1e-9 && mid > low && mid < high ? mid : undefined;
}

/** Where tok/s rose by less than this share of the load that was added, it stopped rising somewhere between. */
const PROPORTIONAL = 0.8;

/** A closed loop holds at nearly twice the load of its knee, as that still gives more than half of it: so look between. */
function shoulder(search: Search, tried: readonly Tried[], loads: readonly LoadVerdict[], low: number) {
  const below = loads.filter((j) => j.load < low).at(-1)?.load;
  if (search.by === 'rate' || search.terms.length > 0 || below === undefined) return undefined;
  const at = (load: number) => tried.filter((t) => t.probe.load === load).at(-1)?.evidence.throughput ?? 0;
  const little = at(low) / at(below) - 1 < PROPORTIONAL * (low / below - 1);
  return little ? middle(search, below, low) : undefined;
}

/** What held while doubling, though little more broke: with random arrivals that may have been luck. */
const lucky = (search: Search, tried: readonly Tried[], held: number | undefined): number | undefined =>
  search.random && held !== undefined && held > search.baseline && hastily(search, tried, held) ? held : undefined;

/** A load that stays unclear says nothing of those above it: the lowest that breaks lies between it and what broke so far. */
function above(search: Search, loads: readonly LoadVerdict[], low: number, broken: number): number | undefined {
  const unclear = loads.filter((j) => j.verdict === 'unclear' && j.load > low && j.load < broken).at(-1)?.load;
  return unclear === undefined ? undefined : middle(search, unclear, broken);
}

/** With an SLO: the run that certifies the highest load that held. */
function certifying(search: Search, tried: readonly Tried[]): Probe | undefined {
  if (search.terms.length === 0) return undefined;
  const { held, loads } = bracketOf(search, tried);
  if (held === undefined || loads.find((j) => j.load === held)?.certified) return undefined;
  if (tried.filter((t) => t.probe.certify && t.probe.load === held).length >= CERTIFYING) return undefined;
  const seconds = certifySeconds(search, tried, held);
  return seconds > 0 ? { load: held, seconds, certify: true } : undefined;
}

/** With its drain, and between what held and what broke with the time to certify what held. */
function fits(search: Search, tried: readonly Tried[], probe: Probe, elapsed: number): boolean {
  if (search.budget === undefined) return true;
  const { held = search.baseline, broken, loads } = bracketOf(search, tried);
  const certify = certifySeconds(search, tried, held);
  const done = loads.find((j) => j.load === held)?.certified && certify <= probe.seconds; // the probe itself will do
  const later = probe.certify || broken === undefined || done ? 0 : certify;
  const can = search.staircase ? probe.load : held; // the next stair is only a little more
  const own = probe.seconds + overheadSeconds(search, tried, elapsed) + drainSeconds(search, tried, probe, can);
  return elapsed + own + later <= search.budget;
}
