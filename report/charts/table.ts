import { cellText } from '../format.ts';
import type { Chart } from './chart.ts';

/** The values of a chart as a table. */
export interface Values {
  head: string[];
  rows: string[][];
}

/** Shares of a distribution that are worth a row. */
const SHARES = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1];

const headOf = ({ name, unit }: Chart['x']): string =>
  unit === 'share' || unit === 'elapsed' || name.includes(unit) ? name : `${name}, ${unit}`;

export function valuesOf({ shared, x, y, series, names }: Chart): Values {
  const axisOf = (k: number) => y[series[k]?.axis ?? 0] ?? y[0];
  const xText = (value: number) => x.names?.[value] ?? cellText(value, x.unit);
  if (shared === 'none')
    return {
      head: ['', headOf(x), headOf(y[0])],
      rows: series.flatMap((s, k) => s.points.map(([px, py]) => [s.name, xText(px), cellText(py, axisOf(k).unit)])),
    };
  const points = series[0]?.points ?? [];
  if (shared === 'y')
    return {
      head: ['share', ...series.map((s) => `${s.name}, ${x.unit}`)],
      rows: points.flatMap(([, share], i) =>
        SHARES.some((s) => s === share)
          ? [[cellText(share, 'share'), ...series.map((s) => cellText(s.points[i]?.[0], x.unit))]]
          : [],
      ),
    };
  return {
    head: [x.names ? x.name : headOf(x), ...series.map((s, k) => withUnit(s.name, axisOf(k).unit))],
    rows: points.map(([px], i) => [
      names?.[i] ?? xText(px),
      ...series.map((s, k) => cellText(s.points[i]?.[1], axisOf(k).unit)),
    ]),
  };
}

const withUnit = (name: string, unit: string): string =>
  unit === 'share' || name.includes(unit) ? name : `${name}, ${unit}`;
