import { parseSlo, requestLimits, type Term } from '../../../thresholds/slo.ts';
import type { Verdict } from '../../results.ts';
import type { Columns } from '../columns/columns.ts';
import { gravest } from '../gate.ts';
import { type Measured, measureStep } from '../steps.ts';
import { judge } from '../verdict.ts';
import type { Chaos } from './result.ts';
import type { Phases } from './times.ts';

/** What is to hold. */
export interface SloAsked {
  terms: readonly Term[];
  /** Percentiles are certified at this; absent: observed. */
  confidence?: number;
}

/** The SLO by phase. A request that was still under way at the injection is no part of what was before it. */
export function slosOf(
  columns: Columns,
  { pre, during, post }: Phases,
  injected: number | null,
  { terms, confidence }: SloAsked,
): Chaos['slo'] {
  const of = (measured: Measured | undefined, by: readonly Term[]): Verdict | null =>
    (measured && gravest(by.map((term) => judge(measured.result, term, measured, { columns, confidence }).verdict))) ??
    null;
  const limits = terms.length > 0 ? requestLimits(terms) : undefined;
  const before = pre && injected !== null ? measureStep(columns, endedBefore(columns, pre, injected), limits) : pre;
  const own = during?.data.step.slo;
  return {
    pre: of(before, terms),
    during: of(during, own === undefined ? terms : parseSlo(own)),
    post: of(post, terms),
  };
}

function endedBefore(columns: Columns, { data }: Measured, moment: number): Measured['data'] {
  const t = columns.number('t');
  const end = columns.number('end');
  return { ...data, rows: data.rows.filter((row) => (t[row] as number) + (end[row] || 0) < moment) };
}
