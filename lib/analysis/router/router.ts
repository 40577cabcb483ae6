import type { RouterResult, RouterVerdict } from '../../results.ts';
import { clientLoad } from '../audit/client-load.ts';
import type { Columns } from '../columns/columns.ts';
import type { StepData } from '../measure.ts';
import { judgeAffinity } from './affinity.ts';
import type { RouterAsked } from './asked.ts';
import { judgeBackends } from './backend.ts';
import { judgeBuffering } from './buffering.ts';
import { judgeEcho } from './echo.ts';
import { judgeFairness } from './fairness.ts';
import { type ModelShares, sharesOf } from './shares.ts';
import { judgeSplit } from './split.ts';

/**
 * What the records say of the router.
 * @param data measured steps, judged together
 * @param streamed answers were asked for as a stream
 */
export function judgeRouter(
  columns: Columns,
  data: readonly StepData[],
  asked: RouterAsked,
  streamed: boolean,
): RouterResult {
  const rows = rowsOf(data);
  const ms = data.reduce((sum, { from, to }) => sum + to - from, 0);
  const shares = sharesOf(columns, rows, ms, asked);
  return {
    backends: shares.flatMap(({ model, backends, weights }) => {
      const known = backends.reduce((sum, b) => sum + b.requests, 0);
      return backends.map(({ name, requests, due, ttftP50 }) => ({
        model,
        backend: name,
        requests,
        share: known > 0 ? requests / known : 0,
        due: weights ? due : null,
        ttftP50,
      }));
    }),
    verdicts: [
      ...judgeBackends(shares, asked),
      ...judgeEcho(columns, rows, asked),
      ...judgeShares(shares),
      ...judgeAffinity(shares, asked),
      ...(streamed ? [judgeBuffering(columns, rows, lagOf(columns, data))] : []),
    ],
  };
}

/** ms; 0 where nobody knows. */
function lagOf(columns: Columns, data: readonly StepData[]): number {
  const from = Math.min(...data.map((d) => d.from));
  const to = Math.max(...data.map((d) => d.to));
  return clientLoad(columns.live(), from, to)?.lagP50 || 0;
}

function rowsOf(data: readonly StepData[]): Int32Array {
  const all = new Int32Array(data.reduce((sum, { rows }) => sum + rows.length, 0));
  let at = 0;
  for (const { rows } of data) {
    all.set(rows, at);
    at += rows.length;
  }
  return all;
}

/** An honest router may alarm in this share of the runs, over all verdicts that chance has a say in. */
const FALSE_ALARMS = 0.0005;

/** Verdicts that chance has a say in: each gets an equal part of FALSE_ALARMS (Bonferroni). */
export function judgeShares(shares: readonly ModelShares[]): RouterVerdict[] {
  const several = shares.filter((s) => s.backends.filter((b) => b.due > 0).length > 1);
  const level = FALSE_ALARMS / several.reduce((sum, s) => sum + (s.weights ? 2 : 1), 0);
  return several.flatMap((s) => [...judgeSplit(s, level), ...judgeFairness(s, level)]);
}
