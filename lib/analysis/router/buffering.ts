import type { RouterVerdict } from '../../results.ts';
import { cameAtOnce, LEAST_FRAMES } from '../audit/at-once.ts';
import type { Columns } from '../columns/columns.ts';
import { quantile } from '../stats/quantile.ts';

/**
 * Who is held up for as long as an answer streams sees an honest one come at once. So answers must stream for this long, ms,
 * and for so many times as the client's timers come late: where they do, other processes of its machine wait longer still.
 */
const LEAST_STREAM_MS = 50;
const LEAST_LAGS = 20;
/** Quicker ones tell only where all of them come at once. */
const ALL = 0.95;
/** A pause does it to some answers at a few moments; a router that buffers some of them does it all the time. */
const LEAST_SHARE = 0.02;
const LEAST_SECONDS = 5;

/**
 * Answers come as they are made, and not all at once at their end.
 * @param lag of the client's timers, ms, in a usual second
 */
export function judgeBuffering(columns: Columns, rows: Int32Array, lag: number): RouterVerdict {
  const t = columns.number('t');
  const ttft = columns.number('ttft');
  const e2e = columns.number('e2e');
  const frames = columns.number('frames');
  const outcome = columns.category('outcome');
  const ok = outcome.values.indexOf('ok');
  const streamed: number[] = [];
  const seconds = new Set<number>();
  let long = 0;
  let buffered = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    if (outcome.codes[row] !== ok || !((frames[row] as number) >= LEAST_FRAMES)) continue;
    long++;
    const last = e2e[row] as number;
    if (cameAtOnce(frames[row] as number, ttft[row] as number, last)) {
      buffered++;
      seconds.add(Math.floor(((t[row] as number) + last) / 1000));
    } else streamed.push(last - (ttft[row] as number));
  }
  const share = long > 0 ? buffered / long : null;
  const verdict = (name: RouterVerdict['verdict'], why: string): RouterVerdict => ({
    check: 'buffering',
    verdict: name,
    value: share,
    why,
  });
  const all = `${buffered} of ${long} answers came all at once at their end`;
  if (share === null) return verdict('NOT_MEASURED', `no answer came in ${LEAST_FRAMES} frames or more`);
  const usual = quantile(Float64Array.from(streamed).sort(), 0.5);
  const quick = usual < Math.max(LEAST_STREAM_MS, LEAST_LAGS * lag);
  if (share > (quick ? ALL : 0.5)) return verdict('FAIL', all);
  if (quick)
    return verdict(
      'NOT_MEASURED',
      `${all}; the others streamed for ${usual.toFixed(0)} ms, too quick to tell with timers ${lag.toFixed(1)} ms late`,
    );
  if (share > LEAST_SHARE && seconds.size >= LEAST_SECONDS)
    return verdict('FAIL', `${all}, the others streamed for ${usual.toFixed(0)} ms`);
  return verdict(
    'PASS',
    buffered > 0 ? `${all}: too few to be more than a pause of the client` : `all ${long} answers came as a stream`,
  );
}
