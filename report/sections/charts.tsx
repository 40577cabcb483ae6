/** The charts, each part only where there is something to draw. */

import { shareText } from '../../lib/report/table.ts';
import type { StepResult } from '../../lib/results.ts';
import { type Chart, drawable } from '../charts/chart.ts';
import { distributionCharts } from '../charts/distributions.ts';
import { errorChart } from '../charts/errors.ts';
import { latencyCharts, throughputCharts } from '../charts/load.ts';
import { tradeCharts } from '../charts/runs.ts';
import { timeCharts } from '../charts/time.ts';
import type { Page, PageRun } from '../page.ts';
import { Figure } from '../parts/figure.tsx';
import { Section } from '../parts/section.tsx';
import { levels, stepName } from '../steps.ts';
import { Failures } from './failures.tsx';

function Charts({ id, title, charts }: { id: string; title: string; charts: readonly Chart[] }) {
  const shown = charts.filter(drawable);
  return shown.length === 0 ? null : (
    <Section id={id} title={title}>
      <div class={id === 'time' ? 'charts wide' : 'charts'}>
        {shown.map((chart) => (
          <Figure key={chart.title} chart={chart} />
        ))}
      </div>
    </Section>
  );
}

export function AgainstLoad({ runs }: Page) {
  if (levels(runs[0].results).length === 0) return null;
  return (
    <>
      <Charts id="latency" title="Latency against load" charts={latencyCharts(runs)} />
      <Charts id="throughput" title="Throughput against load" charts={throughputCharts(runs)} />
    </>
  );
}

/** Where there are several runs, or a run whose GPUs are known has several loads. */
export function Trade({ runs }: Page) {
  if (runs.length === 1 && (runs[0].gpus === undefined || levels(runs[0].results).length === 0)) return null;
  return <Charts id="trade" title="Throughput against speed" charts={tradeCharts(runs)} />;
}

export const Distributions = ({ run: { charts, results } }: { run: PageRun }) => (
  <Charts id="distributions" title="Distributions" charts={distributionCharts(charts?.distributions ?? [], results)} />
);

export const OverTime = ({ run: { charts, results } }: { run: PageRun }) =>
  charts && charts.timeline.bins.length > 1 ? (
    <Charts id="time" title="Over time" charts={timeCharts(charts.timeline, results)} />
  ) : null;

export function Errors({ run: { results } }: { run: PageRun }) {
  const steps = results.steps.filter((s) => s.requests + s.dropped > 0);
  if (steps.length === 0) return null;
  const chart = errorChart(steps);
  return (
    <Section id="errors" title="Errors">
      {chart.series.length > 0 ? <Figure chart={chart} /> : <p>{failed(steps)}</p>}
      <Failures failures={results.failures} />
    </Section>
  );
}

/** Where no outcome is known. */
const failed = (steps: readonly StepResult[]): string =>
  steps.every((s) => s.errorRate === 0)
    ? 'No request failed.'
    : `${steps.map((s) => `${stepName(s)}: ${shareText(s.errorRate)}`).join(', ')} of the requests failed; how is only known of records.`;
