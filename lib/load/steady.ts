import type { Arrival } from '../settings/arrival.ts';
import { SettingsError } from '../settings/parse.ts';

/** Arrivals whose rate is the same all through a step: else there is no rate at which a limit could lie. @throws SettingsError */
export function steady(arrival: Arrival): Arrival {
  const { kind } = arrival;
  if (kind === 'constant' || kind === 'poisson' || kind === 'gamma') return arrival;
  throw new SettingsError('ARRIVAL', kind, 'its rate changes within a step', 'constant, poisson or gamma:BURSTINESS');
}
