import { allowedOf, needsRecords, type Stat, type Term } from '../../thresholds/slo.ts';
import type { SloResult, StepResult } from '../results.ts';
import type { Columns } from './columns/columns.ts';
import { certified, missesToCertify, moreToCertify, requestsToCertify, upperBound } from './stats/certify.ts';
import type { Measured } from './steps.ts';

/** The share of requests below a percentile's limit, for the percentiles that can be certified. */
export const SHARE: Partial<Record<Stat, number>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, 'p99.9': 0.999 };
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

/** Where the requests of a step are. */
export interface From {
  columns: Columns;
  /** Percentiles are certified at this; absent: observed. */
  confidence?: number | undefined;
}

/**
 * The verdict on one term. Observed: the measured value against its limit; what certifying the same percentile would take is
 * said beside it. With a confidence percentiles are certified; every other term stays observed.
 * @param measured without it (http driver) misses are not known
 */
export function judge(result: StepResult, term: Term, measured?: Measured, from?: From): SloResult {
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
    const means = meansCount(term) && from !== undefined;
    const misses = means ? meansOver(measured, from.columns, term.limit) : over(list, term.limit);
    if (from?.confidence !== undefined)
      return {
        ...base,
        n: list.length,
        misses,
        measured: value,
        ...certify(list.length, misses, share, from.confidence, verdict, result),
      };
    const allowed = Math.floor(list.length * (1 - share) + 1e-9);
    return {
      ...base,
      n: list.length,
      misses,
      allowed,
      measured: value,
      verdict,
      why: toCertify(list.length, misses, share),
    };
  }
  if (term.metric === 'errors') {
    const asked = result.requests + result.dropped;
    const misses = asked - result.ok;
    const confidence = from?.confidence ?? 0.99;
    const bound = upperBound(misses, asked, confidence);
    return {
      ...base,
      n: asked,
      misses,
      allowed: allowedOf(asked, term),
      measured: value,
      verdict,
      why: `true rate below ${percent(bound)} at ${confidenceText(confidence)} confidence`,
    };
  }
  return { ...base, measured: value, verdict, why: '' };
}

/**
 * The gaps of one answer are not independent, so a request counts once: it misses an ITL limit by its own p99 gap. Its mean
 * gap stands for the median, which p99 gaps would never certify.
 */
export const meansCount = (term: Term): boolean => term.metric === 'itl' && 'stat' in term && term.stat === 'p50';

function meansOver({ data }: Measured, columns: Columns, limit: number): number {
  const { gapCount, gapSum } = columns;
  const outcome = columns.category('outcome');
  const okCode = outcome.values.indexOf('ok');
  const { rows } = data;
  let misses = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    if (outcome.codes[row] === okCode && (gapSum[row] as number) / (gapCount[row] as number) > limit) misses++;
  }
  return misses;
}

/** The part of a result that certifying gives; `observed` is the verdict by value, which it never contradicts. */
function certify(
  n: number,
  misses: number,
  share: number,
  confidence: number,
  observed: 'PASS' | 'FAIL',
  { load, achieved }: StepResult,
): Pick<SloResult, 'kind' | 'confidence' | 'more' | 'allowed' | 'verdict' | 'why'> {
  const found = certified(share, n, misses, confidence);
  const base = { kind: 'certified' as const, confidence, allowed: missesToCertify(share, n, confidence) ?? null };
  if (found === observed) return { ...base, verdict: found, why: '' };
  // Possible for ITL only, where requests are counted and gaps are measured.
  if (found !== 'INCONCLUSIVE')
    return {
      ...base,
      verdict: 'INCONCLUSIVE',
      more: null,
      why: `${found} by requests, ${observed} by all gaps together`,
    };
  const requests = moreToCertify(share, n, misses, confidence);
  const verdict = 'INCONCLUSIVE';
  if (requests === undefined)
    return {
      ...base,
      verdict,
      more: null,
      why: `${percent(misses / n)} miss, ${percent(1 - share)} may: more would not certify`,
    };
  const rate = load.kind === 'open' ? load.rate : achieved;
  const minutes = requests / rate / 60;
  const why = `needs ${requests} more requests, ${minutes.toFixed(minutes < 10 ? 1 : 0)} min at ${Number(rate.toPrecision(3))} req/s`;
  return { ...base, verdict, more: { requests, minutes }, why };
}

function toCertify(n: number, misses: number, share: number): string {
  if (misses > n * (1 - share)) return 'too many misses to certify';
  const needed = requestsToCertify(share, misses);
  return needed <= n ? 'enough requests to certify at 99 %' : `to certify at 99 %: ${needed} requests, no more misses`;
}

/** 0.99 → `99 %`, 0.999 → `99.9 %`. */
export const confidenceText = (confidence: number): string => `${Number((confidence * 100).toPrecision(6))} %`;

const unmeasured = (term: Term): string =>
  needsRecords(term) ? 'needs a streamed answer and bin/k6' : 'certifying needs bin/k6';

export const percent = (share: number): string => `${Number((share * 100).toPrecision(2))} %`;
