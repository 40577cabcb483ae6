import type { RouterVerdict } from '../../results.ts';
import type { RouterAsked } from './asked.ts';
import type { ModelShares } from './shares.ts';

/** Every answer came from a backend that ROUTES allows for the model that was asked. */
export function judgeBackends(shares: readonly ModelShares[], { routes = [] }: RouterAsked): RouterVerdict[] {
  if (routes.length === 0) return [];
  const judged = shares.filter((s) => routes.some((r) => r.model === s.model));
  let all = 0;
  let known = 0;
  let wrong = 0;
  const strays: string[] = [];
  for (const { model, backends, requests } of judged) {
    all += requests;
    for (const { name, due, requests: own } of backends) {
      known += own;
      if (due > 0) continue;
      wrong += own;
      strays.push(`${own} for ${model} from ${name}`);
    }
  }
  const verdict = (name: RouterVerdict['verdict'], why: string): RouterVerdict[] => [
    { check: 'backend', verdict: name, value: known > 0 ? wrong : null, why },
  ];
  if (wrong > 0)
    return verdict(
      'FAIL',
      `${wrong} of ${known} answers came from a backend that ROUTES does not allow: ${strays.slice(0, 3).join(', ')}`,
    );
  if (judged.length === 0) return verdict('NOT_MEASURED', 'ROUTES says nothing of the models that were asked');
  if (2 * known <= all)
    return verdict(
      'NOT_MEASURED',
      `${all - known} of ${all} requests have no backend: neither an answer's code nor BACKEND_HEADER names it`,
    );
  const silent = all > known ? `; ${all - known} requests have none that is known` : '';
  return verdict('PASS', `all ${known} came from a backend that ROUTES allows${silent}`);
}
