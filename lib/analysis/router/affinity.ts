import type { RouterVerdict } from '../../results.ts';
import type { RouterAsked } from './asked.ts';
import type { ModelShares } from './shares.ts';

/** Conversations stay with the backend that had their first request: it has their prompts in its cache. */
export function judgeAffinity(shares: readonly ModelShares[], { affinity }: RouterAsked): RouterVerdict[] {
  if (!affinity) return [];
  const talks = shares.reduce((sum, s) => sum + s.talks, 0);
  const moved = shares.reduce((sum, s) => sum + s.moved, 0);
  const verdict = (name: RouterVerdict['verdict'], value: number | null, why: string): RouterVerdict[] => [
    { check: 'affinity', verdict: name, value, why },
  ];
  if (talks === 0)
    return verdict('NOT_MEASURED', null, 'no conversation has two answers of which the backend is known');
  return moved > 0
    ? verdict('FAIL', moved, `${moved} of ${talks} conversations changed their backend`)
    : verdict('PASS', 0, `all ${talks} conversations stayed with their backend`);
}
