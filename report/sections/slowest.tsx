import type { Charts, Request } from '../../lib/analysis/charts/charts.ts';
import { msText } from '../../lib/report/table.ts';
import type { StepResult } from '../../lib/results.ts';
import { Section } from '../parts/section.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { nameOfStep } from '../steps.ts';

/** The slowest requests, with the ids that find them in the server's log. */
export function Slowest({ charts, steps }: { charts: Charts | undefined; steps: readonly StepResult[] }) {
  const lists = [
    { title: 'To their first token', rows: charts?.slowest.ttft ?? [] },
    { title: 'To their last token', rows: charts?.slowest.e2e ?? [] },
  ].filter(({ rows }) => rows.length > 0);
  if (lists.length === 0) return null;
  return (
    <Section id="slowest" title="The slowest requests">
      {lists.map(({ title, rows }) => (
        <div key={title}>
          <h3>{title}</h3>
          <Table caption={`The slowest requests: ${title.toLowerCase()}`} columns={columns(rows, steps)} rows={rows} />
        </div>
      ))}
    </Section>
  );
}

function columns(rows: readonly Request[], steps: readonly StepResult[]): Column<Request>[] {
  const several = (of: (r: Request) => unknown) => new Set(rows.map(of)).size > 1;
  const count = (value: number | undefined) => (value === undefined ? '–' : String(value));
  return [
    { head: 'id', left: true, cell: (r) => <code>{r.id ?? '–'}</code> },
    { head: 'TTFT, ms', cell: (r) => msText(r.ttft) },
    { head: 'longest gap, ms', cell: (r) => msText(r.gapMax) },
    { head: 'E2E, ms', cell: (r) => msText(r.e2e) },
    { head: 'tokens in', cell: (r) => count(r.input) },
    { head: 'out', cell: (r) => count(r.output) },
    { head: 'load', left: true, cell: (r) => nameOfStep(steps, r.step) },
    ...(several((r) => r.model) ? [{ head: 'model', left: true, cell: (r: Request) => r.model }] : []),
    ...(rows.some((r) => r.backend) ? [{ head: 'backend', left: true, cell: (r: Request) => r.backend ?? '–' }] : []),
    { head: 'sent, UTC', cell: (r) => new Date(r.t).toISOString().slice(11, 23) },
  ];
}
