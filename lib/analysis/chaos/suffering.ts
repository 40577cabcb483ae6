import type { Columns } from '../columns/columns.ts';
import { binomialCdf } from '../stats/certify.ts';
import type { Requests } from './requests.ts';
import type { Suffering } from './result.ts';
import type { Signs } from './signs.ts';

const FALSE_ALARMS = 0.0005;

/** Epoch ms: since when the load was as it was before the fault, when that came, and until when it was felt. */
export interface Span {
  from: number;
  injected: number;
  until: number;
}

/**
 * The blast radius: how many requests of each name suffered while the fault was felt, failed or slower than those before it, and
 * whether that is no accident: of so many that suffered as many fell into that time (Przyborowski and Wilenski, Biometrika 31, 1940).
 * @param silent names that gave no more answers
 */
export function sufferingOf(
  column: 'model' | 'backend',
  columns: Columns,
  requests: Requests,
  { late, slow }: Signs,
  { from, injected, until }: Span,
  silent: readonly string[] = [],
): Suffering[] {
  const { n, row, start, first, end, failed } = requests;
  const { gapCount, gapSum } = columns;
  const { values, codes } = columns.category(column);
  const counts = values.map(() => ({ before: 0, badBefore: 0, during: 0, badDuring: 0 }));
  for (let k = 0; k < n; k++) {
    const at = row[k] as number;
    const count = counts[codes[at] as number];
    if (!count || (start[k] as number) < from || (start[k] as number) > until) continue;
    const mean = (gapSum[at] as number) / (gapCount[at] as number);
    const bad = failed[k] === 1 || (first[k] as number) > late || mean > slow ? 1 : 0;
    if ((start[k] as number) + (end[k] as number) < injected) {
      count.before++;
      count.badBefore += bad;
    } else {
      count.during++;
      count.badDuring += bad;
    }
  }
  return values.map((name, code) => {
    const { before, badBefore, during, badDuring } = counts[code] as (typeof counts)[number];
    const chance = 1 - binomialCdf(badDuring - 1, badBefore + badDuring, during / (before + during));
    return {
      name,
      requests: during,
      before: before > 0 ? badBefore / before : 0,
      during: during > 0 ? badDuring / during : 0,
      suffers: silent.includes(name) || (badDuring > 0 && chance <= FALSE_ALARMS / values.length),
    };
  });
}
