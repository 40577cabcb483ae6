import { talks } from '../../load/plan.ts';
import type { Check, StepResult } from '../../results.ts';
import type { Columns } from '../columns/columns.ts';
import type { Measured } from '../steps.ts';
import { percent } from './cache.ts';
import { auditClient } from './client-load.ts';
import { auditLittle, countInFlight } from './in-flight.ts';
import { auditSettling } from './settling.ts';
import { auditStarts } from './starts.ts';

/**
 * What the run says against itself. Each check is one sentence a person can act on; those that hold are kept too. A check on
 * a step is named `kind.step`, its sentence begins with the step, and of several that doubt the greatest value is told.
 */

export function auditLoad(steps: readonly StepResult[]): Check[] {
  const checks: Check[] = [];
  for (const s of steps) {
    if (s.load.kind === 'open') {
      if (s.requests === 0) continue;
      const asked = s.requests + s.dropped;
      checks.push({
        check: `dropped.${s.name}`,
        ok: s.dropped === 0,
        value: s.dropped,
        sentence:
          s.dropped === 0
            ? `${s.name}: every planned request was sent`
            : `${s.name}: ${s.dropped} of ${asked} planned requests were never sent (${percent(s.dropped / asked)}): all VUs were waiting; they count as failed. More VUS, or less RATE`,
      });
      continue;
    }
    // While users think nothing of theirs is in flight.
    const full = s.phase === 'steady' && !s.load.thinkTime;
    if (full && s.inFlight !== undefined && s.requests >= 5 * s.load.concurrency) {
      const filled = s.inFlight / s.load.concurrency;
      checks.push({
        check: `in_flight.${s.name}`,
        ok: filled > 0.9,
        value: s.inFlight,
        sentence: `${s.name}: ${s.inFlight.toFixed(1)} of ${s.load.concurrency} were in flight on average${filled > 0.9 ? '' : ': the client itself, or a fast server, leaves gaps between requests'}`,
      });
    }
  }
  return checks;
}

/** What each steady step says of its own measuring. Ramps change on purpose: none of this can be asked of them. */
export function auditSteps(columns: Columns, measured: readonly Measured[], driver: string): Check[] {
  const live = columns.live();
  // The client counts what its native driver has in flight.
  const counted = driver === 'native' ? countInFlight(columns, live) : undefined;
  const checks: Check[] = [];
  for (const m of measured) {
    const { name, phase, requests, metrics, window } = m.result;
    if (phase !== 'steady' || requests === 0) continue;
    checks.push(
      ...auditStarts(columns, m),
      ...(counted ? auditLittle(name, counted, window.from, window.to) : []),
      ...auditClient(name, live, window.from, window.to, metrics.ttft?.p50),
      // TTFT changes from turn to turn on purpose, and conversations begin together.
      ...(talks(m.result.load) ? [] : auditSettling(columns, m)),
    );
  }
  return checks;
}
