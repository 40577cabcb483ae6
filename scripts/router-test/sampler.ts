import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { machineOf, type Sample, type Snapshot, type Stat, sampleOf, statOf, treeOf } from './cpu.ts';

/** Watches CPU time, once a second. */
export interface Sampler {
  /** From now on, these and all that they start. */
  watch(name: string, pid: number): void;
  /** Undefined where there is no /proc. */
  stop(): Sample[] | undefined;
}

const EVERY = 1000;

export function createSampler(): Sampler {
  const roots = new Map<string, number>();
  const samples: Sample[] = [];
  let last = snapshot(roots);
  const timer = setInterval(() => {
    const next = snapshot(roots);
    if (last && next) samples.push(sampleOf(last, next, Date.now()));
    last = next;
  }, EVERY);
  const known = last !== undefined;
  return {
    watch: (name, pid) => void roots.set(name, pid),
    stop() {
      clearInterval(timer);
      return known ? samples : undefined;
    },
  };
}

function snapshot(roots: ReadonlyMap<string, number>): Snapshot | undefined {
  const machine = read('/proc/stat');
  if (machine === undefined) return undefined;
  const all = numbersIn('/proc').flatMap((pid): Stat[] => statAt(`/proc/${pid}/stat`));
  const threads = Object.fromEntries(
    [...roots].map(([name, root]) => [
      name,
      new Map(
        treeOf(root, all)
          .flatMap(threadsOf)
          .map(({ id, ticks }): [number, number] => [id, ticks]),
      ),
    ]),
  );
  return { at: performance.now(), machine: machineOf(machine), threads };
}

/** The threads of a process; those that take turns under one lock, as Python's do, are as good as one. */
const threadsOf = (pid: number): Stat[] =>
  TAKING_TURNS.test(programOf(pid))
    ? statAt(`/proc/${pid}/stat`)
    : numbersIn(`/proc/${pid}/task`).flatMap((tid) => statAt(`/proc/${pid}/task/${tid}/stat`));

const TAKING_TURNS = /^(python|ruby)/;

function programOf(pid: number): string {
  try {
    return basename(readlinkSync(`/proc/${pid}/exe`));
  } catch {
    return '';
  }
}

const statAt = (path: string): Stat[] => {
  const text = read(path);
  return text ? [statOf(text)] : [];
};

/** Undefined where it is not there, or no more. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

function numbersIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
