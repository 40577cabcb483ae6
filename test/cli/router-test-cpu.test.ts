import { describe, expect, test } from 'vitest';
import type { StepResult } from '../../lib/results.ts';
import { machineOf, type Sample, type Snapshot, sampleOf, statOf, treeOf } from '../../scripts/router-test/cpu.ts';
import { cpuFound } from '../../scripts/router-test/out-of-cpu.ts';

describe('/proc', () => {
  test('a process, whatever its name is', () => {
    const rest = 'S 8727 8728 8720 0 -1 4194560 10462 583221 0 30 4 7 2005 267 20 0 1 0 3373011 5431296';
    expect(statOf(`8728 (bash) ${rest}`)).toEqual({ id: 8728, parent: 8727, session: 8720, ticks: 11 });
    expect(statOf(`8728 (a) S (b c) ${rest}`)).toEqual({ id: 8728, parent: 8727, session: 8720, ticks: 11 });
  });

  test('the machine: waiting for a disk is idle, a guest is counted once', () => {
    const text =
      'cpu  2760633 36838 440099 3490852 10829 0 101473 96605 700 800\ncpu0 1284453 19469 248663 1798853 2727 0 66072 48333 0 0\n';
    expect(machineOf(text)).toEqual({ idle: 3_501_681, all: 6_937_329 });
  });

  test('a tree: children, and those who have left their parents but not the session', () => {
    const stat = (id: number, parent: number, session: number) => ({ id, parent, session, ticks: 0 });
    const all = [
      stat(1, 0, 1),
      stat(10, 1, 10), // the command
      stat(20, 10, 20), // a guard
      stat(21, 20, 21), // its child
      stat(22, 21, 21),
      stat(23, 1, 21), // its parent has gone
      stat(24, 21, 24), // a session of its own
      stat(25, 1, 24),
      stat(30, 10, 30), // another guard
      stat(31, 30, 31),
    ];
    expect(treeOf(20, all).sort()).toEqual([20, 21, 22, 23, 24, 25]);
  });
});

describe('a sample', () => {
  const snapshot = (at: number, idle: number, all: number, threads: [number, number][]): Snapshot => ({
    at,
    machine: { idle, all },
    threads: { router: new Map(threads), client: new Map() },
  });

  test('cores of the busiest thread, and of all; new ones count from nothing', () => {
    const before = snapshot(5_000, 1000, 2000, [
      [7, 100],
      [8, 40],
    ]);
    const after = snapshot(7_000, 1100, 2400, [
      [7, 280],
      [8, 60],
      [9, 10],
    ]);
    expect(sampleOf(before, after, 99)).toEqual({
      t: 99,
      busy: 0.75,
      of: { router: { busiest: 0.9, all: expect.closeTo(1.05, 10) } },
    });
  });
});

/** Samples of every second of a step that begins at `from` seconds. */
const during = (from: number, seconds: number, busy: number, of: Record<string, [number, number]>): Sample[] =>
  Array.from({ length: seconds }, (_, k) => ({
    t: 1000 * (from + k + 1),
    busy,
    of: Object.fromEntries(Object.entries(of).map(([name, [busiest, all]]) => [name, { busiest, all }])),
  }));
const step = (name: string, from: number, to: number) =>
  ({ name, window: { from: 1000 * from, to: 1000 * to } }) as StepResult;

describe('who is out of CPU', () => {
  const calm = { router: [0.31, 0.31], backends: [0.2, 0.2], client: [0.1, 0.4] } as Record<string, [number, number]>;
  const machine = { cores: 4, shared: true };

  test('nobody: one line, and that the machine is shared', () => {
    const { lines, checks } = cpuFound(during(0, 20, 0.4, calm), [step('step_32', 0, 20)], machine);
    expect(lines).toEqual([
      'CPU, cores of the busiest thread: router 0.31, backends 0.20, client 0.10 (0.40 in all); machine 40 % busy',
      expect.stringMatching(/^note: client, router and backends share one machine/),
    ]);
    expect(checks.map((c) => [c.check, c.ok, c.value])).toEqual([
      ['cpu.router', true, 0.31],
      ['cpu.backends', true, 0.2],
      ['cpu.client', true, 0.1],
      ['cpu.machine', true, 0.4],
    ]);
  });

  test('the router, at the first step where it was; a busy second is no median', () => {
    const samples = [
      ...during(0, 3, 0.5, { ...calm, router: [0.99, 1] }),
      ...during(3, 17, 0.5, calm),
      ...during(22, 20, 0.6, { ...calm, router: [0.97, 1.12] }),
      ...during(44, 20, 0.99, { ...calm, router: [0.98, 1.12], backends: [0.95, 0.95] }),
    ];
    const steps = [step('step_8', 0, 20), step('step_32', 22, 42), step('step_64', 44, 64)];
    const { lines, checks } = cpuFound(samples, steps, machine);
    expect(lines[0]).toMatch(
      /^CPU, cores of the busiest thread at step_32: router 0.97 \(1.12 in all\) \(out of CPU\), /,
    );
    expect(lines[1]).toBe(
      'doubt: the router ran out of CPU first, at step_32: it had a thread at 97 % of a core in the median second; from there on the figures say more of this machine than of the router',
    );
    expect(checks.filter((c) => !c.ok).map((c) => c.check)).toEqual(['cpu.router']);
  });

  test('the client counts by all its cores: its work moves between threads', () => {
    const one = cpuFound(during(0, 9, 0.5, { client: [0.95, 1.2] }), [step('s', 0, 9)], machine);
    expect(one.checks.every((c) => c.ok)).toBe(true);
    const all = cpuFound(during(0, 9, 0.94, { client: [0.95, 3.7] }), [step('s', 0, 9)], machine);
    expect(all.lines[1]).toMatch(/^doubt: the client ran out of CPU first, at s: it took 3.7 cores/);
  });

  test('the machine, when nobody has a core left', () => {
    const of = { router: [0.6, 0.6], backends: [0.7, 0.7], client: [0.4, 1.9] } as Record<string, [number, number]>;
    const { lines, checks } = cpuFound(during(0, 9, 0.99, of), [step('s', 0, 9)], machine);
    expect(lines[1]).toMatch(/^doubt: the machine ran out of CPU first, at s: 99 % busy, most of it with the client;/);
    expect(checks.filter((c) => !c.ok).map((c) => c.check)).toEqual(['cpu.machine']);
    const busy = cpuFound(during(0, 9, 0.99, calm), [step('s', 0, 9)], machine);
    expect(busy.lines[1]).toMatch(/most of it with programs that have no part in this test;/);
  });

  test('not known: no /proc, or no second of it; a running router shares nothing', () => {
    expect(cpuFound(undefined, [step('s', 0, 9)], machine).lines[0]).toBe('CPU: not known, this system has no /proc');
    const short = cpuFound([], [step('s', 0, 9)], { cores: 4, shared: false });
    expect(short).toEqual({ lines: ['CPU: not known, the run was too short for it'], checks: [] });
  });
});
