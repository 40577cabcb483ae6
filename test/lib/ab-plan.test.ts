import '../fakes/k6-globals.ts';
import { describe, expect, it } from 'vitest';
import { sideBySide } from '../../lib/load/ab.ts';
import type { Plan } from '../../lib/load/plan.ts';
import { parseSettings, publicSettings } from '../../lib/settings/settings.ts';
import { repeatCommand } from '../../scripts/commands/repeat.ts';
import { times } from './make.ts';

const READS = { TARGETS: true, CONCURRENCY: '8', RATE: true, ARRIVAL: 'poisson', DURATION: '60s', VUS: true } as const;
const TARGETS = 'direct=localhost:8000,router=localhost:4000';
const settingsOf = (env: Record<string, string>) =>
  parseSettings({ SEED: '7', ...env }, { ...READS, WARMUP: true, TIMEOUT: true, SEED: true });
const planOf = (env: Record<string, string> = {}): Plan => sideBySide(settingsOf({ TARGETS, ...env })).plan;

describe('the load of two targets', () => {
  it('is a closed loop for each, at the same time', () => {
    const { scenarios, steps } = planOf();
    expect(Object.keys(scenarios)).toEqual(['direct', 'router']);
    expect(scenarios.direct).toEqual(scenarios.router);
    expect(scenarios.direct).toMatchObject({ executor: 'constant-vus', vus: 8, duration: '62000ms', startTime: '0ms' });
    expect(steps.map((s) => [s.name, s.scenario, s.target])).toEqual([
      ['direct', 'direct', 'direct'],
      ['router', 'router', 'router'],
    ]);
  });

  it('is an open loop for each with RATE, with a warm-up and a schedule of its own', () => {
    const { scenarios, steps, due } = planOf({ RATE: '5' });
    expect(Object.keys(scenarios).sort()).toEqual(['direct', 'router', 'warmup_direct', 'warmup_router']);
    expect(scenarios.router).toMatchObject({ executor: 'shared-iterations', iterations: 300, startTime: '2000ms' });
    expect(steps.map((s) => s.requests)).toEqual([300, 300]);
    const starts = (name: string) => times(300, (i) => due?.[name]?.(i));
    expect(starts('direct')).not.toEqual(starts('router'));
    expect(starts('direct')).toEqual(starts('direct'));
  });

  it('has even arrivals where they are asked for', () =>
    expect(planOf({ RATE: '5', ARRIVAL: 'constant' }).scenarios.router).toMatchObject({
      executor: 'constant-arrival-rate',
      rate: 5,
    }));

  it.each<[string, Record<string, string>]>([
    ['TARGETS="": not set; allowed: two of name=URL', { TARGETS: '' }],
    ['TARGETS="a=h:1": 1 servers; allowed: two of name=URL', { TARGETS: 'a=h:1' }],
    ['TARGETS="a=h:1,a=h:2": both called a; allowed:', { TARGETS: 'a=h:1,a=h:2' }],
    ['TARGETS="…@h": part 2 has no name; allowed:', { TARGETS: 'a=h:1,http://me:secret@h' }],
    ['TARGETS="warmup_a": this name is taken; allowed:', { TARGETS: 'a=h:1,warmup_a=h:2' }],
    ['RATE="5": CONCURRENCY is set too; allowed: one of the two', { RATE: '5', CONCURRENCY: '8' }],
    ['ARRIVAL="poisson": a closed loop has no arrivals; allowed: with RATE only', { ARRIVAL: 'poisson' }],
  ])('%s', (message, env) => expect(() => planOf(env)).toThrow(message));
});

it('passwords of targets are shown nowhere', () => {
  const text = 'a=http://me:secret@h,b=h:2';
  const { TARGETS: shown } = publicSettings(settingsOf({ TARGETS: text }));
  expect(shown).toBe('a=http://…@h,b=http://h:2');
  expect(repeatCommand('k6', 'ab.js', { TARGETS: text })).toBe('TARGETS="$TARGETS" k6 run ab.js');
});
