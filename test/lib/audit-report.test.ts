import { describe, expect, it } from 'vitest';
import { auditText } from '../../lib/report/audit.ts';
import type { Check } from '../../lib/results.ts';
import { times } from './make.ts';

const check = (name: string, value: number, ok = true): Check => ({
  check: name,
  ok,
  value,
  sentence: `${name.split('.')[1] ?? 'all'}: ${value} ${ok ? 'holds' : 'does not hold'}`,
});
/** Twenty steps of the same kinds of checks, the last one the worst. */
const many = times(20, (i) => [
  check(`dropped.step_${i}`, 0),
  check(`starts.step_${i}`, i / 10),
  check(`in_flight.step_${i}`, i),
  check(`little.step_${i}`, i / 1000),
  check(`client_cpu.step_${i}`, i / 50),
  check(`client_lag.step_${i}`, i / 5),
  check(`settled.step_${i}`, 0),
]).flat();

describe('the audit', () => {
  it('of many steps is a few lines, each figure the worst of all', () =>
    expect(auditText([...many, check('window', 60)])).toEqual([
      'checked: every planned request sent · starts late by p99 1.9 ms · in flight as asked ·',
      '    in flight = rate × latency within 1.9 % · client at 38 % of its CPU · its timers late by 3.8 ms · TTFT steady ·',
      '    all: 60 holds',
    ]));

  it('names what does not hold on any step as a doubt, and not as checked', () =>
    expect(auditText([check('dropped.a', 0), check('dropped.b', 7, false), check('buffered', 3, false)])).toEqual([
      'doubt: b: 7 does not hold',
      'doubt: all: 3 does not hold',
    ]));

  it('tells the worst step in full and names the others', () => {
    const steps = (n: number) => times(n, (i) => check(`dropped.s${i}`, i === 1 ? 100 : i, false));
    expect(auditText(steps(3))).toEqual(['doubt: s1: 100 does not hold (so too s2, s0)']);
    expect(auditText(steps(9))).toEqual(['doubt: s1: 100 does not hold (so too s8, s7, s6 and 5 others)']);
  });

  it('keeps notes apart', () =>
    expect(auditText([check('cold', 3), check('window', 60), check('resent', 1)])).toEqual([
      'checked: all: 60 holds',
      'note: all: 3 holds',
      'note: all: 1 holds',
    ]));

  it('of nothing is nothing', () => expect(auditText([])).toEqual([]));

  it('never breaks a line inside an item, and none is too long', () => {
    const items = times(40, (i) => check(`kind${i}`, i));
    const lines = auditText(items);
    expect(Math.max(...lines.map((l) => l.length))).toBeLessThanOrEqual(120);
    const told = lines
      .map((l) =>
        l
          .trim()
          .replace(/^checked: /, '')
          .replace(/ ·$/, ''),
      )
      .join(' · ')
      .split(' · ');
    expect(told).toEqual(items.map((c) => c.sentence));
  });
});
