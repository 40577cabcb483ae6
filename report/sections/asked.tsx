import { msText, rateText, shareText } from '../../lib/report/table.ts';
import type { Results, StepResult } from '../../lib/results.ts';
import { countText, loadText } from '../format.ts';
import { Section } from '../parts/section.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { stepName } from '../steps.ts';

/** Whether the client did what it was told. */
export function Asked({ results: { steps } }: { results: Results }) {
  const seen = steps.filter((s) => s.requests + s.dropped > 0);
  if (seen.length === 0) return null;
  const planned = seen.some((s) => s.schedule);
  const columns: Column<StepResult>[] = [
    { head: 'load', left: true, cell: stepName },
    {
      head: 'asked',
      cell: ({ asked, load }) =>
        asked !== undefined
          ? `${loadText(asked)} req/s`
          : load.kind === 'closed'
            ? `${load.concurrency} in flight`
            : '–',
    },
    { head: 'achieved, req/s', cell: (s) => rateText(s.achieved) },
    { head: 'mean in flight', cell: (s) => (s.inFlight === undefined ? '–' : s.inFlight.toFixed(1)) },
    { head: 'sent', cell: (s) => countText(s.requests) },
    { head: 'never sent', cell: (s) => countText(s.dropped) },
    { head: 'late', cell: (s) => countText(s.late) },
    ...(planned
      ? [
          { group: 'starts, ms after plan', head: 'p50', cell: (s: StepResult) => msText(s.schedule?.p50) },
          { group: 'starts, ms after plan', head: 'p99', cell: (s: StepResult) => msText(s.schedule?.p99) },
          { head: 'within 10 ms', cell: (s: StepResult) => shareText(s.schedule?.onTime) },
        ]
      : []),
  ];
  return (
    <Section id="asked" title="Asked for and achieved">
      <Table caption="Asked for and achieved" columns={columns} rows={seen} />
    </Section>
  );
}
