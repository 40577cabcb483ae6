import type { FaultNote } from './analysis/chaos/result.ts';
import { native } from './client/native.ts';

/** What was done to the server so far, by the notes of this process; none under stock k6. */
export const faultsNoted = (): FaultNote[] =>
  (native?.notes() ?? []).map((line) => JSON.parse(line) as FaultNote).filter(({ kind }) => kind === 'fault');
