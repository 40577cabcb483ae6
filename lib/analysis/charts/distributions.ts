import type { Columns } from '../columns/columns.ts';
import { quantile } from '../stats/quantile.ts';
import type { Measured } from '../steps.ts';
import type { Distribution } from './charts.ts';
import { rounded } from './round.ts';
import { SHARES } from './shares.ts';

/** How the latencies of a step are distributed; what was not measured is not there. */
export function distributionsOf(columns: Columns, { data, result, sorted }: Measured): Distribution[] {
  const found: Distribution[] = [];
  const add = (metric: Distribution['metric'], n: number, values: () => number[]) => {
    if (n > 0) found.push({ step: result.name, metric, n, values: values().map(rounded) });
  };
  for (const metric of ['ttft', 'tpot', 'e2e'] as const)
    add(metric, sorted[metric].length, () => SHARES.map((share) => quantile(sorted[metric], share)));
  const { codes, values } = columns.category('outcome');
  const ok = data.rows.filter((row) => values[codes[row] as number] === 'ok');
  const gaps = ok.reduce((sum, row) => sum + (columns.gapCount[row] as number), 0);
  add('itl', gaps, () => columns.gapQuantiles(ok, [...SHARES]));
  return found;
}
