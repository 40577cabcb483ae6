import type { EChartsCoreOption } from 'echarts/core';
import type { Chart, Series } from '../charts/chart.ts';
import { type Unit, valueText } from '../format.ts';
import { xAxis, yAxes } from './axes.ts';
import { marksOf } from './marks.ts';
import type { Theme } from './theme.ts';
import { type Pointed, tooltip } from './tooltip.ts';

/** What ECharts draws a chart from. @param width px of the drawing @param drawn series that the legend shows */
export function optionOf(chart: Chart, theme: Theme, width: number, drawn: () => readonly string[]): EChartsCoreOption {
  const { series, x, y, lying } = chart;
  // The title names a single line, but no kind of error.
  const legend = series.length > 1 || series[0]?.stacked === true;
  const [below, beside] = [xAxis(chart, theme, width), yAxes(chart, theme)];
  return {
    animation: false,
    textStyle: { fontFamily: theme.font, color: theme.ink },
    // Labels stay inside the drawing.
    grid: {
      left: 4,
      right: y[1] ? 4 : 18,
      top: (legend ? 40 : 20) + (y[1] || lying ? 14 : 0),
      bottom: 4,
      outerBoundsMode: 'same',
      outerBoundsContain: 'all',
    },
    ...(legend && { legend: legendOf(series, theme) }),
    tooltip: {
      trigger: 'axis',
      confine: true,
      backgroundColor: theme.paper,
      borderColor: theme.line,
      padding: [8, 10],
      textStyle: { color: theme.ink, fontSize: 13 },
      axisPointer: {
        type: x.names ? 'shadow' : 'line',
        snap: true,
        lineStyle: { color: theme.muted, type: 'solid' },
        shadowStyle: { color: theme.line, opacity: 0.4 },
      },
      formatter: (pointed: Pointed | Pointed[]) => tooltip(chart, [pointed].flat(), drawn()),
    },
    ...(lying ? { xAxis: beside[0], yAxis: { ...below, inverse: true } } : { xAxis: below, yAxis: beside }),
    series: series.map((s, k) => ({
      ...seriesOf(s, theme, chart),
      ...(k === 0 && marksOf(chart, theme, width)),
    })),
  };
}

const legendOf = (series: readonly Series[], theme: Theme) => ({
  type: 'scroll',
  top: 0,
  left: 0,
  padding: 4,
  itemGap: 16,
  icon: 'roundRect',
  itemWidth: 14,
  itemHeight: 4,
  textStyle: { color: theme.ink, fontSize: 13 },
  inactiveColor: theme.of('quiet'),
  pageIconColor: theme.ink,
  pageIconInactiveColor: theme.line,
  pageTextStyle: { color: theme.muted },
  selected: Object.fromEntries(series.filter((s) => s.hidden).map((s) => [s.name, false])),
});

/** Points of their own are only told apart where they are few. */
const FEW = 60;

const lyingLabel =
  (unit: Unit) =>
  ({ value }: { value: [number, number] }): string =>
    valueText(value[0], unit);

function seriesOf(s: Series, theme: Theme, { shared, lying, y }: Chart) {
  const { unit } = y[0];
  const colour = theme.of(s.colour);
  return {
    name: s.name,
    type: s.kind,
    data: lying ? s.points.map(([x, y]) => [y, x]) : s.points,
    yAxisIndex: s.axis ?? 0,
    itemStyle: { color: colour },
    emphasis: { disabled: true },
    ...(s.kind === 'line'
      ? {
          lineStyle: { color: colour, width: 2, type: s.dashed ? 'dashed' : 'solid' },
          symbol: 'circle',
          symbolSize: 6,
          showSymbol: s.points.length <= FEW && shared !== 'y',
        }
      : {
          barMaxWidth: 32,
          ...(s.stacked && { stack: 'all' }),
          ...(lying && {
            label: { show: true, position: 'insideRight', color: theme.paper, formatter: lyingLabel(unit) },
          }),
        }),
  };
}
