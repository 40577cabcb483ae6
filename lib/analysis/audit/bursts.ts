/** Do the misses of a certified term come in bursts? Then its requests are worth fewer independent ones. */
import { parseTerm, type Term } from '../../../thresholds/slo.ts';
import type { Check, SloResult } from '../../results.ts';
import type { Columns } from '../columns/columns.ts';
import { effectiveSize } from '../stats/bounds.ts';
import type { Measured } from '../steps.ts';
import { confidenceText, meansCount } from '../verdict.ts';

const BLOCK_MS = 10_000;
/** Fewer fall together by chance. */
const LEAST_MISSES = 5;

/** A doubt for each certified PASS or FAIL whose misses keep together more than independent ones would. */
export function auditBursts(columns: Columns, measured: readonly Measured[], slo: readonly SloResult[]): Check[] {
  return slo.flatMap((v) => {
    const own = measured.find((m) => m.result.name === v.step);
    if (v.kind !== 'certified' || v.verdict === 'INCONCLUSIVE' || !own || (v.misses ?? 0) < LEAST_MISSES) return [];
    const independent = worth(columns, own, figureOf(parseTerm(v.term), columns), v.limit);
    if (independent === undefined) return [];
    return [
      {
        check: `bursts.${v.step}.${v.term}`,
        ok: false,
        value: independent,
        sentence: `${v.step}: requests over ${v.term} come in bursts: ${v.n} requests tell as much as about ${independent} independent ones, so its verdict is less sure than ${confidenceText(v.confidence ?? 0)}`,
      },
    ];
  });
}

/**
 * How many independent requests these are worth, by blocks of 10 s; undefined where chance alone may have moved the misses
 * together. The variance between n blocks is within four of its own errors, √(2 / (n − 1)), of what independence gives.
 */
function worth(
  columns: Columns,
  { data }: Measured,
  value: (row: number) => number,
  limit: number,
): number | undefined {
  const { rows, from, to } = data;
  const blocks = Math.max(1, Math.floor((to - from) / BLOCK_MS));
  const t = columns.number('t');
  const outcome = columns.category('outcome');
  const okCode = outcome.values.indexOf('ok');
  const hits = new Float64Array(blocks);
  const sizes = new Float64Array(blocks);
  let n = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    if (outcome.codes[row] !== okCode) continue;
    const figure = value(row);
    if (Number.isNaN(figure)) continue;
    const block = Math.min(blocks - 1, Math.max(0, Math.floor(((t[row] as number) - from) / BLOCK_MS)));
    sizes[block] = (sizes[block] as number) + 1;
    if (figure > limit) hits[block] = (hits[block] as number) + 1;
    n++;
  }
  const effective = effectiveSize(hits, sizes);
  return n / effective > Math.max(2, 1 + 4 * Math.sqrt(2 / (blocks - 1))) ? Math.round(effective) : undefined;
}

/** What a request shows for a term, as its misses are counted; NaN: nothing. */
function figureOf(term: Term, columns: Columns): (row: number) => number {
  const { gapCount, gapSum, gapP99 } = columns;
  if (meansCount(term)) return (row) => (gapSum[row] as number) / (gapCount[row] as number);
  if (term.metric === 'itl') return (row) => gapP99[row] as number;
  if (term.metric !== 'tpot') {
    const values = columns.number(term.metric);
    return (row) => values[row] as number;
  }
  const [e2e, ttft, out] = [columns.number('e2e'), columns.number('ttft'), columns.number('out')];
  return (row) =>
    (out[row] as number) > 1 ? ((e2e[row] as number) - (ttft[row] as number)) / ((out[row] as number) - 1) : Number.NaN;
}
