import { allowedOf, needsRecords, type Stat, type Term } from '../../thresholds/slo.ts';
import type { SloResult, StepResult } from '../results.ts';
import { requestsToCertify, upperBound } from './certify.ts';
import type { Measured } from './steps.ts';

/** The share of requests below a percentile's limit, for the percentiles that can be certified. */
const SHARE: Partial<Record<Stat, number>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, 'p99.9': 0.999 };
const KEY = { p50: 'p50', p90: 'p90', p95: 'p95', p99: 'p99', 'p99.9': 'p999', max: 'max', mean: 'mean' } as const;

const holds = (measured: number, { op, limit }: Term): boolean =>
  op === '<' ? measured < limit : op === '<=' ? measured <= limit : op === '>' ? measured > limit : measured >= limit;

export function measuredValue(result: StepResult, term: Term): number | undefined {
  if ('stat' in term) return result.metrics[term.metric]?.[KEY[term.stat]];
  if (term.metric === 'errors') return result.requests + result.dropped > 0 ? result.errorRate : undefined;
  if (term.metric === 'in_slo') return result.inSlo;
  return result[term.metric];
}

/** How many of a sorted list are over the limit. */
function over(sorted: Float64Array, limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if ((sorted[mid] as number) > limit) high = mid;
    else low = mid + 1;
  }
  return sorted.length - low;
}

/**
 * The observed verdict on one term: the measured value against its limit. What certifying the same percentile would take
 * is said beside it (ITL by each request's own p99 gap, since the gaps of one answer are not independent).
 * @param measured without it (http driver) misses are not known
 */
export function judge(result: StepResult, term: Term, measured?: Measured): SloResult {
  const value = measuredValue(result, term);
  const base = {
    step: result.name,
    term: term.text,
    kind: 'observed' as const,
    limit: term.limit,
    n: result.ok,
    misses: null,
    allowed: null,
  };
  if (value === undefined || Number.isNaN(value)) {
    const why =
      result.requests === 0 ? 'no request was measured' : result.ok === 0 ? 'no request succeeded' : unmeasured(term);
    return { ...base, measured: null, verdict: 'NOT_MEASURED', why };
  }
  const verdict = holds(value, term) ? 'PASS' : 'FAIL';
  const share = 'stat' in term ? SHARE[term.stat] : undefined;
  if ('stat' in term && share !== undefined && measured) {
    const list = measured.sorted[term.metric === 'itl' ? 'itlP99' : term.metric];
    const misses = over(list, term.limit);
    const allowed = Math.floor(list.length * (1 - share) + 1e-9);
    return {
      ...base,
      n: list.length,
      misses,
      allowed,
      measured: value,
      verdict,
      why: certifying(list.length, misses, share),
    };
  }
  if (term.metric === 'errors') {
    const asked = result.requests + result.dropped;
    const misses = asked - result.ok;
    const bound = upperBound(misses, asked);
    return {
      ...base,
      n: asked,
      misses,
      allowed: allowedOf(asked, term),
      measured: value,
      verdict,
      why: `true rate below ${percent(bound)} at 99 % confidence`,
    };
  }
  return { ...base, measured: value, verdict, why: '' };
}

function certifying(n: number, misses: number, share: number): string {
  if (misses > n * (1 - share)) return 'too many misses to certify';
  const needed = requestsToCertify(share, misses);
  return needed <= n ? 'enough requests to certify at 99 %' : `to certify at 99 %: ${needed} requests, no more misses`;
}

const unmeasured = (term: Term): string => (needsRecords(term) ? 'needs a streamed answer and bin/k6' : 'not measured');

export const percent = (share: number): string => `${Number((share * 100).toPrecision(2))} %`;
