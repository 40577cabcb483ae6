import type { CostReport } from '../../lib/results.ts';
import type { Chart } from './chart.ts';

/** $ per million output tokens of each configuration, and what a hosted API takes for the same. */
export function costChart({ rows }: CostReport): Chart {
  const hosted = rows[0]?.hosted?.dollarsPerMillionOutput;
  return {
    title: '$ per million output tokens',
    note: 'If the output tokens carry the whole bill.',
    lying: true,
    shared: 'x',
    x: {
      name: 'configuration',
      unit: 'requests',
      names: rows.map(({ name, load }) => (load ? `${name}, ${load}` : name)),
    },
    y: [{ name: '$ per 1M output tokens', unit: '$' }],
    series: [
      {
        name: '$ per 1M output tokens',
        colour: 's1',
        kind: 'bar',
        points: rows.map((row, k) => [k, row.dollarsPerMillion.output]),
      },
    ],
    marks: hosted === undefined ? [] : [{ kind: 'y', at: hosted, name: 'hosted', colour: 'bad' }],
  };
}
