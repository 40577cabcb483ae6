import type { Columns } from '../columns/columns.ts';
import type { Measured } from '../steps.ts';
import type { Chaos, FaultNote } from './result.ts';

/** What a fault did, out of the records of the run it was made in. @param measured the steps of phases pre, during and post */
export function judgeChaos(_columns: Columns, _measured: readonly Measured[], faults: readonly FaultNote[]): Chaos {
  throw new Error(`not yet: ${faults.length}`);
}
