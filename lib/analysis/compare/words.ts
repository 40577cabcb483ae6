/** Which of many differences are shown. */
import type { Change } from './change.ts';
import type { Row } from './compare.ts';
import { FIGURES } from './figures.ts';

/** Of the intervals shown; and of all words `better` and `worse` of a comparison together (Holm). */
export const CONFIDENCE = 0.99;
/** Less is how numbers are rounded. */
const NOTHING = 1e-9;

/** What is on its way to be a row. */
export interface Open {
  row: Row;
  at?: Change;
}

/**
 * Holm's step-down: the surest difference must be shown at 1 % over all rows, the next over all but one, … until one is not.
 * All words together are wrong in at most 1 % of comparisons of what is alike.
 */
export function giveWords(all: readonly Open[]): void {
  const open = all.filter(({ at }) => at !== undefined);
  const ranked = open.map((one) => ({ ...one, p: pValue(one) })).sort((x, y) => x.p - y.p);
  let left = ranked.length;
  for (const { row } of ranked) row.verdict = 'no difference shown';
  for (const { row, p } of ranked) {
    if (p > (1 - CONFIDENCE) / left--) return;
    const up = (row.change as number) > 0;
    row.verdict = up === (FIGURES[row.figure].better === 'higher') ? 'better' : 'worse';
  }
}

/** Below that nobody asks. */
const LEAST_P = 1e-7;

/** The least p at which the interval at 1 − p leaves zero out. */
function pValue({ at }: Open): number {
  const shown = (p: number): boolean => {
    const { low, high } = at?.(1 - p) ?? { low: 0, high: 0 };
    return low > NOTHING || high < -NOTHING;
  };
  if (!shown(1 - 1e-6)) return 1;
  let [low, high] = [Math.log(LEAST_P), 0];
  if (shown(LEAST_P)) return LEAST_P;
  for (let i = 0; i < 12; i++) {
    const mid = (low + high) / 2;
    if (shown(Math.exp(mid))) high = mid;
    else low = mid;
  }
  return Math.exp(high);
}
