import type { Check } from '../../results.ts';
import type { Columns, Live } from '../columns/columns.ts';

/**
 * Little's law, L = λ·W, as a check that the records are whole. Over the records alone it always holds: L, λ and W come from the
 * same rows, and differ by the edges of the window only. So L is the client's own count of requests under way, taken each
 * second, and λ·W is what the records have under way at those same moments, which has no edges.
 */
export interface Counted {
  t: Float64Array;
  /** By the client's own count. */
  live: Float64Array;
  /** By the records, warm-up included. */
  recorded: Float64Array;
}

/** Undefined with fewer than two rows, and where several clients told: each counts only its own requests. */
export function countInFlight(columns: Columns, live: Live): Counted | undefined {
  const at = live.t;
  const n = at.length;
  if (n < 2 || n > 2 + (1.5 * ((at[n - 1] as number) - (at[0] as number))) / 1000) return undefined;
  const t = columns.number('t');
  const end = columns.number('end');
  const connect = columns.number('connect');
  const origin = at[0] as number;
  const recorded = new Float64Array(n + 1);
  // Written out, for there may be millions of rows: +1 from the first moment after a request's start on, −1 after its end.
  for (let row = 0; row < columns.n; row++) {
    const start = t[row] as number;
    let time = start - (connect[row] || 0);
    for (let step = 1; step >= -1; step -= 2) {
      let k = ((time - origin) / 1000) | 0; // they come each second, so the guess is nearly right
      if (k < 0) k = 0;
      else if (k > n) k = n;
      while (k > 0 && (at[k - 1] as number) >= time) k--;
      while (k < n && (at[k] as number) < time) k++;
      recorded[k] = (recorded[k] as number) + step;
      time = start + (end[row] || 0);
    }
  }
  for (let k = 1; k < n; k++) recorded[k] = (recorded[k] as number) + (recorded[k - 1] as number);
  return { t: at, live: live.inFlight, recorded };
}

/** They may differ by this share, and by one request that is just between its end and its record. */
const TOLERANCE = 0.1;

/** The check's value is the difference as a share of the client's own count. */
export function auditLittle(step: string, counted: Counted, from: number, to: number): Check[] {
  let moments = 0;
  let own = 0;
  let recorded = 0;
  for (let k = 0; k < counted.t.length; k++) {
    const at = counted.t[k] as number;
    if (at < from || at >= to || !((counted.live[k] as number) >= 0)) continue;
    moments++;
    own += counted.live[k] as number;
    recorded += counted.recorded[k] as number;
  }
  if (moments < 2) return [];
  const [l, lambdaW] = [own / moments, recorded / moments];
  const apart = Math.abs(l - lambdaW);
  const ok = apart <= Math.max(1, TOLERANCE * l);
  const figures = `${l.toFixed(1)} were in flight by the client's own count, ${lambdaW.toFixed(1)} by rate × latency of the records (Little's law)`;
  return [
    {
      check: `little.${step}`,
      ok,
      value: apart / Math.max(1, l),
      sentence: `${step}: ${figures}${ok ? '' : ': requests were cut off or lost, and no figure counts them'}`,
    },
  ];
}
