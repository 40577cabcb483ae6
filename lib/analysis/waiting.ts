import type { Columns } from './columns/columns.ts';
import type { Measured } from './steps.ts';

/**
 * The most requests of a step that were sent and had no first token yet at one moment: a queue, as its clients see it. One that
 * never got a token waited until it failed. Undefined where no request had a first token: then nothing tells waiting from
 * answering.
 */
export function mostWaiting(columns: Columns, { data: { rows } }: Pick<Measured, 'data'>): number | undefined {
  const t = columns.number('t');
  const ttft = columns.number('ttft');
  const end = columns.number('end');
  const starts = new Float64Array(rows.length);
  const stops = new Float64Array(rows.length);
  let streamed = false;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const first = ttft[row] as number;
    if (first >= 0) streamed = true;
    starts[i] = t[row] as number;
    stops[i] = (t[row] as number) + (first >= 0 ? first : end[row] || 0);
  }
  if (!streamed) return undefined;
  starts.sort();
  stops.sort();
  let most = 0;
  let over = 0;
  // Who gets a token at the moment at which another is sent no longer waits.
  for (let i = 0; i < starts.length; i++) {
    while ((stops[over] as number) <= (starts[i] as number)) over++;
    most = Math.max(most, i + 1 - over);
  }
  return most;
}
