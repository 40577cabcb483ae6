import { type Chart, drawable } from '../charts/chart.ts';
import { valuesOf } from '../charts/table.ts';
import { json } from '../json.ts';
import { Table } from './table.tsx';

/** A chart, which the page draws, and its values as a table. Nothing where there is nothing to draw. */
export function Figure({ chart }: { chart: Chart }) {
  if (!drawable(chart)) return null;
  const { head, rows } = valuesOf(chart);
  return (
    <figure>
      <figcaption>
        <h3>{chart.title}</h3>
        {chart.note && <p class="note">{chart.note}</p>}
      </figcaption>
      <div
        class={chart.lying ? 'chart lying' : 'chart'}
        style={chart.lying ? { '--bars': String(chart.series[0]?.points.length ?? 1) } : undefined}
        role="img"
        aria-label={`${chart.title}. The values are in the table below.`}
      />
      <script type="application/json" dangerouslySetInnerHTML={{ __html: json(chart) }} />
      <details>
        <summary>Values</summary>
        <Table
          caption={chart.title}
          columns={head.map((name, i) => ({ head: name, left: i === 0, cell: (row: string[]) => row[i] ?? '' }))}
          rows={rows}
        />
      </details>
    </figure>
  );
}
