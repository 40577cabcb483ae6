import type { Check, Results } from '../../lib/results.ts';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';

/** All that the run checked of itself, doubts first. */
export const Audit = ({ results: { audit } }: { results: Results }) =>
  audit.length === 0 ? null : (
    <Section id="audit" title="What the run says of itself">
      <Checks caption="Doubts" checks={audit.filter((c) => !c.ok)} />
      <details>
        <summary>What was checked and holds</summary>
        <Checks caption="What was checked and holds" checks={audit.filter((c) => c.ok)} />
      </details>
    </Section>
  );

const Checks = ({ caption, checks }: { caption: string; checks: readonly Check[] }) =>
  checks.length === 0 ? null : (
    <Table
      caption={caption}
      rows={checks}
      columns={[
        { head: 'check', left: true, cell: ({ check }) => <code>{check}</code> },
        { head: '', left: true, cell: ({ ok }) => (ok ? 'holds' : <strong class="doubt">doubt</strong>) },
        { head: 'in words', left: true, cell: ({ sentence }) => <span class="long">{sentence}</span> },
      ]}
    />
  );
