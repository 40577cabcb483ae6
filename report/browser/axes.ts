/** Axes as ECharts takes them. */
import type { Axis, Chart, Mark } from '../charts/chart.ts';
import { tickText, type Unit } from '../format.ts';
import type { Theme } from './theme.ts';

const labelOf =
  (unit: Unit) =>
  (value: number | string): string =>
    typeof value === 'number' ? tickText(value, unit) : value;

const axis = ({ names, log, unit }: Axis, theme: Theme) => ({
  type: names ? 'category' : log ? 'log' : 'value',
  ...(names && { data: [...names] }),
  nameTextStyle: { color: theme.muted },
  axisLine: { show: false },
  axisTick: { show: false },
  axisLabel: { color: theme.muted, hideOverlap: true, formatter: labelOf(unit) },
});

/** @param width px of the drawing */
export function xAxis({ x, series }: Chart, theme: Theme, width: number): object {
  const values = series.flatMap((s) => s.points.map(([px]) => px));
  const common = axis(x, theme);
  return {
    ...common,
    name: x.names ? '' : x.name,
    nameLocation: 'middle',
    nameGap: 28,
    splitLine: { show: false },
    ...(x.names && { axisLabel: { ...common.axisLabel, overflow: 'truncate', width: 130 } }),
    ...(x.unit === 'elapsed' && { max: Math.max(...values), interval: interval(Math.max(...values), width) }),
    ...(x.log && logarithmic(values, common.axisLabel)),
  };
}

export function yAxes({ y, series, shared, marks = [] }: Chart, theme: Theme): object[] {
  return y.flatMap((own, k) => {
    if (!own) return [];
    const common = axis(own, theme);
    const values = series.filter((s) => (s.axis ?? 0) === k).flatMap((s) => s.points.flatMap(([, py]) => py ?? []));
    const lines = marks.flatMap((m: Mark) => (m.kind === 'y' && k === 0 ? [m.at] : []));
    return [
      {
        ...common,
        // One axis is what the title says.
        name: y[1] ? own.name : '',
        nameTextStyle: { align: k ? 'right' : 'left', color: theme.muted, padding: [0, 0, 0, 0] },
        nameGap: 12,
        position: k ? 'right' : 'left',
        splitLine: { show: k === 0, lineStyle: { color: theme.line } },
        ...(shared === 'y' && { max: 1 }),
        ...(own.log && logarithmic([...values, ...lines], common.axisLabel)),
      },
    ];
  });
}

/** From one round value to another, with 1, 2 and 5 of each power of ten between them; more where these are few. */
function logarithmic(values: readonly number[], label: object): object {
  const seen = values.filter((v) => v > 0);
  const [least, most] = [Math.min(...seen), Math.max(...seen)];
  const steps = most > 8 * least ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 8];
  const all: number[] = [];
  for (let ten = 10 ** Math.floor(Math.log10(least)); ten <= 10 * most; ten *= 10)
    all.push(...steps.map((s) => s * ten));
  const from = all.findLastIndex((v) => v <= least);
  const to = all.findIndex((v) => v >= most);
  const ticks = all.slice(Math.max(0, from), to + 1).map((v) => Number(v.toPrecision(3)));
  return {
    min: ticks[0],
    max: ticks.at(-1),
    axisLabel: { ...label, customValues: ticks },
    axisTick: { show: false, customValues: ticks },
  };
}

/** A round time between the ticks of a time axis. */
function interval(end: number, width: number): number {
  const least = end / Math.max(2, width / 90);
  const seconds = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400];
  return 1000 * (seconds.find((s) => 1000 * s >= least) ?? 28_800);
}
