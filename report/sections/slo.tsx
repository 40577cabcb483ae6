import { confidenceText } from '../../lib/analysis/verdict.ts';
import { valueText } from '../../lib/report/text.ts';
import type { Results, SloResult, StepResult } from '../../lib/results.ts';
import { countText } from '../format.ts';
import { Badge } from '../parts/badge.tsx';
import { Section } from '../parts/section.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { loadName, nameOfStep } from '../steps.ts';
import { mainVerdicts } from '../verdict.ts';

/** Each term of the SLO: its limit, what was measured, misses of those allowed, and the verdict. */
export function Slo({ results }: { results: Results }) {
  const { slo, steps } = results;
  if (slo.length === 0) return null;
  const main = mainVerdicts(results);
  const others = slo.filter((v) => !main.includes(v));
  const judged = steps.filter((step) => main.some((v) => v.step === step.name));
  const at = judged.length === 1 ? ` at ${loadName(judged[0] as StepResult)}` : '';
  return (
    <Section id="slo" title={`SLO${at}`}>
      <Table caption={`Verdicts${at}`} columns={columns(main, steps)} rows={main} />
      {others.length > 0 && (
        <details>
          <summary>Verdicts on the other loads</summary>
          <Table caption="Verdicts on the other loads" columns={columns(others, steps)} rows={others} />
        </details>
      )}
    </Section>
  );
}

const count = (value: number | null): string => (value === null ? '–' : countText(value));

function columns(rows: readonly SloResult[], steps: readonly StepResult[]): Column<SloResult>[] {
  const several = new Set(rows.map((v) => v.step)).size > 1;
  return [
    { head: 'term', left: true, cell: (v) => metricOf(v.term) },
    ...(several ? [{ head: 'load', left: true, cell: (v: SloResult) => nameOfStep(steps, v.step) }] : []),
    { head: 'verdict', left: true, cell: (v) => <Badge verdict={v.verdict} /> },
    { head: 'limit', cell: (v) => `${/[<>]=?/.exec(v.term)?.[0] ?? ''} ${valueText(v.term, v.limit)}` },
    { head: 'measured', cell: (v) => valueText(v.term, v.measured) },
    { head: 'misses', cell: (v) => count(v.misses) },
    { head: 'allowed', cell: (v) => count(v.allowed) },
    { head: 'of', cell: (v) => count(v.n) },
    { head: 'how sure', left: true, cell: (v) => <span class="long">{sureness(v)}</span> },
  ];
}

/** `ttft.p99<800ms` → ttft.p99 */
const metricOf = (term: string): string => term.slice(0, term.search(/[<>]/));

const sureness = ({ kind, confidence, why }: SloResult): string =>
  [kind === 'certified' && confidence !== undefined ? `certified at ${confidenceText(confidence)}` : 'observed', why]
    .filter(Boolean)
    .join('; ');
