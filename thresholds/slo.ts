import type { Step } from '../lib/load/plan.ts';
import { SettingsError } from '../lib/settings/parse.ts';
import { PROFILES } from './profiles.ts';

export const LATENCIES = ['ttft', 'ttfo', 'tpot', 'itl', 'e2e'] as const;
export type Latency = (typeof LATENCIES)[number];
export const STATS = ['p50', 'p90', 'p95', 'p99', 'p99.9', 'max', 'mean'] as const;
export type Stat = (typeof STATS)[number];

/** One term of an SLO. Limits: latencies in ms, `errors` and `in_slo` as shares, `goodput` in req/s, `throughput` in tok/s. */
export type Term = { text: string; op: '<' | '<=' | '>' | '>='; limit: number } & (
  | { metric: Latency; stat: Stat }
  | { metric: 'errors' | 'in_slo' | 'goodput' | 'throughput' }
);

const ALLOWED =
  `a profile (${Object.keys(PROFILES).join(', ')}) and terms such as ttft.p99<800ms, errors<0.5%, in_slo>99%, goodput>20, throughput>1000; ` +
  `latencies ${LATENCIES.join(' ')} with ${STATS.join(' ')}`;

const MS: Record<string, number> = { '': 1, ms: 1, s: 1000 };

/**
 * @param setting that holds it
 * @throws SettingsError
 */
export function parseTerm(text: string, setting = 'SLO'): Term {
  const bad = (wrong: string) => new SettingsError(setting, text, wrong, ALLOWED);
  const m = /^\s*([a-z_0-9]+)(?:\.([a-z0-9.]+?))?\s*(<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*(ms|s|%|req\/s|tok\/s)?\s*$/i.exec(
    text,
  );
  if (!m) throw bad('neither a profile nor a term');
  const [, metric = '', stat, op, digits, unit = ''] = m;
  const number = Number(digits);
  const parsed = { text: text.replace(/\s+/g, ''), op: op as Term['op'] };
  const upper = op === '<' || op === '<=';
  if ((LATENCIES as readonly string[]).includes(metric)) {
    if (!(STATS as readonly string[]).includes(stat ?? ''))
      throw bad(stat ? `no statistic "${stat}"` : 'says no statistic');
    const factor = MS[unit];
    if (factor === undefined) throw bad(`a time cannot be in "${unit}"`);
    if (!upper) throw bad('a latency has an upper limit');
    return { ...parsed, metric: metric as Latency, stat: stat as Stat, limit: number * factor };
  }
  const noStat = () => {
    if (stat !== undefined) throw bad(`"${metric}" takes no statistic`);
  };
  switch (metric) {
    case 'errors':
    case 'in_slo': {
      noStat();
      if (unit !== '' && unit !== '%') throw bad(`a share cannot be in "${unit}"`);
      const limit = unit === '%' ? number / 100 : number;
      if (limit > 1) throw bad('a share above 1; write 0.5% or 0.005');
      if ((metric === 'errors') !== upper)
        throw bad(metric === 'errors' ? 'errors have an upper limit' : 'in_slo has a lower limit');
      return { ...parsed, metric, limit };
    }
    case 'goodput':
    case 'throughput':
      noStat();
      if (unit !== '' && unit !== (metric === 'goodput' ? 'req/s' : 'tok/s'))
        throw bad(`${metric} cannot be in "${unit}"`);
      if (upper) throw bad(`${metric} has a lower limit`);
      return { ...parsed, metric, limit: number };
    default:
      throw bad(`no metric "${metric}"`);
  }
}

const keyOf = (t: Term): string => ('stat' in t ? `${t.metric}.${t.stat}` : t.metric);

/**
 * The terms of `chat,ttft.p99<800ms`: profiles spread out, a later term on the same figure replaces an earlier one.
 * @param setting that holds them
 * @throws SettingsError
 */
export function parseSlo(slo: string | undefined, setting = 'SLO'): Term[] {
  const terms = new Map<string, Term>();
  for (const part of (slo ?? '').split(',').map((p) => p.trim())) {
    if (!part) continue;
    const profile = Object.hasOwn(PROFILES, part) ? PROFILES[part as keyof typeof PROFILES] : undefined;
    if (!profile && /^[\w.-]+$/.test(part)) throw new SettingsError(setting, part, 'no such profile', ALLOWED);
    for (const text of profile ?? [part]) {
      const term = parseTerm(text, setting);
      terms.set(keyOf(term), term);
    }
  }
  return [...terms.values()];
}

/** What a step is judged by. @param terms of the run's SLO */
export const termsOf = ({ slo }: Pick<Step, 'slo'>, terms: readonly Term[]): readonly Term[] =>
  slo === undefined ? terms : parseSlo(slo, 'SLO_DURING');

/** What one request must meet to be in SLO: the limits of the highest percentiles; see MEASURING.md, "in SLO". */
export interface RequestLimits {
  ttft?: number;
  tpot?: number;
}

export function requestLimits(terms: readonly Term[]): RequestLimits {
  const highest = (metrics: Latency[]): number | undefined => {
    const limits = terms.flatMap((t) => ('stat' in t && t.stat !== 'mean' && metrics.includes(t.metric) ? [t] : []));
    limits.sort((a, b) => STATS.indexOf(a.stat) - STATS.indexOf(b.stat));
    return limits.at(-1)?.limit;
  };
  const ttft = highest(['ttft']);
  const tpot = highest(['itl']) ?? highest(['tpot']);
  return { ...(ttft !== undefined && { ttft }), ...(tpot !== undefined && { tpot }) };
}

/** The most of n requests that may fail under an upper limit on a share: 4 of 1000 under `<0.5%`, 5 under `<=0.5%`. */
export const allowedOf = (n: number, { op, limit }: Term): number =>
  Math.max(0, op === '<' ? Math.ceil(n * limit - 1e-9) - 1 : Math.floor(n * limit + 1e-9));

/**
 * Cannot be judged from k6's own sub-metrics: it needs windows, requests one by one, or the times of tokens where nobody
 * took them.
 * @param certify percentiles are certified, which takes the requests one by one
 * @param timed the driver times tokens
 */
export function needsRecords(t: Term, certify = false, timed = false): boolean {
  if (t.metric === 'errors') return false;
  if (t.metric === 'goodput' || t.metric === 'throughput') return true;
  if ('stat' in t && certify && t.stat !== 'max' && t.stat !== 'mean') return true;
  return t.metric !== 'e2e' && !timed;
}
