import type { FaultNote } from './chaos/result.ts';
import type { Columns } from './columns/columns.ts';
import type { StepData } from './measure.ts';

/**
 * Requests that were under way when a fault was made belong to what it did, not to what was before. They began before, so that
 * what was asked for, sent and dropped stays with the phase in which they began.
 */
export function giveUnderWay(columns: Columns, data: readonly StepData[], faults: readonly FaultNote[]): void {
  const asked = faults.find(({ did, error }) => did === 'inject' && error === undefined)?.asked;
  const pre = data.find(({ step }) => step.phase === 'pre');
  const during = data.find(({ step }) => step.phase === 'during');
  if (asked === undefined || !pre || !during) return;
  const t = columns.number('t');
  const end = columns.number('end');
  const underWay = (row: number) => (t[row] as number) + (end[row] || 0) >= asked;
  const moved = pre.rows.filter(underWay);
  if (moved.length === 0) return;
  pre.started = pre.rows.length;
  during.started = during.rows.length;
  pre.rows = pre.rows.filter((row) => !underWay(row));
  pre.beside = joined(pre.beside, moved);
  during.rows = joined(during.rows, moved);
  const own = new Set(moved);
  during.beside = during.beside.filter((row) => !own.has(row));
}

function joined(a: Int32Array, b: Int32Array): Int32Array {
  const all = new Int32Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all.sort();
}
