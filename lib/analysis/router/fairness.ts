import type { RouterVerdict } from '../../results.ts';
import { percent } from '../audit/cache.ts';
import { binomialCdf } from '../stats/certify.ts';
import type { ModelShares } from './shares.ts';

/** Of what is due to it: less is unfair. */
const LEAST = 0.5;

/**
 * Whether each of a model's several backends got at least half of its due. A router may go by turns or by load: a backend three times
 * slower than the others rightly gets fewer requests if it has its part of those in flight. So what counts is the larger of
 * its two shares, of the requests and of the time in flight; and too few requests must be shown (exact binomial).
 */
export function judgeFairness(shares: ModelShares, level: number): RouterVerdict[] {
  const { model, unit } = shares;
  const backends = shares.backends.filter((b) => b.due > 0);
  const n = backends.reduce((sum, b) => sum + b.count, shares.unknown);
  const known = n - shares.unknown;
  const busy = backends.reduce((sum, b) => sum + b.busy, 0);
  const parts = backends.map((b) => {
    const inFlight = busy > 0 ? b.busy / busy : 0;
    const part = Math.max(b.count / known, inFlight) / b.due;
    const few = binomialCdf(b.count + shares.unknown, n, LEAST * b.due) <= level / backends.length;
    return { ...b, inFlight, part, unfair: few && inFlight < LEAST * b.due };
  });
  const verdict = (name: RouterVerdict['verdict'], why: string, value: number | null): RouterVerdict[] => [
    { check: 'fairness', model, verdict: name, value, why },
  ];
  if (known === 0) return verdict('NOT_MEASURED', `no ${unit} of which the backend is known`, null);
  const least = parts.reduce((a, b) => (b.part < a.part ? b : a));
  const unfair = parts.filter((b) => b.unfair);
  const told = (b: (typeof parts)[number]) =>
    `${b.name} had ${percent(b.count / known)} of ${known} ${unit}, ${percent(b.inFlight)} of those in flight, ${percent(b.due)} are due`;
  if (unfair.length > 0) return verdict('FAIL', unfair.slice(0, 3).map(told).join('; '), least.part);
  const rarest = Math.min(...backends.map((b) => b.due));
  const needed = Math.ceil(Math.log(level / backends.length) / Math.log1p(-LEAST * rarest));
  if (known < needed)
    return verdict(
      'INCONCLUSIVE',
      `${known} ${unit}; it takes ${needed} to show that a backend has none of them`,
      least.part,
    );
  return verdict(
    'PASS',
    `every backend had at least ${percent(Math.min(1, least.part))} of its due of ${known} ${unit}`,
    least.part,
  );
}
