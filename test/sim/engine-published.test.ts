import { expect, it } from 'vitest';
import { PRESETS } from '../../mock/batch/presets.ts';
import { engine } from '../sim/engine.ts';
import { measureLast } from '../sim/measured.ts';
import { closed, Simulation } from '../sim/simulation.ts';
import { PUBLISHED } from './batch-published.ts';

/** Root mean square of what the engine is off by, over 24 rows each; docs/engine.md names the same. */
const BANDS = { '8b-h100': 0.04, '8b-a100': 0.07, '70b-4xh100': 0.08 } as const;
/** No row is off by more. */
const WORST = 0.25;

it.each(Object.entries(BANDS))('%s has the published throughput within %f', { timeout: 60_000 }, (name, band) => {
  const { settings } = PRESETS[name as keyof typeof BANDS];
  const off = PUBLISHED[name as keyof typeof BANDS].map(([prompt, output, inFlight, published]) => {
    const seconds = Math.max(60, (4 * inFlight * output) / published);
    const sim = new Simulation(engine(settings, { prompt, output }), 1);
    const { result } = measureLast(sim, [closed(inFlight, seconds)]);
    return (result.throughput ?? Number.NaN) / published - 1;
  });
  expect(off).toHaveLength(24);
  expect(Math.max(...off.map(Math.abs))).toBeLessThan(WORST);
  expect(Math.sqrt(off.reduce((sum, share) => sum + share ** 2, 0) / off.length)).toBeLessThan(band);
});
