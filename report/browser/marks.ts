/** Marks as ECharts takes them. */
import type { Chart, Mark } from '../charts/chart.ts';
import type { Theme } from './theme.ts';

/** px of a letter in a label. */
const LETTER = 7;

/** @param width px of the drawing: a band is only named where the name has room */
export function marksOf({ marks = [], series, lying }: Chart, theme: Theme, width: number): object {
  const end = Math.max(...series.flatMap((s) => s.points.map(([x]) => x)));
  const room = (from: number, to: number) => (width * 0.85 * (Math.min(to, end) - from)) / end;
  const bands = marks.filter((m) => m.kind === 'band');
  const lines = marks.filter((m) => m.kind !== 'band');
  return {
    ...(bands.length > 0 && {
      markArea: { silent: true, data: bands.map((b) => [band(b, theme, room(b.from, b.to)), { xAxis: b.to }]) },
    }),
    ...(lines.length > 0 && {
      markLine: {
        silent: true,
        symbol: 'none',
        data: lines.map((l) => line(l, theme, lying === true)),
      },
    }),
  };
}

function band(b: Extract<Mark, { kind: 'band' }>, theme: Theme, room: number): object {
  const limit = b.colour === 'warn';
  return {
    xAxis: b.from,
    name: b.name,
    itemStyle: { color: theme.of(b.colour), opacity: limit ? 0.22 : 0.09 },
    label: {
      show: limit || LETTER * b.name.length < room,
      // The range of a limit may be narrow, and is told all the same.
      position: limit ? 'top' : 'insideTop',
      distance: limit ? 2 : 5,
      color: theme.muted,
      fontSize: 12,
    },
  };
}

function line(l: Exclude<Mark, { kind: 'band' }>, theme: Theme, lying: boolean): object {
  const upright = lying !== (l.kind === 'x');
  // Lying bars are counted from the top: there a line starts.
  const low = l.kind === 'x' && l.low;
  const place = upright ? (low ? 'insideStartBottom' : 'insideEndTop') : 'insideStartTop';
  const above = lying ? { position: 'start', distance: 4 } : { position: place };
  return {
    ...(upright ? { xAxis: l.at } : { yAxis: l.at }),
    name: l.name,
    lineStyle: { color: theme.of(l.colour), type: 'dashed', width: 1.5 },
    label: {
      formatter: () => l.name,
      ...above,
      color: theme.of(l.colour),
      fontSize: 12,
      // Readable on bars and lines.
      textBorderColor: theme.paper,
      textBorderWidth: 3,
    },
  };
}
