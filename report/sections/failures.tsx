import type { Results } from '../../lib/results.ts';
import { countText } from '../format.ts';
import { Table } from '../parts/table.tsx';

/** One example of each kind of failure. */
export const Failures = ({ failures }: Pick<Results, 'failures'>) =>
  failures.length === 0 ? null : (
    <>
      <h3>One example of each</h3>
      <Table
        caption="One example of each kind of failure"
        rows={failures}
        columns={[
          { head: 'outcome', left: true, cell: (f) => f.outcome.replaceAll('_', ' ') },
          { head: 'requests', cell: (f) => countText(f.count) },
          { head: 'in warm-up', cell: (f) => countText(f.inWarmup) },
          { head: 'model', left: true, cell: (f) => f.model },
          { head: 'error', left: true, cell: (f) => <span class="long">{f.error}</span> },
          { head: 'id', left: true, cell: (f) => f.id && <code>{f.id}</code> },
        ]}
      />
    </>
  );
