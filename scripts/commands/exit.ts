import { gateVerdicts } from '../../lib/analysis/gate.ts';
import type { Results } from '../../lib/results.ts';

/** Exit codes of every command; docs/slo.md, "Exit codes". k6's own codes pass through as they are. */
export const EXIT = {
  passed: 0,
  /** Anything that no other code says, with one line why. */
  failed: 1,
  /** Too few requests to certify, where that fails; nothing else failed. */
  inconclusive: 3,
  sloFailed: 99,
  badSetting: 107,
  interrupted: 130,
} as const;

/**
 * k6 knows one code for a gate that did not hold: what kept it from holding, by the results.
 * @param code k6's
 */
export function verdictCode(
  code: number,
  results: Pick<Results, 'slo' | 'routing' | 'router' | 'chaos' | 'failures'> | undefined,
): number {
  if (code !== EXIT.sloFailed || !results) return code;
  const verdicts = gateVerdicts(results);
  const threw = results.failures.some((f) => f.outcome === 'exception');
  const only = verdicts.every((v) => v === 'PASS' || v === 'INCONCLUSIVE');
  return !threw && only && verdicts.includes('INCONCLUSIVE') ? EXIT.inconclusive : code;
}

/** What k6 would say of these results, as the thresholds and the teardown of a run have it, told by what kept the gate from holding. */
export function codeOf(results: Pick<Results, 'slo' | 'routing' | 'router' | 'chaos' | 'failures'>): number {
  const held =
    gateVerdicts(results).every((v) => v === 'PASS') && results.failures.every((f) => f.outcome !== 'exception');
  return verdictCode(held ? EXIT.passed : EXIT.sloFailed, results);
}

/** Ends the command with this line on stderr and this code. */
export class CommandError extends Error {
  override name = 'CommandError';
  readonly code: number;
  constructor(message: string, code: number = EXIT.failed) {
    super(message);
    this.code = code;
  }
}
