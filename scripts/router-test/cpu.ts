/** What Linux counts of CPU time, as text of /proc, and what that comes to. Pure. */

/** Of a process or a thread: /proc/PID/stat, /proc/PID/task/TID/stat; see proc_pid_stat(5). */
export interface Stat {
  id: number;
  parent: number;
  session: number;
  /** User and system time so far, in ticks of 10 ms. */
  ticks: number;
}

const TICKS_PER_SECOND = 100;

export function statOf(text: string): Stat {
  // A name may hold blanks and brackets.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const number = (at: number) => Number(fields[at]);
  return { id: Number.parseInt(text, 10), parent: number(1), session: number(3), ticks: number(11) + number(12) };
}

/** Ticks of all CPUs together since the machine began: the first line of /proc/stat, guests counted once. */
export function machineOf(text: string): { idle: number; all: number } {
  const ticks = (text.split('\n', 1)[0] ?? '').trim().split(/\s+/).slice(1, 9).map(Number);
  return { idle: (ticks[3] ?? 0) + (ticks[4] ?? 0), all: ticks.reduce((sum, t) => sum + t, 0) };
}

/** A process, its descendants, and who is in a session that one of them has begun. */
export function treeOf(root: number, all: readonly Stat[]): number[] {
  const tree = new Set([root]);
  const sessions = new Set<number>();
  for (let size = 0; size < tree.size; ) {
    size = tree.size;
    for (const { id, parent, session } of all) {
      if (!tree.has(parent) && !sessions.has(session)) continue;
      tree.add(id);
      if (tree.has(session)) sessions.add(session);
    }
  }
  return [...tree];
}

/** Ticks at one moment: of the machine, and of each thread by whose it is. */
export interface Snapshot {
  /** ms, of a clock that never jumps. */
  at: number;
  machine: { idle: number; all: number };
  threads: Readonly<Record<string, ReadonlyMap<number, number>>>;
}

/** Cores: of the busiest thread, and of all together. */
export interface Used {
  busiest: number;
  all: number;
}

export interface Sample {
  /** Epoch ms at its end. */
  t: number;
  /** Share of the machine's cores. */
  busy: number;
  of: Readonly<Record<string, Used>>;
}

/** What was used between two snapshots. A thread that is new has used all that it has since. */
export function sampleOf(before: Snapshot, after: Snapshot, t: number): Sample {
  const ticks = ((after.at - before.at) / 1000) * TICKS_PER_SECOND;
  const all = after.machine.all - before.machine.all;
  const of: Record<string, Used> = {};
  for (const [name, threads] of Object.entries(after.threads)) {
    const used = [...threads].map(([id, now]) => (now - (before.threads[name]?.get(id) ?? 0)) / ticks);
    if (used.length > 0) of[name] = { busiest: Math.max(...used), all: used.reduce((sum, u) => sum + u, 0) };
  }
  return { t, busy: all > 0 ? 1 - (after.machine.idle - before.machine.idle) / all : 0, of };
}
