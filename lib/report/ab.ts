import { compare } from '../analysis/ab/compare.ts';
import { decimalsOf, FIGURES } from '../analysis/ab/sentence.ts';
import type { Extra } from '../analysis/analyze.ts';
import type { Comparison, Difference, Results } from '../results.ts';
import { type Column, fold, table } from './table.ts';
import { stepTable } from './text.ts';

/** What the second target adds to the first. */
export const comparesTargets: Extra = {
  find(columns, measured) {
    const comparison = compare(columns, measured);
    return comparison ? { comparison } : {};
  },
  // Two targets at one load are no levels of it: they have no knee.
  table: stepTable,
  text: comparisonText,
};

/** A row a figure, and the verdict in a sentence. */
export function comparisonText({ comparison, steps }: Pick<Results, 'comparison' | 'steps'>): string[] {
  if (!comparison) return steps.some((s) => s.requests > 0) ? [NOT_COMPARED] : [];
  const { differences, sentence, blocks, blockMs } = comparison;
  if (differences.length === 0) return fold(sentence);
  return [
    ...table(differenceColumns(comparison), differences),
    `intervals by ${blocks} blocks of ${(blockMs / 1000).toFixed(1)} s; shown: sure at 99.95 % over all rows together`,
    ...fold(sentence),
  ];
}

const NOT_COMPARED = 'not compared: that needs the records that bin/k6 keeps';

export function differenceColumns({ a, b }: Comparison): Column<Difference>[] {
  const text = (d: Difference, value: number) => (value * FIGURES[d.figure].scale).toFixed(decimalsOf(d));
  const signed = (d: Difference, value: number) => `${value < 0 ? '−' : '+'}${text(d, Math.abs(value))}`;
  const short = (name: string) => (name.length > 14 ? `${name.slice(0, 13)}…` : name);
  return [
    {
      head: 'figure',
      width: 15,
      left: true,
      cell: ({ figure }) => [FIGURES[figure].name, FIGURES[figure].unit].filter(Boolean).join(' '),
    },
    { head: short(a), width: 10, cell: (d) => text(d, d.a) },
    { head: short(b), width: 10, cell: (d) => text(d, d.b) },
    { head: 'Δ', width: 9, cell: (d) => signed(d, d.delta) },
    { head: '99 % interval', width: 20, cell: (d) => `${signed(d, d.low)} to ${signed(d, d.high)}` },
    { head: 'Δ %', width: 7, cell: (d) => (d.a > 0 ? `${(100 * (d.b / d.a - 1)).toFixed(1)}%` : '–') },
    { head: 'shown', width: 5, left: true, cell: (d) => (d.shown ? 'yes' : 'no') },
  ];
}
