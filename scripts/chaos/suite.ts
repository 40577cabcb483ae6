import type { AdminFault } from '../../mock/admin/protocol.ts';
import type { Given } from '../commands/settings.ts';

/** Two nodes of two GPUs: backends 0 and 1, 2 and 3. */
export const BACKENDS = 4;

export interface SuiteFault {
  /** What it is called in the table. */
  called: string;
  /** Whom it strikes, and how; absent: the load is the fault. */
  backends?: readonly number[];
  fault?: AdminFault;
  /** Times the load. */
  spike?: number;
}

/** By the name that --only knows. */
export const SUITE: Readonly<Record<string, SuiteFault>> = {
  'one-dead': { called: '1 of 4 backends dead', backends: [0], fault: { fault: 'dead' } },
  'two-dead': { called: '2 of 4 backends dead', backends: [1, 2], fault: { fault: 'dead' } },
  partition: { called: 'network partition of a node', backends: [2, 3], fault: { fault: 'partition' } },
  'slow-gpu': { called: 'slow GPU, 1 of 4', backends: [0], fault: { fault: 'slow', value: 3 } },
  nvlink: { called: 'NVLink degradation', backends: [0, 1, 2, 3], fault: { fault: 'nvlink', value: 3 } },
  spike: { called: '2× load spike', spike: 2 },
};

/** Answers take about a second, no two alike. */
export const MOCK = { ttftMs: 400, tokenMs: 20, tokens: 30, jitter: 0.1 };

/** Shorter than those of a single fault: servers of our own recover at once. */
export const USUAL: Given = { RATE: '20', INJECT_AT: '10s', RESTORE_AT: '20s', WATCH: '30s' };
