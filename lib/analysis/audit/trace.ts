import { skippedText } from '../../workload/trace/skipped.ts';
import type { TraceSource } from '../../workload/trace/source.ts';
import type { Extra } from '../analyze.ts';

/** Says that the load was not the whole trace, where rows of it could not be read. */
export const skippedRows = ({ skipped: { count, first } }: Pick<TraceSource, 'skipped'>): Extra => ({
  find: () => ({
    audit: [
      {
        check: 'trace',
        ok: count === 0,
        value: count,
        sentence: count === 0 ? 'every row of the trace could be read' : skippedText(count, first),
      },
    ],
  }),
  text: () => [],
});
