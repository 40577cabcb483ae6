import { msText, shareText } from '../../lib/report/table.ts';
import type { Results } from '../../lib/results.ts';
import { countText } from '../format.ts';
import { Badge } from '../parts/badge.tsx';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';

/** Who answered what was asked, and what that says of the router. */
export function Router({ results: { routing, router } }: { results: Results }) {
  if (!routing && !router) return null;
  return (
    <Section id="router" title="Routing">
      {routing && (
        <>
          <p>
            <Badge verdict={routing.verdict} /> {routing.why}
          </p>
          <Table
            caption="Models asked for, and the models that answered"
            rows={routing.matrix}
            columns={[
              { head: 'asked', left: true, cell: (m) => m.asked },
              { head: 'answered', left: true, cell: (m) => m.answered },
              { head: 'requests', cell: (m) => countText(m.count) },
            ]}
          />
        </>
      )}
      {router && router.verdicts.length > 0 && (
        <Table
          caption="Verdicts on the router"
          rows={router.verdicts}
          columns={[
            { head: 'check', left: true, cell: (v) => (v.model === undefined ? v.check : `${v.check}, ${v.model}`) },
            { head: 'verdict', left: true, cell: (v) => <Badge verdict={v.verdict} /> },
            { head: 'why', left: true, cell: (v) => <span class="long">{v.why}</span> },
          ]}
        />
      )}
      {router && router.backends.length > 0 && (
        <Table
          caption="Backends that answered"
          rows={router.backends}
          columns={[
            { head: 'backend', left: true, cell: (b) => b.backend },
            { head: 'model', left: true, cell: (b) => b.model },
            { head: 'requests', cell: (b) => countText(b.requests) },
            { head: 'share', cell: (b) => shareText(b.share) },
            { head: 'due', cell: (b) => shareText(b.due ?? undefined) },
            { head: 'TTFT p50, ms', cell: (b) => msText(b.ttftP50 ?? undefined) },
          ]}
        />
      )}
    </Section>
  );
}
