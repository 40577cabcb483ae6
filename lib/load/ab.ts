import { hashSeed } from '../random.ts';
import type { Definition } from '../run.ts';
import type { Arrival } from '../settings/arrival.ts';
import { SettingsError } from '../settings/parse.ts';
import type { CommonSettings } from '../settings/settings.ts';
import type { Target } from '../settings/targets.ts';
import { seedOf } from '../shared.ts';
import { openTargets } from '../targets.ts';
import { hashText } from '../workload/identity.ts';
import { levels } from './closed.ts';
import { constantRate } from './open.ts';
import type { Plan } from './plan.ts';

interface SideBySideSettings {
  targets: readonly Target[] | undefined;
  concurrency: number;
  /** Requests a second to each target; undefined: a closed loop. */
  rate: number | undefined;
  arrival: Arrival;
  duration: number;
  warmup: number;
  timeout: number;
  vus: number | undefined;
  seed: number | undefined;
  given: CommonSettings['given'];
}

/** Streams of requests that are no target's. */
const TAKEN = /^(setup|warmup.*)$/;

/**
 * The same load for each target at the same time, each by a scenario that is called after it: whatever changes on the way, in
 * the client or in a backend that they share hits them alike. Random arrivals are drawn for each.
 * @throws SettingsError
 */
export function sideBySide(
  settings: SideBySideSettings,
): Pick<Definition, 'plan'> & Required<Pick<Definition, 'servers'>> {
  const { targets: list, given } = settings;
  if (!list)
    throw new SettingsError(
      'TARGETS',
      '',
      'not set',
      'two of name=URL, as in direct=localhost:8000,router=localhost:4000',
    );
  const taken = list.find((target) => TAKEN.test(target.name));
  if (taken)
    throw new SettingsError('TARGETS', taken.name, 'this name is taken', 'a name that does not begin with warmup');
  if (given.has('RATE') && given.has('CONCURRENCY'))
    throw new SettingsError('RATE', String(settings.rate), 'CONCURRENCY is set too', 'one of the two');
  if (given.has('ARRIVAL') && !given.has('RATE'))
    throw new SettingsError('ARRIVAL', settings.arrival.kind, 'a closed loop has no arrivals', 'with RATE only');
  const plan: Plan = { scenarios: {}, steps: [], due: {} };
  const targets: Record<string, Target> = {};
  for (const target of list) {
    const { name } = target;
    const { scenarios, steps, due } = loadOf(settings, name);
    const called = (scenario: string) => (scenario === 'warmup' ? `warmup_${name}` : name);
    for (const [scenario, options] of Object.entries(scenarios)) {
      plan.scenarios[called(scenario)] = options;
      targets[called(scenario)] = target;
    }
    plan.steps.push(...steps.map((step) => ({ ...step, name, scenario: name, target: name })));
    Object.assign(plan.due ?? {}, ...Object.values(due ?? {}).map((at) => ({ [name]: at })));
  }
  return { plan, servers: openTargets(targets) };
}

/** The load of one target, called as it is where there is only one. */
function loadOf({ concurrency, rate, ...settings }: SideBySideSettings, name: string): Plan {
  const { duration, warmup, timeout } = settings;
  if (rate === undefined) return levels({ levels: [concurrency], duration, requests: undefined, warmup, timeout });
  const { seed } = seedOf({ seed: settings.seed, runId: undefined });
  return constantRate({ ...settings, rate, seed: hashSeed(seed, hashText(name)) });
}
