import type { Schedule } from '../results.ts';
import type { Columns } from './columns/columns.ts';
import { quantile } from './stats/quantile.ts';

/** Later than this is not on time, ms. */
const ON_TIME_MS = 10;

/** How true the client was to a schedule of its own; undefined where it has none. What was dropped was not on time. */
export function scheduleOf(columns: Columns, rows: Int32Array, dropped: number): Schedule | undefined {
  const lag = columns.number('lag');
  const late = new Float64Array(rows.length);
  let n = 0;
  let onTime = 0;
  for (let i = 0; i < rows.length; i++) {
    const value = lag[rows[i] as number] as number;
    if (Number.isNaN(value)) continue;
    late[n++] = value;
    if (value <= ON_TIME_MS) onTime++;
  }
  if (n === 0) return undefined;
  const sorted = late.subarray(0, n).sort();
  return {
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    max: quantile(sorted, 1),
    onTime: onTime / (rows.length + dropped),
  };
}
