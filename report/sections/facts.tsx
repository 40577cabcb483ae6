import { shareText } from '../../lib/report/table.ts';
import type { Results } from '../../lib/results.ts';
import { durationText, valueText } from '../format.ts';
import { leadingStep, loadName, ownName, stepName } from '../steps.ts';

/** The figures of the step that the run is about, large. */
export function Facts({ results }: { results: Results }) {
  const step = leadingStep(results);
  if (!step) return null;
  const { ttft, itl, e2e } = step.metrics;
  const most = results.limit?.throughput;
  const facts: [string, string | undefined][] = [
    ['TTFT p50', ttft?.p50 === undefined ? undefined : durationText(ttft.p50)],
    ['TTFT p99', ttft?.p99 === undefined ? undefined : durationText(ttft.p99)],
    ['ITL p99', itl?.p99 === undefined ? undefined : durationText(itl.p99)],
    ['E2E p99', e2e?.p99 === undefined ? undefined : durationText(e2e.p99)],
    ['output', step.throughput === undefined ? undefined : valueText(step.throughput, 'tok/s')],
    ['errors', shareText(step.errorRate)],
    ['max output', most ? valueText(most.tokensPerSecond, 'tok/s') : undefined],
  ];
  return (
    <dl class="facts" aria-label={`Figures at ${stepName(step)}`}>
      <div>
        <dt>{ownName(step) || 'measured at'}</dt>
        <dd>{loadName(step)}</dd>
      </div>
      {facts.map(
        ([name, value]) =>
          value !== undefined && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
