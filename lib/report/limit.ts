import type { Extra } from '../analysis/analyze.ts';
import { clientLimit } from '../analysis/audit/client-load.ts';
import { evidenceOf } from '../analysis/limit/evidence.ts';
import { judgeSteps, limitOf, loadOf } from '../analysis/limit/limit.ts';
import type { Results } from '../results.ts';
import { ratesTable } from './rates.ts';
import { fold, rateText } from './table.ts';

/** The limit that rising steps show, the first of them a baseline. */
export const findsLimit: Extra = {
  find(columns, measured) {
    const live = columns.live();
    const seen = measured.filter((m) => m.data.rows.length > 0);
    const isBaseline = (step: string) => step === 'baseline';
    const steps = seen.map((m) => evidenceOf(columns, m));
    const clients = seen.map(({ data, result }) => clientLimit(live, data.from, data.to, result.metrics.ttft?.p50));
    const baseline = steps.find((e) => isBaseline(e.step));
    const rising = steps.flatMap((e, k) => (isBaseline(e.step) ? [] : [{ e, client: clients[k] }]));
    const { judged, checks } = judgeSteps(
      rising.map((r) => r.e),
      baseline,
      rising.map((r) => r.client),
    );
    return { limit: { ...limitOf(judged, 'rate', baseline && loadOf(baseline)), checks } };
  },
  table: ratesTable,
  text: limitText,
};

/** The verdict in a sentence or two. */
export function limitText({ limit, steps }: Pick<Results, 'limit' | 'steps'>): string[] {
  if (!limit) return steps.some((s) => s.requests > 0) ? [NOT_JUDGED] : [];
  const { sentence, throughput, by } = limit;
  const most = throughput
    ? `max throughput ${rateText(throughput.tokensPerSecond)} tok/s at ${throughput.load} ${by === 'rate' ? 'req/s' : 'in flight'}`
    : '';
  return [`limit: ${sentence}`, most].filter(Boolean).flatMap((l) => fold(l));
}

const NOT_JUDGED = 'limit: not judged: its rules need the records that bin/k6 keeps';
