import type { Columns } from '../columns/columns.ts';
import type { Measured } from '../steps.ts';
import { courseOf } from './recovery.ts';
import { type Requests, requestsOf } from './requests.ts';
import type { Chaos, FaultNote } from './result.ts';
import { signsOf } from './signs.ts';
import { phasesOf, settledFrom, spacingOf, timesOf } from './times.ts';

/** Of a run under way: whether it has recovered. Undefined is not yet known. @param measured its steps so far */
export function recoveredBy(
  columns: Columns,
  measured: readonly Measured[],
  faults: readonly FaultNote[],
): NonNullable<Chaos['recovery']> | undefined {
  const phases = phasesOf(measured);
  const { injected, restored } = timesOf(faults, phases);
  if (injected === null || restored === null || !phases.pre) return undefined;
  const requests = withoutGaps(columns, requestsOf(columns, measured), injected.asked);
  const from = settledFrom(requests, phases.pre.data.from, injected.asked);
  const signs = signsOf(columns, requests, from, injected.asked);
  return courseOf(signs, injected, restored, spacingOf(phases.pre)).recovery ?? undefined;
}

/** Without those that began after the injection, and after one that has not ended yet: how that ends is not known. */
function withoutGaps(columns: Columns, requests: Requests, since: number): Requests {
  const { n, row, start } = requests;
  const index = columns.number('i');
  let first = 0;
  while (first < n && (start[first] as number) < since) first++;
  const of = (k: number) => index[row[k] as number] as number;
  const indexes = new Float64Array(n - first);
  for (let k = first; k < n; k++) indexes[k - first] = of(k);
  indexes.sort();
  let whole = 1;
  while (whole < indexes.length && indexes[whole] === (indexes[whole - 1] as number) + 1) whole++;
  const last = indexes[whole - 1] ?? Number.POSITIVE_INFINITY;
  let kept = first;
  while (kept < n && of(kept) <= last) kept++;
  return { ...requests, n: kept };
}
