import { verdictText } from '../../lib/report/chaos.ts';
import type { Results, Verdict } from '../../lib/results.ts';
import { Badge } from '../parts/badge.tsx';
import { headline, overall } from '../verdict.ts';
import { Facts } from './facts.tsx';
import { RangeBar } from './range.tsx';

/** What was tested, what came of it, and its figures. */
export function Head({ results }: { results: Results }) {
  const { run, target } = results;
  const verdict = overall(results);
  const { head, rest } = headline(results);
  return (
    <header>
      <p class="what">
        <strong>llmload {run.scenario}</strong>
        <span>{target.models.join(', ') || 'no model'}</span>
        <span>{target.baseUrl}</span>
        <time dateTime={run.startedAt}>{timeText(run.startedAt)}</time>
        {run.driver === 'http' && <span>driver http: tokens were not timed</span>}
      </p>
      <div class="verdict">
        {verdict && <Badge verdict={verdict} word={wordOf(verdict, results)} />}
        <h1>{head}</h1>
        {rest && <p class="rest">{rest}</p>}
      </div>
      <RangeBar results={results} />
      <Facts results={results} />
    </header>
  );
}

const wordOf = (verdict: Verdict, { chaos = [] }: Results): string | undefined =>
  chaos.some((c) => c.verdict === verdict) ? verdictText(verdict) : undefined;

/** `2026-11-22 13:40 UTC` */
export const timeText = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
