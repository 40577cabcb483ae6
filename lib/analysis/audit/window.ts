import type { Check } from '../../results.ts';
import type { Columns } from '../columns/columns.ts';
import type { Measured } from '../steps.ts';

/** What of the run the figures are from: one check that always holds. Its value is the measured time of the steady steps, s. */
export function auditWindow(columns: Columns, measured: readonly Measured[]): Check[] {
  const some = measured.filter((m) => m.result.requests > 0);
  const steady = some.filter((m) => m.result.phase === 'steady');
  if (steady.length === 0) return [];
  const lengths = steady.map(({ data }) => (data.to - data.from) / 1000);
  const [least, most] = [Math.min(...lengths), Math.max(...lengths)];
  const times = steady.length > 1 ? `${steady.length} × ` : '';
  const range = most - least < 0.1 ? most.toFixed(1) : `${least.toFixed(1)} to ${most.toFixed(1)}`;
  const warmup = (Math.min(...some.map(({ data }) => data.from)) - firstWarm(columns)) / 1000;
  const after = steady.reduce((sum, { data }) => sum + endedAfter(columns, data), 0);
  const sentence = [
    `measured ${times}${range} s${warmup > 0 ? ` after ${warmup.toFixed(1)} s of warm-up` : ''}`,
    ...(some.some(({ result }) => /^ramp_/.test(result.phase)) ? ['ramps cut'] : []),
    ...(after > 0 ? [`answers that ended after it: ${after}`] : []),
  ].join(', ');
  return [{ check: 'window', ok: true, value: lengths.reduce((sum, s) => sum + s, 0), sentence }];
}

/** Infinity without warm-up requests. */
function firstWarm(columns: Columns): number {
  const t = columns.number('t');
  const connect = columns.number('connect');
  const warm = columns.number('warm');
  let first = Number.POSITIVE_INFINITY;
  for (let row = 0; row < columns.n; row++)
    if (warm[row] === 1) first = Math.min(first, (t[row] as number) - (connect[row] || 0));
  return first;
}

function endedAfter(columns: Columns, { rows, to }: Measured['data']): number {
  const t = columns.number('t');
  const end = columns.number('end');
  let after = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    if ((t[row] as number) + (end[row] || 0) > to) after++;
  }
  return after;
}
