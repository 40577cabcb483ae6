import type { FaultNote } from './analysis/chaos/result.ts';
import { native } from './client/native.ts';

/** Of the note that the scenario `fault` has begun. It runs in one of several execution segments only. */
const BEGUN = 'fault_begun';

export const noteBegun = (): void => void native?.note(JSON.stringify({ kind: BEGUN }));

/** Whether the fault is this process's to make and to undo; without notes nobody knows. */
export const faultBegun = (): boolean =>
  native === null || native.notes().some((line) => JSON.parse(line).kind === BEGUN);

/** What was done to the server so far, by the notes of this process; none under stock k6. */
export const faultsNoted = (): FaultNote[] =>
  (native?.notes() ?? []).map((line) => JSON.parse(line) as FaultNote).filter(({ kind }) => kind === 'fault');
