import { doubtsOf } from '../../lib/report/audit.ts';
import type { Results } from '../../lib/results.ts';
import { inWords } from '../steps.ts';

/** What speaks against the figures, in one strip. */
export function Doubts({ results: { audit, bench, steps } }: { results: Results }) {
  const doubts = [
    ...(bench?.interrupted ? ['Interrupted: this is what was measured until then.'] : []),
    ...(bench?.quick ? ['A quick run: its figures are observed, and nothing is certified.'] : []),
    ...doubtsOf(audit).map((doubt) => inWords(steps, doubt)),
  ];
  if (doubts.length === 0)
    return audit.length > 0 ? (
      <p class="doubts none">
        No doubts:{' '}
        <a href="#audit">{audit.length === 1 ? 'the check' : `all ${audit.length} checks`} of the run on itself</a>{' '}
        held.
      </p>
    ) : null;
  return (
    <aside class="doubts" aria-label="Doubts">
      <strong>{doubts.length === 1 ? 'A doubt' : `${doubts.length} doubts`}</strong>
      <ul>
        {doubts.map((doubt) => (
          <li key={doubt}>{doubt}</li>
        ))}
      </ul>
    </aside>
  );
}
