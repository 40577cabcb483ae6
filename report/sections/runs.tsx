import { type Known, unlike } from '../../lib/analysis/compare/unlike.ts';
import { dollarText } from '../../lib/report/dollars.ts';
import { msText, rateText, shareText } from '../../lib/report/table.ts';
import { loadText } from '../format.ts';
import type { Page, PageRun } from '../page.ts';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { leadingStep, stepName } from '../steps.ts';
import { timeText } from './head.tsx';

/** Several runs side by side, and what they were told differently. */
export function Runs({ runs }: Page) {
  if (runs.length === 1) return null;
  const [first, ...others] = runs;
  const differences = others.flatMap((run) =>
    unlike(knownOf(first), knownOf(run)).map((s) => ({ ...s, run: run.name })),
  );
  return (
    <Section id="runs" title="The runs">
      <Table<PageRun>
        caption="The runs side by side"
        rows={runs}
        columns={[
          { head: 'run', left: true, cell: (r) => r.name },
          { head: 'started', left: true, cell: (r) => timeText(r.results.run.startedAt) },
          { head: 'limit', left: true, cell: limitText },
          { head: 'figures at', left: true, cell: (r) => atText(r) },
          { head: 'TTFT p99, ms', cell: (r) => msText(leadingStep(r.results)?.metrics.ttft?.p99) },
          { head: 'ITL p99, ms', cell: (r) => msText(leadingStep(r.results)?.metrics.itl?.p99) },
          { head: 'tok/s', cell: (r) => rateText(leadingStep(r.results)?.throughput) },
          { head: 'errors', cell: (r) => shareText(leadingStep(r.results)?.errorRate) },
          ...(runs.some((r) => r.gpus !== undefined) ? [{ head: 'GPUs', cell: (r: PageRun) => r.gpus ?? '–' }] : []),
          ...(runs.some((r) => r.dollarsPerGpuHour !== undefined)
            ? [{ head: '$ per GPU hour', cell: (r: PageRun) => dollarText(r.dollarsPerGpuHour) }]
            : []),
        ]}
      />
      {differences.length > 0 && (
        <>
          <h3>Settings in which they are not alike</h3>
          <Table
            caption="Settings in which the runs are not alike"
            rows={differences}
            columns={[
              { head: 'setting', left: true, cell: (s) => <code>{s.name}</code> },
              { head: first.name, left: true, cell: (s) => s.a },
              { head: 'run', left: true, cell: (s) => s.run },
              { head: 'its value', left: true, cell: (s) => s.b },
            ]}
          />
        </>
      )}
    </Section>
  );
}

const knownOf = ({ results: { run, target } }: PageRun): Known => ({
  told: { scenario: run.scenario, driver: run.driver, ...run.settings },
  with: { server: target.server, llmload: run.llmload, k6: run.k6 },
});

const atText = ({ results }: PageRun): string => {
  const step = leadingStep(results);
  return step ? stepName(step) : '–';
};

function limitText({ results: { limit } }: PageRun): string {
  if (!limit) return '–';
  const [held, broken] = limit.range.map((load) => (load === null ? undefined : loadText(load)));
  const unit = limit.by === 'rate' ? 'req/s' : 'in flight';
  if (broken === undefined) return held === undefined ? '–' : `above ${held} ${unit}`;
  return held === undefined ? `below ${broken} ${unit}` : `${held}–${broken} ${unit}`;
}
