/** Draws the charts of report.html in the browser: again when it gets another size, goes dark or light, or onto paper. */
import { BarChart, LineChart } from 'echarts/charts';
import {
  GridComponent,
  LegendScrollComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
} from 'echarts/components';
import { type EChartsType, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { Chart } from '../charts/chart.ts';
import { optionOf } from './option.ts';
import { themeNow } from './theme.ts';
import './style.css';

use([
  LineChart,
  BarChart,
  GridComponent,
  TooltipComponent,
  LegendScrollComponent,
  MarkLineComponent,
  MarkAreaComponent,
  SVGRenderer,
]);

interface Drawn {
  chart: Chart;
  box: HTMLElement;
  drawing: EChartsType;
  /** Names of the series that the legend shows. */
  shown: Set<string>;
}

function begin(figure: Element): Drawn[] {
  const box = figure.querySelector<HTMLElement>('.chart');
  const data = figure.querySelector('script[type="application/json"]')?.textContent;
  if (!box || !data) return [];
  const chart = JSON.parse(data) as Chart;
  const drawing = init(box, null, { renderer: 'svg' });
  const shown = new Set(chart.series.filter((s) => !s.hidden).map((s) => s.name));
  drawing.on('legendselectchanged', (event) => {
    const { selected } = event as unknown as { selected: Record<string, boolean> };
    shown.clear();
    for (const [name, on] of Object.entries(selected)) if (on) shown.add(name);
  });
  return [{ chart, box, drawing, shown }];
}

const charts = [...document.querySelectorAll('figure')].flatMap(begin);

function draw({ chart, box, drawing, shown }: Drawn, theme = themeNow()): void {
  drawing.resize();
  const series = chart.series.map((s) => ({ ...s, hidden: !shown.has(s.name) }));
  drawing.setOption(
    optionOf({ ...chart, series }, theme, box.clientWidth, () => [...shown]),
    { notMerge: true },
  );
}

function drawAll(): void {
  const theme = themeNow();
  for (const drawn of charts) draw(drawn, theme);
}

/** On paper everything is open, and light. */
function paper(on: boolean): void {
  const { classList } = document.documentElement;
  if (classList.contains('paper') === on) return;
  classList.toggle('paper', on);
  for (const details of document.querySelectorAll('details')) {
    if (on) details.dataset.open = String(details.open);
    details.open = on || details.dataset.open === 'true';
  }
  drawAll();
}

drawAll();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
matchMedia('print').addEventListener('change', ({ matches }) => paper(matches));
addEventListener('beforeprint', () => paper(true));
addEventListener('afterprint', () => paper(false));

const widths = new Map<Element, number>();
const resized = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const drawn = charts.find((c) => c.box === target);
    if (!drawn || widths.get(target) === drawn.box.clientWidth) continue;
    widths.set(target, drawn.box.clientWidth);
    draw(drawn);
  }
});
for (const { box } of charts) {
  widths.set(box, box.clientWidth);
  resized.observe(box);
}
