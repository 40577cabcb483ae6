/** What is different where a probe lasts for seconds. */
import type { Limit, RuleResult } from '../../results.ts';
import type { Judged } from './limit.ts';
import { LINES } from './rules.ts';
import type { LoadVerdict } from './search-judge.ts';
import type { Tried } from './search-types.ts';

/** s from which on answers that keep up mean more than the slowest of some hundred first tokens. */
const TELLING = 8;

/**
 * Within seconds nothing fails and no queue may be seen yet: a load held only if answers were seen to keep up with it. Where they
 * were for long enough, a TTFT p99 that may be beyond its line by chance, the baseline having a dozen requests, does not matter.
 */
export function quickly(j: Judged, { probe }: Tried, all: readonly RuleResult[]): Judged {
  if (j.verdict === 'broken') return j;
  const checks = all.filter((c) => c.step === j.step);
  const open = checks.find(
    (c) =>
      (c.verdict === 'unclear' && (c.rule !== 'ttft_p99' || probe.seconds < TELLING)) ||
      (c.verdict === 'not_measured' && c.rule === 'backlog'),
  );
  return open ? { ...j, verdict: 'unclear', why: open.why } : { ...j, verdict: 'held' };
}

/** A range of more than this is said to be wide. */
const WIDE = 2;

/** What a quick search cannot know. */
export function quickDoubts({ range: [held, broken], checks }: Limit, loads: readonly LoadVerdict[]): string[] {
  const step = loads.find((j) => j.load === held)?.step;
  const { value = null } = checks.find((c) => c.step === step && c.rule === 'ttft_p99') ?? {};
  const ttft = `at ${held} TTFT p99 was ${Number((value ?? 0).toPrecision(2))} × the baseline's already: a full search draws that line at ${LINES.ttft}`;
  return [
    ...(value !== null && value > LINES.ttft ? [ttft] : []),
    ...(held !== null && broken !== null && broken > WIDE * held ? ['a longer budget narrows that'] : []),
  ];
}
