import type { Difference } from '../../results.ts';

/** How a figure is called, its unit, and by how much its value is multiplied to be read. */
export const FIGURES: Record<Difference['figure'], { name: string; unit: string; scale: number }> = {
  'ttft.p50': { name: 'TTFT p50', unit: 'ms', scale: 1 },
  'ttft.p99': { name: 'TTFT p99', unit: 'ms', scale: 1 },
  'itl.mean': { name: 'ITL mean', unit: 'ms', scale: 1 },
  'itl.p99': { name: 'ITL p99', unit: 'ms', scale: 1 },
  'e2e.p50': { name: 'E2E p50', unit: 'ms', scale: 1 },
  'req/s': { name: 'req/s', unit: '', scale: 1 },
  'tok/s': { name: 'tok/s', unit: '', scale: 1 },
  cached: { name: 'cached share', unit: '%', scale: 100 },
  errors: { name: 'error rate', unit: '%', scale: 100 },
};

/** So many decimals that the width of its interval has two figures. */
export function decimalsOf({ figure, low, high }: Difference): number {
  const width = (high - low) * FIGURES[figure].scale;
  return width > 0 ? Math.min(4, Math.max(0, 1 - Math.floor(Math.log10(width)))) : 2;
}

/**
 * `router adds 1.8 ms to TTFT p50 (99 %: 1.6 to 2.0); no difference shown: ITL mean`.
 * @param b the second target's name
 * @param few figures that it takes more requests to compare
 */
export function sentenceOf(
  b: string,
  differences: readonly Difference[],
  few: readonly Difference['figure'][] = [],
): string {
  const namesOf = (figures: readonly Difference['figure'][]) => figures.map((f) => FIGURES[f].name).join(', ');
  const shown = differences.filter((d) => d.shown);
  const others = differences.filter((d) => !d.shown).map((d) => d.figure);
  return [
    ...(shown.length > 0 ? [`${b} ${shown.map(changeOf).join(', ')}`] : []),
    ...(others.length > 0 ? [`no difference shown: ${namesOf(others)}`] : []),
    ...(few.length > 0 ? [`too few requests to compare: ${namesOf(few)}`] : []),
  ].join('; ');
}

function changeOf(d: Difference): string {
  const { name, unit, scale } = FIGURES[d.figure];
  const decimals = decimalsOf(d);
  const text = (value: number) => (value * scale).toFixed(decimals);
  const up = d.delta > 0;
  const [low, high] = up ? [d.low, d.high] : [-d.high, -d.low];
  const interval = `(${Math.round(100 * d.confidence)} %: ${text(low)} to ${text(high)})`;
  const size = text(Math.abs(d.delta));
  if (unit === 'ms') return `${up ? `adds ${size} ms to` : `takes ${size} ms off`} ${name} ${interval}`;
  return `${up ? 'raises' : 'lowers'} ${unit === '' ? name : `the ${name}`} by ${size}${unit === '%' ? ' percentage points' : ''} ${interval}`;
}
