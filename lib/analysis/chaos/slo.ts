import { parseSlo, type Term } from '../../../thresholds/slo.ts';
import type { Verdict } from '../../results.ts';
import type { Columns } from '../columns/columns.ts';
import { gravest } from '../gate.ts';
import type { Measured } from '../steps.ts';
import { judge } from '../verdict.ts';
import type { Chaos } from './result.ts';
import type { Phases } from './times.ts';

/** What is to hold. */
export interface SloAsked {
  terms: readonly Term[];
  /** Percentiles are certified at this; absent: observed. */
  confidence?: number;
}

/** The SLO by phase. */
export function slosOf(columns: Columns, { pre, during, post }: Phases, { terms, confidence }: SloAsked): Chaos['slo'] {
  const of = (measured: Measured | undefined, by: readonly Term[]): Verdict | null =>
    (measured && gravest(by.map((term) => judge(measured.result, term, measured, { columns, confidence }).verdict))) ??
    null;
  const own = during?.data.step.slo;
  return { pre: of(pre, terms), during: of(during, own === undefined ? terms : parseSlo(own)), post: of(post, terms) };
}
