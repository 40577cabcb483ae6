const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
type Unit = keyof typeof UNITS;
const isUnit = (text: string): text is Unit => Object.hasOwn(UNITS, text);

/**
 * Milliseconds of a k6 duration such as `1h30m`, `1.5s` or `250ms`; a last number without a unit is milliseconds, and
 * fractions of a millisecond are cut off after `ms`, both as in the jslib.
 * @throws Error for an empty string, an unknown unit, a unit given twice, or anything else that is no duration (the jslib
 * skips such characters)
 */
export function parseDuration(str: string): number {
  if (str === undefined || str === null || str.length === 0) throw new Error('str is empty');
  if (!/^(\d+\.?\d*|\.\d+)([a-zµ]+(\d+\.?\d*|\.\d+))*[a-zµ]*$/.test(str)) throw new Error(`${str} is not a duration`);
  const seen = new Set<string>();
  let total = 0;
  for (const [, digits = '', unit = ''] of str.matchAll(/([\d.]+)([a-zµ]*)/g)) {
    const value = Number(digits);
    if (unit === '') {
      total += value;
      continue;
    }
    if (!isUnit(unit)) throw new Error(`${unit} is an unsupported time unit`);
    if (seen.has(unit)) throw new Error(`${unit} time unit is provided multiple times`);
    seen.add(unit);
    total += unit === 'ms' ? Math.trunc(value) : value * UNITS[unit];
  }
  return total;
}
