/** What the server's own metrics were at each load, beside TTFT p99. */
import { loadOf } from '../../lib/analysis/limit/limit.ts';
import type { SignalName } from '../../lib/analysis/server/catalogue.ts';
import type { ServerStep } from '../../lib/analysis/server/result.ts';
import type { Reading } from '../../lib/analysis/server/series.ts';
import { titleOf } from '../../lib/report/server.ts';
import type { Results, StepResult } from '../../lib/results.ts';
import { levels, stepName } from '../steps.ts';
import { type Chart, type Colour, type Series, wide } from './chart.ts';
import { found, loadAxis } from './load.ts';

interface Row {
  step: StepResult;
  server: ServerStep;
}
type Line = readonly [name: string, colour: Colour, of: (row: Row) => number | undefined];

interface Asked {
  title: string;
  note: string;
  y: Chart['y'][0];
  lines: readonly Line[];
  /** TTFT p99 has an axis of its own to the right. */
  beside: boolean;
}

const TTFT: Line = ['TTFT p99', 's3', ({ step }) => step.metrics.ttft?.p99];

/** Against load where there are several loads, else over the steps; nothing of one step. */
export function serverCharts(results: Results): Chart[] {
  const loads = levels(results);
  const against = loads.length > 0;
  const rows = (against ? loads : results.steps).flatMap((step): Row[] => {
    const server = results.server?.steps.find((s) => s.step === step.name);
    return server ? [{ step, server }] : [];
  });
  const names = rows.map(({ step }) => stepName(step));
  const x: Chart['x'] = against ? loadAxis(loads) : { name: 'step', unit: 'requests', names };
  const draw = (lines: readonly Line[]): Series[] =>
    lines
      .map(
        ([name, colour, of]): Series => ({
          name,
          colour,
          kind: 'line',
          points: rows.map((row, k) => [against ? loadOf(row.step) : k, of(row) ?? null]),
        }),
      )
      .filter(({ points }) => points.some(([, y]) => y !== null));
  if (rows.length < 2) return [];
  return chartsOf(rows).flatMap(({ title, note, y, lines, beside }): Chart[] => {
    const own = draw(lines);
    const late = draw(beside ? [TTFT] : []).map((line): Series => ({ ...line, axis: 1, dashed: true }));
    if (own.length === 0) return [];
    return [
      {
        title,
        note,
        shared: 'x',
        x,
        y: late.length > 0 ? [y, { name: TTFT[0], unit: 'ms', log: wide(late) }] : [y],
        series: [...own, ...late],
        marks: against ? found(results) : [],
        names,
      },
    ];
  });
}

const chartsOf = (rows: readonly Row[]): Asked[] => [
  {
    title: 'Requests in the server',
    note: 'As it counts them itself, on average.',
    y: { name: 'requests', unit: 'on average' },
    lines: [
      ['waiting', 's5', mean('waiting')],
      ['running', 's1', mean('running')],
    ],
    beside: true,
  },
  {
    title: 'How full it is',
    note: 'Share of what there is; 100% is all of it.',
    y: { name: 'share', unit: 'share' },
    lines: shares(rows),
    beside: true,
  },
  {
    title: 'Output tokens by its counter and by ours',
    note: 'They differ where others load it too, or where it counts late.',
    y: { name: 'output tok/s', unit: 'tok/s' },
    lines: [
      ['the server', 's1', mean('tokens')],
      ['ours', 's3', ({ server: { tokens } }) => tokens?.ours],
    ],
    beside: false,
  },
];

const mean =
  (signal: SignalName): Line[2] =>
  ({ server: { readings } }) =>
    readings[signal]?.mean;

/** Colours, but that of TTFT. */
const COLOURS: readonly Colour[] = ['s5', 's4', 's1', 's6', 's8', 's2', 's7'];

/** Of all that has a limit. */
function shares(rows: readonly Row[]): Line[] {
  const all = ({ server: { readings, custom } }: Row): Readonly<Record<string, Reading>> => ({
    ...readings,
    ...custom,
  });
  const names = new Set(rows.flatMap((row) => Object.keys(all(row)).filter((name) => all(row)[name]?.limit)));
  return [...names].map((name, k) => [
    titleOf(name),
    COLOURS[k % COLOURS.length] as Colour,
    (row) => {
      const { mean: used = Number.NaN, limit } = all(row)[name] ?? {};
      return limit ? used / limit : undefined;
    },
  ]);
}
