/** What a fault cost: attempts for each request, and tokens. */
import type { Columns } from '../columns/columns.ts';
import type { Requests } from './requests.ts';
import type { Chaos } from './result.ts';

/**
 * Mean attempts of the requests of each phase: the router's, one where it told none, and what the client sent again. Where
 * no router told any and nothing was sent again, nobody counted.
 */
export function attemptsOf(
  columns: Columns,
  { n, row, start }: Requests,
  injected: number | null,
  restored: number | null,
): Chaos['attempts'] {
  const attempts = columns.number('attempts');
  const resent = columns.number('resent');
  const sums = [0, 0, 0];
  const counts = [0, 0, 0];
  let counted = false;
  for (let k = 0; k < n; k++) {
    const at = row[k] as number;
    const phase =
      (start[k] as number) < (injected ?? Number.POSITIVE_INFINITY)
        ? 0
        : (start[k] as number) < (restored ?? Number.POSITIVE_INFINITY)
          ? 1
          : 2;
    const again = resent[at] || 0;
    if ((attempts[at] as number) >= 0 || again > 0) counted = true;
    sums[phase] = (sums[phase] as number) + ((attempts[at] as number) >= 0 ? (attempts[at] as number) : 1) + again;
    counts[phase] = (counts[phase] as number) + 1;
  }
  const mean = (phase: number) =>
    counted && counts[phase] ? (sums[phase] as number) / (counts[phase] as number) : null;
  return { pre: mean(0), during: mean(1), post: mean(2) };
}

/** Output tokens a second that arrived in some time, those of an answer spread evenly from its first to its last. */
export function tokenRate(
  columns: Columns,
  { n, row, start, first, last, end }: Requests,
  from: number,
  to: number,
): number {
  const out = columns.number('out');
  let tokens = 0;
  for (let k = 0; k < n; k++) {
    const given = out[row[k] as number] as number;
    if (!(given > 0)) continue;
    const stops = (start[k] as number) + ((last[k] as number) || (end[k] as number));
    const begins = Math.min((start[k] as number) + (first[k] as number), stops - 1);
    const inside = Math.min(to, stops) - Math.max(from, begins);
    if (inside > 0) tokens += (given * inside) / (stops - begins);
  }
  return to > from ? (1000 * tokens) / (to - from) : Number.NaN;
}
