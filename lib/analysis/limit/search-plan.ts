/** What a search will take, before it is over. */
import { middle } from './search.ts';
import { bracketOf } from './search-judge.ts';
import { QUICK_SECONDS } from './search-quick.ts';
import {
  answerSeconds,
  baselineSeconds,
  certifySeconds,
  drainSeconds,
  overheadSeconds,
  probeSeconds,
} from './search-time.ts';
import type { Search, Tried } from './search-types.ts';

/** Until the limit is known to lie below some load: doublings of the baseline that it may take. */
const DOUBLINGS = 6;

export interface SearchPlan {
  /** Those that were tried among them. */
  probes: number;
  /** From the beginning. */
  seconds: number;
  /** What the limit will be known to, as a share; undefined where the budget may not reach it. */
  precision: number | undefined;
}

/** About. Loads that turn out unclear are tried again, which comes on top. @param elapsed s */
export function planSearch(search: Search, tried: readonly Tried[], elapsed: number): SearchPlan {
  const { baseline, budget = Number.POSITIVE_INFINITY } = search;
  if (search.quick) return planQuick(search, tried, elapsed);
  if (search.staircase) return planStairs(search, search.staircase, tried, elapsed);
  const overhead = overheadSeconds(search, tried, elapsed);
  const answer = answerSeconds(search, tried);
  const plan = { probes: tried.length, seconds: elapsed };
  /** Unless it does not fit, as nextProbe has it. */
  const add = (load: number, seconds: number, held: number, later = 0): boolean => {
    const drain = drainSeconds(search, tried, { load, seconds }, held);
    if (plan.seconds + seconds + overhead + drain + later > budget) return false;
    plan.probes++;
    plan.seconds += seconds + overhead + answer;
    return true;
  };
  if (tried.length === 0 && !add(baseline, baselineSeconds(search), baseline)) return { ...plan, precision: undefined };

  const known = bracketOf(search, tried);
  let low = known.held ?? baseline;
  let high = known.ceiling;
  for (let k = Math.max(1, DOUBLINGS - known.loads.length + 1); known.broken === undefined && k > 0; k--) {
    low = high ?? Math.max(baseline, ...known.loads.map((j) => j.load));
    high = 2 * low;
    if (!add(high, probeSeconds(search, tried, high, false), low)) return { ...plan, precision: undefined };
  }
  if (high === undefined) return { ...plan, precision: undefined };
  const certify = certifySeconds(search, tried, low);
  for (let mid = middle(search, low, high); mid !== undefined; mid = middle(search, low, high)) {
    if (!add(mid, probeSeconds(search, tried, mid, true), low, certify)) break;
    low = mid;
  }
  if (certify > 0) add(low, certify, low);
  return { ...plan, precision: high / low - 1 };
}

/** Probes of a quick search that finds the limit soon, and how near its ends mostly are. */
const QUICK = { probes: 5, precision: 0.5 };

function planQuick(search: Search, tried: readonly Tried[], elapsed: number): SearchPlan {
  const { held, broken } = bracketOf(search, tried);
  const precision = held !== undefined && broken !== undefined ? broken / held - 1 : QUICK.precision;
  const seconds = Math.max(elapsed, search.budget ?? QUICK_SECONDS);
  return { probes: Math.max(tried.length, QUICK.probes), seconds, precision };
}

/** With every load of the list: it may end earlier. */
function planStairs(
  search: Search,
  { loads, seconds }: NonNullable<Search['staircase']>,
  tried: readonly Tried[],
  elapsed: number,
): SearchPlan {
  const each = overheadSeconds(search, tried, elapsed) + answerSeconds(search, tried);
  const first = tried.length === 0 ? baselineSeconds(search) + each : 0;
  const left = loads.length - Math.max(0, tried.length - 1);
  const ratios = loads.map((load, k) => load / (loads[k - 1] ?? search.baseline));
  return {
    probes: 1 + loads.length,
    seconds: elapsed + first + left * (seconds + each),
    precision: Math.max(...ratios) - 1,
  };
}
