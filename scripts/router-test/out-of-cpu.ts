import { quantile } from '../../lib/analysis/stats/quantile.ts';
import type { Check, StepResult } from '../../lib/results.ts';
import type { Sample } from './cpu.ts';

/** A thread, or a client on all its cores, at this share of what it can have in the median second, is at its end. */
const FULL = 0.9;
const MACHINE_FULL = 0.95;

/** Who is out of CPU by its busiest thread; the client's work moves between threads, so it counts by all its cores. */
const CLIENT = 'client';

const ORDER = ['router', 'backends', CLIENT];

const SHARED =
  'client, router and backends share one machine: what one of them takes, the others lack, and a network is not between them';

/** What a step took, each by its median second. */
interface Taken {
  step: string;
  busy: number;
  /** Cores that programs took which have no part in this. */
  others: number;
  of: { name: string; busiest: number; all: number; full: boolean }[];
}

/** The lines for the table's foot and the checks for the audit, from samples of a second. */
export function cpuFound(
  samples: readonly Sample[] | undefined,
  steps: readonly StepResult[],
  { cores, shared }: { cores: number; shared: boolean },
): { lines: string[]; checks: Check[] } {
  const note = shared ? [`note: ${SHARED}`] : [];
  const taken = steps.flatMap((step) => takenIn(step, samples ?? [], cores));
  const first = taken.find((t) => t.busy >= MACHINE_FULL || t.of.some((u) => u.full));
  const told = first ?? taken.at(-1);
  if (!told) {
    const why = samples ? 'the run was too short for it' : 'this system has no /proc';
    return { lines: [`CPU: not known, ${why}`, ...note], checks: [] };
  }
  const doubt = first && `${outText(first)}; from there on the figures say more of this machine than of the router`;
  const checks: Check[] = told.of.map(({ name, busiest, all, full }) => ({
    check: `cpu.${name}`,
    ok: !full,
    value: round(name === CLIENT ? all / cores : busiest),
    sentence: full && doubt ? doubt : `${name} took ${usedText({ busiest, all })} at ${told.step}`,
  }));
  const crowded = told.busy >= MACHINE_FULL;
  const sentence = crowded && doubt ? doubt : `the machine was ${percent(told.busy)} busy at ${told.step}`;
  checks.push({ check: 'cpu.machine', ok: !crowded, value: round(told.busy), sentence });
  const where = taken.length > 1 ? ` at ${told.step}` : '';
  const each = told.of.map((u) => `${u.name} ${usedText(u)}${u.full ? ' (out of CPU)' : ''}`).join(', ');
  const line = `CPU, cores of the busiest thread${where}: ${each}; machine ${percent(told.busy)} busy`;
  return { lines: [line, ...(doubt ? [`doubt: ${doubt}`] : []), ...note], checks };
}

function takenIn({ name: step, window }: StepResult, samples: readonly Sample[], cores: number): Taken[] {
  const inside = samples.filter((s) => s.t - SECOND >= window.from && s.t <= window.to);
  if (inside.length === 0) return [];
  const of = ORDER.flatMap((name) => {
    if (!inside.some((s) => s.of[name])) return [];
    const used = inside.flatMap((s) => s.of[name] ?? []);
    const busiest = median(used.map((u) => u.busiest));
    const all = median(used.map((u) => u.all));
    return [{ name, busiest, all, full: (name === CLIENT ? all / cores : busiest) >= FULL }];
  });
  const busy = median(inside.map((s) => s.busy));
  return [{ step, busy, others: busy * cores - of.reduce((sum, u) => sum + u.all, 0), of }];
}

/** A sample that began just before its step counts too. */
const SECOND = 900;

function outText({ step, busy, others, of }: Taken): string {
  const full = of.filter((u) => u.full).sort((a, b) => b.busiest - a.busiest);
  const [worst] = full;
  if (worst) {
    const what =
      worst.name === CLIENT
        ? `took ${worst.all.toFixed(1)} cores`
        : `had a thread at ${percent(worst.busiest)} of a core`;
    return `the ${worst.name} ran out of CPU first, at ${step}: it ${what} in the median second`;
  }
  const [most] = [...of].sort((a, b) => b.all - a.all);
  const who = most && most.all > others ? `the ${most.name}` : 'programs that have no part in this test';
  return `the machine ran out of CPU first, at ${step}: ${percent(busy)} busy, most of it with ${who}`;
}

/** Cores of the busiest thread, and of all threads where that is more. */
const usedText = ({ busiest, all }: { busiest: number; all: number }): string =>
  all - busiest < 0.05 ? busiest.toFixed(2) : `${busiest.toFixed(2)} (${all.toFixed(2)} in all)`;

const percent = (share: number): string => `${Math.round(100 * share)} %`;
const round = (value: number): number => Math.round(1000 * value) / 1000;

const median = (values: readonly number[]): number => quantile(Float64Array.from(values).sort(), 0.5);
