import type { Outcome } from '../../completion.ts';
import type { Columns } from '../columns/columns.ts';
import type { Measured } from '../steps.ts';
import type { Charts, Request } from './charts.ts';
import { rounded } from './round.ts';

const SHOWN = 10;

/** The successful measured requests that took longest. */
export function slowestOf(columns: Columns, measured: readonly Measured[]): Charts['slowest'] {
  const of = (metric: 'ttft' | 'e2e') => {
    const time = columns.number(metric);
    const { codes, values } = columns.category('outcome');
    const ok = values.indexOf('ok');
    const top: { row: number; step: string }[] = []; // slowest first
    for (const { data, result } of measured) {
      for (const row of data.rows) {
        const value = time[row] as number;
        if (codes[row] !== ok || !(value >= 0)) continue;
        if (top.length === SHOWN && value <= (time[(top[SHOWN - 1] as { row: number }).row] as number)) continue;
        const at = top.findIndex((other) => (time[other.row] as number) < value);
        top.splice(at < 0 ? top.length : at, 0, { row, step: result.name });
        top.length = Math.min(top.length, SHOWN);
      }
    }
    return top.map(({ row, step }) => requestOf(columns, row, step));
  };
  return { ttft: of('ttft'), e2e: of('e2e') };
}

/** A row with what is known of it. */
function requestOf(columns: Columns, row: number, step: string): Request {
  const number = (column: string): number | undefined => {
    const value = columns.number(column)[row] as number;
    return value >= 0 ? value : undefined;
  };
  const time = (value: number | undefined) => (value === undefined ? undefined : rounded(value));
  const request: { [K in keyof Request]: Request[K] | undefined } = {
    t: Math.round(columns.number('t')[row] as number),
    step,
    model: columns.text('model', row) ?? '?',
    outcome: columns.text('outcome', row) as Outcome,
    id: columns.text('id', row),
    backend: columns.text('backend', row),
    status: number('status'),
    ttft: time(number('ttft')),
    e2e: time(number('e2e')),
    gapMax: time(columns.gapCount[row] ? columns.gapQuantiles(Int32Array.of(row), [1])[0] : undefined),
    input: number('in'),
    output: number('out'),
  };
  return JSON.parse(JSON.stringify(request)); // without what is absent
}
