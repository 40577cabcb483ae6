import { msText, rateText, shareText } from '../../lib/report/table.ts';
import type { Group, Results, StepResult } from '../../lib/results.ts';
import { countText } from '../format.ts';
import { Section } from '../parts/section.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { leadingStep, stepName } from '../steps.ts';

interface Row {
  step: StepResult;
  name: string;
  group: Group;
}

type Part = { id: string; title: string; of: (step: StepResult) => { name: string; group: Group }[] };

const PARTS: readonly Part[] = [
  { id: 'steps', title: 'Steps', of: (step) => [{ name: '', group: step }] },
  { id: 'models', title: 'By model', of: ({ perModel }) => perModel.map((group) => ({ name: group.model, group })) },
  {
    id: 'profiles',
    title: 'By profile',
    of: ({ perProfile = [] }) => perProfile.map((group) => ({ name: group.profile, group })),
  },
  {
    id: 'turns',
    title: 'By turn of the conversation',
    of: ({ perTurn = [] }) => perTurn.map((group) => ({ name: String(group.turn), group })),
  },
];

/** The figures of each step; and of the models, profiles and turns in it, where there are several. */
export const Groups = ({ results }: { results: Results }) => {
  const measured = results.steps.filter((s) => s.requests > 0);
  const leading = leadingStep(results);
  return (
    <>
      {PARTS.map(({ id, title, of }) => {
        const rows = measured.flatMap((step): Row[] => of(step).map((part) => ({ step, ...part })));
        const several = new Set(rows.map((r) => r.name)).size > 1;
        if (rows.length === 0 || (!several && id !== 'steps')) return null;
        const main = several ? rows.filter((r) => r.step === leading) : rows;
        const others = rows.filter((r) => !main.includes(r));
        return (
          <Section key={id} id={id} title={title}>
            <Table caption={title} columns={columns(several, rows)} rows={main} />
            {others.length > 0 && (
              <details>
                <summary>At the other loads</summary>
                <Table caption={`${title} at the other loads`} columns={columns(several, rows)} rows={others} />
              </details>
            )}
          </Section>
        );
      })}
    </>
  );
};

function columns(named: boolean, rows: readonly Row[]): Column<Row>[] {
  const latency = (metric: 'ttft' | 'itl' | 'tpot' | 'e2e', stats: readonly ('p50' | 'p90' | 'p99' | 'max')[]) =>
    rows.some((r) => r.group.metrics[metric])
      ? stats.map(
          (stat): Column<Row> => ({
            group: `${metric.toUpperCase()}, ms`,
            head: stat,
            cell: (r) => msText(r.group.metrics[metric]?.[stat]),
          }),
        )
      : [];
  const known = (of: (g: Group) => unknown) => rows.some((r) => of(r.group) !== undefined);
  return [
    { head: 'load', left: true, cell: (r) => stepName(r.step) },
    ...(named ? [{ head: '', left: true, cell: (r: Row) => r.name }] : []),
    { head: 'requests', cell: (r) => countText(r.group.requests) },
    { head: 'errors', cell: (r) => shareText(r.group.errorRate) },
    ...(known((g) => g.throughput) ? [{ head: 'tok/s', cell: (r: Row) => rateText(r.group.throughput) }] : []),
    ...latency('ttft', ['p50', 'p90', 'p99']),
    ...latency('itl', ['p50', 'p99']),
    ...latency('tpot', ['p50']),
    ...latency('e2e', ['p50', 'p99', 'max']),
    ...(known((g) => g.cachedShare) ? [{ head: 'cached', cell: (r: Row) => shareText(r.group.cachedShare) }] : []),
    ...(known((g) => g.inSlo) ? [{ head: 'in SLO', cell: (r: Row) => shareText(r.group.inSlo) }] : []),
    ...(rows.some((r) => r.group.adjusted?.ttft && r.group.errorRate > 0)
      ? [{ group: 'failures as ∞, ms', head: 'TTFT p99', cell: (r: Row) => msText(r.group.adjusted?.ttft?.p99) }]
      : []),
  ];
}
