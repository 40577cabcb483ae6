import { costNotes, costTables } from '../../lib/report/cost.ts';
import { dollarText } from '../../lib/report/dollars.ts';
import type { CostReport, Results } from '../../lib/results.ts';
import { costChart } from '../charts/cost.ts';
import { countText } from '../format.ts';
import { Figure } from '../parts/figure.tsx';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';

/** What tokens cost, and how many replicas a load needs, in words; how to get that where no price is known. */
export function CostInWords({ results: { cost, steps } }: { results: Results }) {
  if (cost && cost.rows.length > 0) return <p class="lead">{sentence(cost)}</p>;
  return steps.some((s) => s.throughput) ? (
    <p class="quiet">
      Cost and replicas for a load:{' '}
      <code>llmload report FOLDER --html FILE --gpus 1 --price 2.50 --load '200 req/s'</code>
    </p>
  ) : null;
}

/** The same in figures. */
export const Cost = ({ results: { cost } }: { results: Results }) =>
  !cost || cost.rows.length === 0 ? null : (
    <Section id="cost" title="Cost">
      <Figure chart={costChart(cost)} />
      <details>
        <summary>How it comes about</summary>
        {costTables(cost).map(({ title, columns }, k) => (
          <div key={k}>
            {title && <h3>{title.charAt(0).toUpperCase() + title.slice(1)}</h3>}
            <Table caption={title ?? 'Throughput and price'} columns={columns} rows={cost.rows} />
          </div>
        ))}
        <ul class="notes">
          {costNotes(cost).map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      </details>
    </Section>
  );

/** Of the first configuration. */
function sentence({ rows: [row], asked: { load, headroom } }: CostReport): string {
  if (!row) return '';
  const basis = {
    saturation: ` at ${Number((100 * row.loadFactor).toPrecision(3))}% of saturation`,
    knee: ' at the knee',
    run: '',
    table: '',
  };
  const at = `${basis[row.basis]}${row.load ? ` (${row.load})` : ''}`;
  const price = `$${dollarText(row.dollarsPerMillion.output)} per million output tokens${at} on ${row.gpus} ${row.gpus === 1 ? 'GPU' : 'GPUs'} at $${dollarText(row.dollarsPerGpuHour)} an hour each`;
  if (!load || !row.replicas) return `${price}.`;
  const room = headroom > 0 ? ` with ${Number((100 * headroom).toPrecision(3))}% headroom` : '';
  const { count, gpus, dollarsPerHour } = row.replicas;
  return `${price}. ${load.value} ${load.unit}${room} need ${countText(count)} ${count === 1 ? 'replica' : 'replicas'}: ${countText(gpus)} ${gpus === 1 ? 'GPU' : 'GPUs'}, $${dollarText(dollarsPerHour)} an hour.`;
}
