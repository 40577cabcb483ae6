import type { RouterResult } from '../../results.ts';
import type { Columns } from '../columns/columns.ts';
import { judgeAffinity } from './affinity.ts';
import type { RouterAsked } from './asked.ts';
import { judgeBackends } from './backend.ts';
import { judgeBuffering } from './buffering.ts';
import { judgeEcho } from './echo.ts';
import { judgeFairness } from './fairness.ts';
import { sharesOf } from './shares.ts';
import { judgeSplit } from './split.ts';

/** An honest router may alarm in this share of the runs, over all verdicts that chance has a say in. */
const FALSE_ALARMS = 0.0005;

/**
 * What the records say of the router. Chance has a say in split and fairness only: each gets an equal part of FALSE_ALARMS
 * (Bonferroni).
 * @param rows measured requests, of all steps together
 * @param streamed answers were asked for as a stream
 */
export function judgeRouter(columns: Columns, rows: Int32Array, asked: RouterAsked, streamed: boolean): RouterResult {
  const shares = sharesOf(columns, rows, asked);
  const several = shares.filter((s) => s.backends.filter((b) => b.due > 0).length > 1);
  const tests = several.reduce((sum, s) => sum + (s.weights ? 2 : 1), 0);
  const level = FALSE_ALARMS / tests;
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
      ...several.flatMap((s) => [...judgeSplit(s, level), ...judgeFairness(s, level)]),
      ...judgeAffinity(shares, asked),
      ...(streamed ? [judgeBuffering(columns, rows)] : []),
    ],
  };
}
