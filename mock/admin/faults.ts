import type { Slowness } from '../batch/step.ts';
import type { NetworkState } from '../network.ts';
import type { AdminFault } from './protocol.ts';

/** What a fault does to a whole server. */
export type Effect = Slowness & { network: NetworkState };

interface Row {
  name: AdminFault['fault'];
  help: string;
  /** `value` unless one was given; absent = takes none. */
  default?: number;
  effect: (value: number) => Partial<Effect>;
}

/** One at a time. Those of a single answer are in mock/faults.ts. */
export const ADMIN_FAULTS: readonly Row[] = [
  {
    name: 'dead',
    help: 'The port is closed and every connection reset (RST); restored, it is the same port again',
    effect: () => ({ network: 'closed' }),
  },
  {
    name: 'partition',
    help: 'Connections stay and nothing passes, neither way; restored, what was held flows on',
    effect: () => ({ network: 'held' }),
  },
  {
    name: 'slow',
    help: 'All that the GPU does takes N times as long',
    default: 3,
    effect: (value) => ({ prompts: value, tokens: value }),
  },
  {
    name: 'nvlink',
    help: 'Each step of generating takes N times as long, as when GPUs wait for each other',
    default: 3,
    effect: (value) => ({ tokens: value }),
  },
];

const MOST = 1000;

const WANTED = `{"fault":NAME,"value":N}, NAME one of ${ADMIN_FAULTS.map(({ name }) => name).join(', ')}`;

/** What is asked, checked, with its value filled in. @throws Error with one line that says what is allowed */
export function readAdminFault(given: unknown): AdminFault {
  const row = ADMIN_FAULTS.find(({ name }) => name === Object(given).fault);
  if (row === undefined) throw new Error(`${shown(given)} is no fault; want ${WANTED}`);
  const { fault: _, value = row.default, ...others } = given as AdminFault;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new Error(`fault ${row.name}: "${unknown}" is not known; want ${WANTED}`);
  if (value === undefined) return { fault: row.name };
  if (row.default === undefined) throw new Error(`fault ${row.name}: takes no value`);
  if (typeof value === 'number' && value > 1 && value <= MOST) return { fault: row.name, value };
  throw new Error(`fault ${row.name}: value ${shown(value)} is not allowed; want a number above 1, at most ${MOST}`);
}

const shown = (given: unknown): string => JSON.stringify(given)?.slice(0, 100) ?? String(given);

export function effectOf(fault: AdminFault | null): Effect {
  const row = ADMIN_FAULTS.find(({ name }) => name === fault?.fault);
  return { network: 'open', prompts: 1, tokens: 1, ...row?.effect(fault?.value ?? 1) };
}
