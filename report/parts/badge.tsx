import type { Verdict } from '../../lib/results.ts';

const WORDS = { PASS: 'PASS', FAIL: 'FAIL', INCONCLUSIVE: 'INCONCLUSIVE', NOT_MEASURED: 'NOT MEASURED' } as const;

/** A verdict as a word and a colour. */
export const Badge = ({ verdict }: { verdict: Verdict }) => (
  <span class={`badge ${verdict.toLowerCase()}`}>{WORDS[verdict]}</span>
);
