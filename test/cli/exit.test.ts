import { expect, it } from 'vitest';
import type { Results, Verdict } from '../../lib/results.ts';
import { codeOf, EXIT, verdictCode } from '../../scripts/commands/exit.ts';

const results = (verdicts: Verdict[], more: object = {}): Pick<Results, 'slo' | 'routing' | 'router' | 'failures'> =>
  ({ slo: verdicts.map((verdict) => ({ verdict })), failures: [], ...more }) as never;
const threw = { failures: [{ outcome: 'exception' }] };
const wrong = { routing: { verdict: 'FAIL' } };
const router = (check: string, verdict: Verdict) => ({ router: { verdicts: [{ check, verdict }] } });

it.each([
  [99, results(['PASS', 'INCONCLUSIVE']), EXIT.inconclusive],
  [99, results(['FAIL', 'INCONCLUSIVE']), EXIT.sloFailed],
  [99, results(['NOT_MEASURED', 'INCONCLUSIVE']), EXIT.sloFailed],
  [99, results(['INCONCLUSIVE'], threw), EXIT.sloFailed],
  [99, results(['INCONCLUSIVE'], wrong), EXIT.sloFailed],
  [99, results(['PASS']), EXIT.sloFailed],
  [99, results([], router('split', 'INCONCLUSIVE')), EXIT.inconclusive],
  [99, results(['PASS'], router('split', 'FAIL')), EXIT.sloFailed],
  [99, results(['INCONCLUSIVE'], router('backend', 'NOT_MEASURED')), EXIT.sloFailed],
  [99, results(['INCONCLUSIVE'], router('buffering', 'NOT_MEASURED')), EXIT.inconclusive],
  [99, undefined, EXIT.sloFailed],
  [0, results(['PASS']), EXIT.passed],
  [105, results(['INCONCLUSIVE']), 105],
])('k6 ended with %d, the results hold %j: %d', (code, found, exit) => expect(verdictCode(code, found)).toBe(exit));

it.each([
  [results(['PASS', 'PASS']), EXIT.passed],
  [results([]), EXIT.passed],
  [results(['PASS', 'INCONCLUSIVE']), EXIT.inconclusive],
  [results(['FAIL', 'INCONCLUSIVE']), EXIT.sloFailed],
  [results(['NOT_MEASURED']), EXIT.sloFailed],
  [results(['PASS'], threw), EXIT.sloFailed],
])('without k6, the results hold %j: %d', (found, exit) => expect(codeOf(found)).toBe(exit));
