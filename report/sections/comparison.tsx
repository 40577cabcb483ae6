import { decimalsOf, FIGURES } from '../../lib/analysis/ab/sentence.ts';
import type { Difference, Results } from '../../lib/results.ts';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';

/** Two targets side by side. */
export function Comparison({ results: { comparison } }: { results: Results }) {
  if (!comparison || comparison.differences.length === 0) return null;
  const { a, b, blocks, blockMs, differences } = comparison;
  return (
    <Section id="comparison" title={`${b} against ${a}`}>
      <Table
        caption={`${b} against ${a}`}
        rows={differences}
        columns={[
          {
            head: 'figure',
            left: true,
            cell: ({ figure }) => [FIGURES[figure].name, FIGURES[figure].unit].filter(Boolean).join(', '),
          },
          { head: a, cell: (d) => text(d, d.a) },
          { head: b, cell: (d) => text(d, d.b) },
          { head: 'difference', cell: (d) => signed(d, d.delta) },
          { head: '99 % interval', cell: (d) => `${signed(d, d.low)} to ${signed(d, d.high)}` },
          { head: 'shown', left: true, cell: (d) => (d.shown ? <strong>yes</strong> : 'no') },
        ]}
      />
      <p class="note">
        Intervals by {blocks} blocks of {(blockMs / 1000).toFixed(1)} s. Shown: sure at 99.95 % over all rows together.
      </p>
    </Section>
  );
}

const text = (d: Difference, value: number): string => (value * FIGURES[d.figure].scale).toFixed(decimalsOf(d));
const signed = (d: Difference, value: number): string => `${value < 0 ? '−' : '+'}${text(d, Math.abs(value))}`;
