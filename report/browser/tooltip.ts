import type { Chart } from '../charts/chart.ts';
import { valueText } from '../format.ts';

/** What ECharts tells of a point under the pointer. */
export interface Pointed {
  seriesIndex: number;
  dataIndex: number;
  color: string;
}

/** The values at the pointer. Built of nodes, never of HTML: names may come from a server. */
export function tooltip(
  { shared, x, y, series, names }: Chart,
  pointed: readonly Pointed[],
  drawn: readonly string[],
): HTMLElement {
  const box = document.createElement('div');
  box.className = 'tip';
  const add = (tag: string, text: string, to: HTMLElement = box): HTMLElement => {
    const node = document.createElement(tag);
    node.textContent = text;
    to.append(node);
    return node;
  };
  const row = (colour: string, name: string, value: string) => {
    const line = add('div', '');
    const dot = add('i', '', line);
    dot.style.background = colour;
    add('span', name, line);
    add('b', value, line);
  };
  const [first] = pointed;
  if (!first) return box;
  const index = first.dataIndex;
  const at = series[first.seriesIndex]?.points[index];
  const axis = (k: number) => y[series[k]?.axis ?? 0] ?? y[0];
  if (shared === 'y') {
    add('strong', `${valueText(at?.[1], 'share')} within`);
    series.forEach((s, k) => {
      if (drawn.includes(s.name)) row(`var(--${s.colour})`, s.name, valueText(series[k]?.points[index]?.[0], x.unit));
    });
    return box;
  }
  if (shared === 'x') add('strong', names?.[index] ?? x.names?.[index] ?? valueText(at?.[0], x.unit));
  for (const { seriesIndex, dataIndex } of pointed) {
    const own = series[seriesIndex];
    const point = own?.points[dataIndex];
    if (!own || !point || point[1] === null) continue;
    if (shared === 'none') add('strong', valueText(point[0], x.unit));
    row(`var(--${own.colour})`, own.name, valueText(point[1], axis(seriesIndex).unit));
  }
  return box;
}
