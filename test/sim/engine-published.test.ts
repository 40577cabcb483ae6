import { expect, it } from 'vitest';
import { deviations, rootMeanSquare } from './engine-published.ts';

/** docs/engine.md names the same. */
const BANDS = { '8b-h100': 0.04, '8b-a100': 0.07, '70b-4xh100': 0.08 } as const;
/** No row is off by more. */
const WORST = 0.25;

it.each(Object.keys(BANDS) as (keyof typeof BANDS)[])(
  '%s has the published throughput',
  { timeout: 60_000 },
  (name) => {
    const off = deviations(name);
    expect(off).toHaveLength(24);
    expect(Math.max(...off.map(Math.abs))).toBeLessThan(WORST);
    expect(rootMeanSquare(off)).toBeLessThan(BANDS[name]);
  },
);
