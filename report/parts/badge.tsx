import type { Verdict } from '../../lib/results.ts';

const WORDS = { PASS: 'PASS', FAIL: 'FAIL', INCONCLUSIVE: 'INCONCLUSIVE', NOT_MEASURED: 'NOT MEASURED' } as const;

/** A verdict as a word and a colour. @param word where it is called otherwise */
export const Badge = ({ verdict, word = WORDS[verdict] }: { verdict: Verdict; word?: string | undefined }) => (
  <span class={`badge ${verdict.toLowerCase()}`}>{word}</span>
);
