/** Dollars, to the cent from 10 cents on; below to three figures. Absent is a dash. */
export function dollarText(value: number | undefined): string {
  if (value === undefined) return '–';
  if (value >= 10_000) return value.toFixed(0);
  return value >= 0.095 ? value.toFixed(2) : value.toFixed(Math.min(8, 2 - Math.floor(Math.log10(value))));
}
